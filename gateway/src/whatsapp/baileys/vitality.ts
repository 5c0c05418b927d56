/** What is known of the signs of life of a socket on its way to be open. Instants in milliseconds; null: not yet. */
export interface SignsOfLife {
  readonly startedAtMs: number;
  readonly lastFrameAtMs: number | null;
  /** True once the server offered a QR code. */
  readonly answered: boolean;
}

/** How often signs of life are looked at. */
export const LOOK_EVERY_MS = 5_000;
/** While a QR code is shown pings go out every 20 s; two of them without any frame: nobody is there. */
const SILENCE_LIMIT_MS = 38_000;
/** Before the server has said anything, and between the steps of a login. */
const LOGIN_SILENCE_LIMIT_MS = 30_000;
const LOGIN_LIMIT_MS = 90_000;

/**
 * Why a socket that is not open yet must be given up, or null while it is well. The library does not
 * notice an HTTP error instead of the WebSocket: it would wait for ever. With looks every 5 s, silence is
 * found within 45 s. Once the connection is open, the session judges its `Vitals`.
 */
export function verdict(signs: SignsOfLife, nowMs: number): string | null {
  const silentMs = nowMs - (signs.lastFrameAtMs ?? signs.startedAtMs);
  if (signs.answered) return silentMs > SILENCE_LIMIT_MS ? 'the connection is silent' : null;
  if (silentMs > LOGIN_SILENCE_LIMIT_MS) return 'WhatsApp does not answer';
  return nowMs - signs.startedAtMs > LOGIN_LIMIT_MS ? 'the login takes too long' : null;
}
