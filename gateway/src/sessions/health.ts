import type { Vitals } from '../whatsapp/port.ts';

/** What signs of life say of an open connection. */
export type Health =
  | { readonly kind: 'well' }
  /** It works badly or may be gone; it is not given up yet. */
  | { readonly kind: 'ailing'; readonly reason: Ailment }
  /** Nobody is there: only a new connection helps. */
  | { readonly kind: 'dead'; readonly reason: Ailment };

/** Why an open connection is called degraded. */
export type Ailment = 'silent' | 'slow' | 'unacked_sends';

/** How often signs of life are looked at. */
export const LOOK_EVERY_MS = 5_000;
/** WhatsApp answers pings at once; one that waits this long is a first sign. */
const PING_LATE_MS = 10_000;
/** A round trip beyond this makes every send feel broken. */
const SLOW_PING_MS = 5_000;
/** A ping goes out every 20 s: this long without any frame, and two of them were not answered. */
const SILENCE_LIMIT_MS = 38_000;
/** The server acknowledges a send within a second. */
const ACK_LATE_MS = 15_000;
/** A server that answers pings but has acknowledged no send for so long has lost this connection. */
const ACK_LIMIT_MS = 60_000;

/**
 * Judges an open connection by what was measured.
 *
 * | measured | verdict |
 * |---|---|
 * | no frame for more than 38 s | dead, `silent` |
 * | sends unanswered for more than 60 s, and none answered since | dead, `unacked_sends` |
 * | a ping unanswered for more than 10 s | ailing, `silent` |
 * | sends unanswered for more than 15 s | ailing, `unacked_sends` |
 * | the last round trip took more than 5 s | ailing, `slow` |
 *
 * With a ping every 20 s and a look every 5 s, a connection that is half open is found ailing within 35 s
 * and given up within 45 s.
 */
export function judgeHealth(vitals: Vitals, nowMs: number): Health {
  const since = (atMs: number | null) => (atMs === null ? 0 : nowMs - atMs);
  if (since(vitals.lastFrameAtMs) > SILENCE_LIMIT_MS) return { kind: 'dead', reason: 'silent' };
  const unackedMs = since(vitals.unackedSinceMs);
  if (unackedMs > ACK_LIMIT_MS) return { kind: 'dead', reason: 'unacked_sends' };
  if (since(vitals.pingWaitingSinceMs) > PING_LATE_MS) return { kind: 'ailing', reason: 'silent' };
  if (unackedMs > ACK_LATE_MS) return { kind: 'ailing', reason: 'unacked_sends' };
  if ((vitals.roundTripMs ?? 0) > SLOW_PING_MS) return { kind: 'ailing', reason: 'slow' };
  return { kind: 'well' };
}
