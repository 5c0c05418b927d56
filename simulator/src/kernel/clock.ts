/** A pending callback; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** The simulator's only source of time: milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Runs `callback` once after `delayMs`; does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, Math.max(0, delayMs));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** WhatsApp's stanzas carry whole seconds, as decimal text. */
export function secondsText(clock: Clock): string {
  return String(Math.floor(clock.now() / 1000));
}
