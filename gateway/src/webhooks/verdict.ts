import type { Failure } from '../net/exchange.ts';
import { headerOf } from '../net/exchange.ts';
import type { Answer } from '../net/request.ts';
import { parseRetryAfter } from './schedule.ts';
import type { Attempt } from './store.ts';

/** What an attempt's outcome means for its delivery. */
export type Verdict =
  | { readonly kind: 'delivered' }
  /** Given up by us, because the service stops: it never happened. */
  | { readonly kind: 'abandoned' }
  /** 410: the receiver will not be back. */
  | { readonly kind: 'gone'; readonly error: string }
  | {
      readonly kind: 'retry';
      readonly stage: NonNullable<Attempt['errorStage']>;
      readonly error: string;
      readonly retryAfterMs: number | null;
      /** The receiver asks for patience with all deliveries, not only with this one. */
      readonly throttled: boolean;
    };

/** n8n answers 200 with this page while it starts; it has not seen the event. */
const N8N_BOOT_PAGE = 'n8n is starting up';

/** Judges an outcome. Any 2xx is success once its status line is here, even if the body breaks off. */
export function judge(outcome: Answer | Failure, nowMs: number): Verdict {
  if (outcome.kind === 'failed') return judgeFailure(outcome);
  const { status, headers, body } = outcome;
  if (status >= 200 && status <= 299) {
    return status === 200 && Buffer.from(body).includes(N8N_BOOT_PAGE)
      ? retry('status', 'n8n is still starting')
      : { kind: 'delivered' };
  }
  if (status === 410) return { kind: 'gone', error: 'the receiver answered 410 Gone' };
  if (status >= 300 && status <= 399) {
    return retry('status', `the receiver answered ${status}; redirects are not followed`);
  }
  const retryAfterMs = parseRetryAfter(headerOf(headers, 'retry-after'), nowMs);
  const throttled = retryAfterMs !== null && (status === 429 || status === 503);
  return { ...retry('status', `the receiver answered ${status}`), retryAfterMs, throttled };
}

function judgeFailure({ stage, message }: Failure): Verdict {
  switch (stage) {
    case 'aborted':
      return { kind: 'abandoned' };
    case 'broken':
      return retry('body', message);
    case 'guard':
    case 'dns':
    case 'connect':
    case 'tls':
    case 'timeout':
      return retry(stage, message);
  }
}

function retry(stage: NonNullable<Attempt['errorStage']>, error: string) {
  return { kind: 'retry', stage, error, retryAfterMs: null, throttled: false } as const;
}
