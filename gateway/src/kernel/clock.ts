/** A pending callback; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time. Instants are milliseconds since the Unix epoch; delays are milliseconds.
 * Delays above 2^31-1 ms (24.8 days) are not supported by Node's timers and are refused.
 */
export interface Clock {
  now(): number;
  /** Runs `callback` once, not earlier than `delayMs` from now. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

const MAX_DELAY_MS = 2 ** 31 - 1;

/** The clock of the running process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    if (!(delayMs <= MAX_DELAY_MS)) throw new RangeError(`delay of ${delayMs} ms is out of range`);
    const handle = setTimeout(callback, Math.max(0, delayMs));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs`; resolves early, without error, when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', finish);
      resolve();
    });
    const finish = () => {
      timer.cancel();
      resolve();
    };
    signal?.addEventListener('abort', finish, { once: true });
  });
}
