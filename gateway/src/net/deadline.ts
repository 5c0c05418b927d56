import type { Clock } from '../kernel/clock.ts';

/** Why an exchange was ended from our side; the abort reason of a deadline's signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly stage: 'timeout' | 'aborted';

  constructor(stage: 'timeout' | 'aborted', message: string) {
    super(message);
    this.stage = stage;
  }
}

/** One span of time for all phases of an exchange: lookup, connection, headers and body together. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when the exchange is over; frees the timer. */
  end(): void;
}

/** Aborts with `Interrupted` after `deadlineMs`, or as soon as `outer` aborts. */
export function startDeadline(clock: Clock, deadlineMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = clock.after(deadlineMs, () =>
    controller.abort(new Interrupted('timeout', `no complete answer within ${deadlineMs} ms`)),
  );
  const abort = () => controller.abort(new Interrupted('aborted', 'the request was given up'));
  if (outer?.aborted) abort();
  else outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      timer.cancel();
      outer?.removeEventListener('abort', abort);
    },
  };
}

/**
 * Settles as `promise` does, but rejects at once when the signal aborts: undici lets a request that still
 * waits for its connection sit there until the connection stands or fails.
 */
export function orInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Interrupted);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
