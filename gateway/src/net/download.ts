import { open, rm } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.ts';
import { startDeadline } from './deadline.ts';
import {
  type Exchange,
  type Failure,
  type FailureStage,
  headerOf,
  type Opened,
  toFailure,
} from './exchange.ts';

/** Beyond any of these a download is given up, and no file is left. */
export interface DownloadLimits {
  readonly maxBytes: number;
  /** For everything together: redirects, headers and the last byte. */
  readonly deadlineMs: number;
  readonly maxRedirects: number;
  /** Judges the media type, in lower case and without parameters; empty when the server named none. */
  readonly accepts: (mediaType: string) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The body lies in the file, complete. */
export interface Saved {
  readonly kind: 'saved';
  readonly bytes: number;
  /** As `accepts` saw it. */
  readonly mediaType: string;
  /** The name that the server proposed, or the last part of the path; null when there is neither. */
  readonly fileName: string | null;
}

/**
 * Why nothing was saved; no file is left behind. `blocked` is the guard; `not_found` are 404 and 410;
 * `http_error` any other status but 2xx; `html` a web page where media was expected; `too_slow` the
 * deadline; `broken` a body that ended early, or no HTTP at all; `disk` a file that cannot be written.
 */
export interface NotSaved {
  readonly kind: 'not_saved';
  readonly reason:
    | 'blocked'
    | 'dns'
    | 'connect'
    | 'tls'
    | 'too_slow'
    | 'not_found'
    | 'http_error'
    | 'too_many_redirects'
    | 'html'
    | 'wrong_type'
    | 'too_large'
    | 'broken'
    | 'aborted'
    | 'disk';
  /** The last status seen. */
  readonly status: number | null;
  /** May be shown to callers. */
  readonly message: string;
}

/** Fetches a URL into a new file. Resolves always: what goes wrong is a value. */
export type Download = (
  url: string,
  file: string,
  limits: DownloadLimits,
) => Promise<Saved | NotSaved>;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createDownload(exchange: Exchange, clock: Clock): Download {
  return async (url, file, limits) => {
    const deadline = startDeadline(clock, limits.deadlineMs, limits.signal);
    try {
      const found = await follow(exchange, url, limits, deadline.signal);
      if (found.kind !== 'opened') return found;
      const refusal = judge(found, limits);
      if (refusal) {
        found.body.destroy();
        return refusal;
      }
      return await save(found, file, limits);
    } finally {
      deadline.end();
    }
  };
}

/** Each hop is an exchange of its own, so each is checked like the first. */
async function follow(
  exchange: Exchange,
  start: string,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Opened | NotSaved> {
  let url = start;
  for (let hop = 0; ; hop++) {
    // Compressed answers would have to be unpacked before their size is known.
    const headers = { 'accept-encoding': 'identity', ...limits.headers };
    const opened = await exchange(url, { method: 'GET', headers, trusted: false }, signal);
    if (opened.kind === 'failed') return fromFailure(opened);
    if (!REDIRECTS.has(opened.status)) return opened;
    opened.body.destroy();
    if (hop === limits.maxRedirects) {
      return notSaved('too_many_redirects', `more than ${hop} redirects`, opened.status);
    }
    const next = nextHop(opened);
    if (!(next instanceof URL)) return next;
    url = next.href;
  }
}

function nextHop({ url, status, headers }: Opened): URL | NotSaved {
  const location = headerOf(headers, 'location');
  if (location === null || !URL.canParse(location, url.href)) {
    return notSaved('http_error', 'the redirect leads nowhere', status);
  }
  const next = new URL(location, url);
  return url.protocol === 'https:' && next.protocol === 'http:'
    ? notSaved('blocked', 'a redirect from https to http is not followed', status)
    : next;
}

function judge(opened: Opened, limits: DownloadLimits): NotSaved | null {
  const { status, headers } = opened;
  if (status === 404 || status === 410) {
    return notSaved('not_found', `the server answered ${status}`, status);
  }
  if (status < 200 || status > 299) {
    return notSaved('http_error', `the server answered ${status}`, status);
  }
  const mediaType = mediaTypeOf(opened);
  if (!limits.accepts(mediaType)) {
    return mediaType === 'text/html' || mediaType === 'application/xhtml+xml'
      ? notSaved('html', 'the server answered with a web page', status)
      : notSaved('wrong_type', `the server answered with ${mediaType || 'no media type'}`, status);
  }
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    return notSaved('wrong_type', 'the server answered with a compressed body', status);
  }
  const announced = Number(headerOf(headers, 'content-length') ?? 0);
  return announced > limits.maxBytes ? tooLarge(limits.maxBytes, status) : null;
}

async function save(
  opened: Opened,
  file: string,
  { maxBytes, accepts }: DownloadLimits,
): Promise<Saved | NotSaved> {
  const { status, body } = opened;
  const htmlIsFine = accepts('text/html');
  const handle = await open(file, 'wx', 0o600).catch(() => null);
  if (!handle) {
    body.destroy();
    return notSaved('disk', 'the file cannot be made', status);
  }
  let bytes = 0;
  let problem: NotSaved | null = null;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (bytes === 0 && !htmlIsFine && looksLikeHtml(chunk)) {
        problem = notSaved('html', 'the body is a web page', status);
      }
      bytes += chunk.length;
      if (bytes > maxBytes) problem = tooLarge(maxBytes, status);
      if (problem) break;
      await handle.appendFile(chunk).catch(() => {
        problem = notSaved('disk', 'the file cannot be written', status);
      });
    }
  } catch (error) {
    problem = fromFailure(toFailure(error), status);
  }
  await handle.close();
  if (!problem) {
    return { kind: 'saved', bytes, mediaType: mediaTypeOf(opened), fileName: fileNameOf(opened) };
  }
  await rm(file, { force: true });
  return problem;
}

/** Login walls and error pages often come as 200 with a media type taken from the file name. */
function looksLikeHtml(chunk: Uint8Array): boolean {
  const start = Buffer.from(chunk.subarray(0, 256)).toString('latin1');
  return /^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html[\s>])/i.test(start);
}

function mediaTypeOf({ headers }: Opened): string {
  return (headerOf(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function fileNameOf({ headers, url }: Opened): string | null {
  const disposition = headerOf(headers, 'content-disposition') ?? '';
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  const raw = extended ?? plain ?? url.pathname;
  return safeDecode(raw).split(/[/\\]/).at(-1)?.trim().slice(0, 255) || null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tooLarge(maxBytes: number, status: number): NotSaved {
  return notSaved('too_large', `the body is larger than ${maxBytes} bytes`, status);
}

function fromFailure(failure: Failure, status: number | null = null): NotSaved {
  return notSaved(REASONS[failure.stage], failure.message, status);
}

const REASONS = {
  guard: 'blocked',
  dns: 'dns',
  connect: 'connect',
  tls: 'tls',
  timeout: 'too_slow',
  broken: 'broken',
  aborted: 'aborted',
} as const satisfies Record<FailureStage, NotSaved['reason']>;

function notSaved(reason: NotSaved['reason'], message: string, status: number | null): NotSaved {
  return { kind: 'not_saved', reason, status, message };
}
