/** What is known of a socket's signs of life. Instants in milliseconds; null: not yet. */
export interface SignsOfLife {
  readonly startedAtMs: number;
  readonly lastFrameAtMs: number | null;
  /** True once the server offered a QR code or let the device in. */
  readonly answered: boolean;
}

/** How often signs of life are looked at. */
export const LOOK_EVERY_MS = 5_000;
/** Pings go out every 20 s; two of them without any frame mean that nobody is there. */
const SILENCE_LIMIT_MS = 38_000;
/** Before the server has said anything, and between the steps of a login. */
const LOGIN_SILENCE_LIMIT_MS = 30_000;
const LOGIN_LIMIT_MS = 90_000;

/**
 * Why a socket must be given up, or null while it is well. The library notices neither an HTTP error
 * instead of the WebSocket (it would wait for ever) nor, for half a minute more than needed, a half-open
 * connection. With looks every 5 s, silence is found within 45 s.
 */
export function verdict(signs: SignsOfLife, nowMs: number): string | null {
  const silentMs = nowMs - (signs.lastFrameAtMs ?? signs.startedAtMs);
  if (signs.answered) return silentMs > SILENCE_LIMIT_MS ? 'the connection is silent' : null;
  if (silentMs > LOGIN_SILENCE_LIMIT_MS) return 'WhatsApp does not answer';
  return nowMs - signs.startedAtMs > LOGIN_LIMIT_MS ? 'the login takes too long' : null;
}
