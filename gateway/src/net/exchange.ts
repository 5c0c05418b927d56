import type { Agent, Dispatcher } from 'undici';
import { ConnectFailure, type ConnectStage } from './connector.ts';
import { Interrupted, orInterrupted } from './deadline.ts';
import { checkUrl } from './url.ts';

/** Where an exchange failed: `guard` refused it; `broken` is an answer that broke off or was no HTTP. */
export type FailureStage = ConnectStage | 'timeout' | 'broken' | 'aborted';

/** No answer came about. `message` may be shown to callers: it names no address. */
export interface Failure {
  readonly kind: 'failed';
  readonly stage: FailureStage;
  readonly message: string;
}

/** Header names are in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** An answer whose body has not been read yet; whoever opened it must read or destroy it. */
export interface Opened {
  readonly kind: 'opened';
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Dispatcher.ResponseData['body'];
}

/** One request to one URL; redirects are answers like any other. */
export interface Exchange {
  (
    url: string,
    init: {
      readonly method: Dispatcher.HttpMethod;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      /** The operator set this URL by environment: any address is fine. */
      readonly trusted: boolean;
    },
    signal: AbortSignal,
  ): Promise<Opened | Failure>;
}

/** Puts requests on the agent that fits; never throws. */
export function createExchange(agents: {
  readonly guarded: Agent;
  readonly trusting: Agent;
}): Exchange {
  return async (text, { trusted, method, headers, body }, signal) => {
    const checked = checkUrl(text);
    if (!checked.ok) return failed('guard', checked.reason);
    const { url } = checked;
    const agent = trusted ? agents.trusting : agents.guarded;
    try {
      const answer = agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        body: body ?? null,
        signal,
      });
      const opened = await orInterrupted(answer, signal);
      // Destroying a body that is no longer wanted makes it emit an error nobody waits for.
      opened.body.on('error', () => undefined);
      return {
        kind: 'opened',
        url,
        status: opened.statusCode,
        headers: opened.headers,
        body: opened.body,
      };
    } catch (error) {
      return toFailure(error);
    }
  };
}

/** Turns whatever the client threw, before or while the body came, into a failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Interrupted || error instanceof ConnectFailure) {
    return failed(error.stage, error.message);
  }
  const { code } = error as { code?: string };
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') {
    return failed('aborted', 'the client is closed');
  }
  return failed('broken', `the answer broke off or was no HTTP: ${code ?? 'unknown'}`);
}

function failed(stage: FailureStage, message: string): Failure {
  return { kind: 'failed', stage, message };
}

/** A header's value; the first one when the server sent several. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
