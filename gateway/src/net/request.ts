import type { Clock } from '../kernel/clock.ts';
import { startDeadline } from './deadline.ts';
import { type Exchange, type Failure, type Headers, toFailure } from './exchange.ts';

/** One request, with the limits that hold for it. */
export interface RequestOptions {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From the first lookup to the last byte of the answer. */
  readonly deadlineMs: number;
  /** Bytes of the answer's body that are read; the rest is not fetched. */
  readonly maxBodyBytes: number;
  /** The operator set this URL by environment: any address is fine. */
  readonly trusted?: boolean;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
}

/** The server answered; its status may be any, redirects included. */
export interface Answer {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: Headers;
  /** At most `maxBodyBytes`. */
  readonly body: Uint8Array;
  /** `cut` at the limit; `broken` off by the server; `late`, when the deadline passed meanwhile. */
  readonly bodyState: 'complete' | 'cut' | 'broken' | 'late';
}

/** One HTTP exchange without redirects. Resolves always: what goes wrong is a value. */
export type Request = (
  url: string,
  options: RequestOptions,
) => Promise<(Answer | Failure) & { readonly durationMs: number }>;

export function createRequest(exchange: Exchange, clock: Clock): Request {
  return async (url, options) => {
    const startedAtMs = clock.now();
    const deadline = startDeadline(clock, options.deadlineMs, options.signal);
    try {
      const outcome = await perform(exchange, url, options, deadline.signal);
      return { ...outcome, durationMs: Math.max(0, clock.now() - startedAtMs) };
    } finally {
      deadline.end();
    }
  };
}

async function perform(
  exchange: Exchange,
  url: string,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<Answer | Failure> {
  const { method, headers = {}, body, trusted = false } = options;
  const init = { method, headers, trusted, ...(body === undefined ? {} : { body }) };
  const opened = await exchange(url, init, signal);
  if (opened.kind === 'failed') return opened;
  const read = await readBody(opened.body, options.maxBodyBytes);
  return { kind: 'answered', status: opened.status, headers: opened.headers, ...read };
}

async function readBody(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Pick<Answer, 'body' | 'bodyState'>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const joined = () => Buffer.concat(chunks).subarray(0, maxBytes);
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) return { body: joined(), bodyState: 'cut' };
    }
    return { body: joined(), bodyState: 'complete' };
  } catch (error) {
    const late = toFailure(error).stage === 'timeout';
    return { body: joined(), bodyState: late ? 'late' : 'broken' };
  }
}
