import type { BackoffPolicy } from '../kernel/backoff.ts';
import type { DisconnectCause } from '../whatsapp/port.ts';

/** What was seen before this disconnect, as far as the verdict depends on it. */
export interface DisconnectHistory {
  /** Whether the device is linked; an unlinked one has no identity to protect. */
  readonly paired: boolean;
  /** A 401 came before, without an `open` in between. */
  readonly refusedBefore: boolean;
  /** Restarts asked for in a row, without an `open` in between. */
  readonly restarts: number;
  /** Instants of earlier 440s. */
  readonly replacedAtMs: readonly number[];
}

/** What to do after a socket ended. */
export type Verdict =
  | { readonly kind: 'reconnect'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly backoff: BackoffPolicy }
  | {
      readonly kind: 'end';
      readonly state: 'logged_out' | 'replaced' | 'forbidden';
      readonly reason: string;
    }
  | {
      readonly kind: 'stop';
      readonly reason:
        | 'qr_timeout'
        | 'pairing_timeout'
        | 'pairing_refused'
        | 'pairing_failed'
        | 'unsupported_account';
      /** A half-made identity that must not be used again. */
      readonly forget: boolean;
    };

/** Network trouble is never a verdict: it is tried for ever, at most five minutes apart. */
export const NETWORK_BACKOFF: BackoffPolicy = { baseMs: 1_000, capMs: 300_000 };
/** Trouble that a quick retry cannot mend and might make worse. */
const SLOW_BACKOFF: BackoffPolicy = { baseMs: 30_000, capMs: 300_000 };
/** A second look at a 401: servers have been seen to send one in error. */
const CONFIRM_BACKOFF: BackoffPolicy = { baseMs: 2_000, capMs: 2_000 };

/** Being replaced three times within this long means that another program uses the credentials. */
export const REPLACED_WINDOW_MS = 10 * 60_000;
const REPLACED_LIMIT = 3;
/** More restarts than this in a row are a fault of the server, not part of pairing. */
const RESTART_LIMIT = 3;

/**
 * The one table of disconnect policies.
 *
 * | code | meaning | verdict |
 * |---|---|---|
 * | - | server not trusted | slow retry for ever, says so |
 * | 515 | restart required (after pairing) | reconnect at once, three times in a row at most |
 * | 408 with QR exhausted | nobody scanned | stop; `start` revives |
 * | - | pairing code expired or refused | stop; asking for a new one, or `start`, revives |
 * | 401 | unlinked | unpaired: forget and stop; else confirm once, then `logged_out` |
 * | 403 | account refused | `forbidden` |
 * | 405 | client version refused | at once with another version, where there is one; else slow retry |
 * | 411 | account without linked devices | stop |
 * | 440 | another client took the connection | slow retry; third within ten minutes: `replaced` |
 * | 500 | unknown stream error | slow retry |
 * | 408, 428, 503, other, none | network | backoff from 1 s to 5 min, full jitter, for ever |
 */
export function judge(cause: DisconnectCause, history: DisconnectHistory, nowMs: number): Verdict {
  if (cause.untrustedServer) return retry('untrusted_server', SLOW_BACKOFF);
  if (cause.qrExhausted) return { kind: 'stop', reason: 'qr_timeout', forget: false };
  switch (cause.pairing) {
    case 'code_expired':
      return { kind: 'stop', reason: 'pairing_timeout', forget: true };
    case 'code_refused':
      return { kind: 'stop', reason: 'pairing_refused', forget: true };
    case undefined:
  }
  switch (cause.code) {
    case 515:
      return history.restarts < RESTART_LIMIT
        ? { kind: 'reconnect', reason: 'restart_required' }
        : retry('restart_required', NETWORK_BACKOFF);
    case 401:
      if (!history.paired) return { kind: 'stop', reason: 'pairing_failed', forget: true };
      return history.refusedBefore
        ? { kind: 'end', state: 'logged_out', reason: 'unlinked' }
        : retry('unlinked_unconfirmed', CONFIRM_BACKOFF);
    case 403:
      return { kind: 'end', state: 'forbidden', reason: 'account_refused' };
    case 405:
      return cause.anotherVersion
        ? { kind: 'reconnect', reason: 'version_changed' }
        : retry('version_refused', SLOW_BACKOFF);
    case 411:
      return { kind: 'stop', reason: 'unsupported_account', forget: false };
    case 440:
      return recentReplacements(history, nowMs) + 1 >= REPLACED_LIMIT
        ? { kind: 'end', state: 'replaced', reason: 'used_elsewhere' }
        : retry('used_elsewhere', SLOW_BACKOFF);
    case 500:
      return retry('server_error', SLOW_BACKOFF);
    case 503:
      return retry('server_unavailable', NETWORK_BACKOFF);
    default:
      return retry('connection_lost', NETWORK_BACKOFF);
  }
}

function retry(reason: string, backoff: BackoffPolicy): Verdict {
  return { kind: 'retry', reason, backoff };
}

function recentReplacements(history: DisconnectHistory, nowMs: number): number {
  return history.replacedAtMs.filter((atMs) => nowMs - atMs < REPLACED_WINDOW_MS).length;
}
