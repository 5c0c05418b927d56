import type { Clock } from '../kernel/clock.ts';

/** Lets callers wait for something with a name; each name is waited for once. */
export class Waiters<Outcome> {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, (outcome: Outcome | null) => void>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the outcome, or with null when the time is over or waiting makes no sense any more. */
  wait(name: string, timeoutMs: number): Promise<Outcome | null> {
    if (timeoutMs <= 0 || this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => {
      const finish = (outcome: Outcome | null) => {
        timer.cancel();
        this.#waiting.delete(name);
        resolve(outcome);
      };
      const timer = this.#clock.after(timeoutMs, () => finish(null));
      this.#waiting.set(name, finish);
    });
  }

  /** Tells who waits for this name. */
  settle(name: string, outcome: Outcome | null): void {
    this.#waiting.get(name)?.(outcome);
  }

  /** Lets everybody go, and whoever comes later. */
  close(): void {
    this.#closed = true;
    for (const finish of this.#waiting.values()) finish(null);
  }
}
