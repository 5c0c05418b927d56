import type { Clock } from '../kernel/clock.ts';

/** Settles as `work` does, or rejects after `limitMs`; the work itself goes on, unheard. */
export function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => reject(new Error(`no answer within ${limitMs} ms`)));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
