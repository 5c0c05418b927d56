/**
 * One turn at a time per key, first come first served; different keys do not wait for each other. Keys
 * without waiters cost nothing. A turn must not ask for a key it holds already.
 */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` when every earlier turn on `key` has ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    let release: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tails.set(key, turn);
    try {
      await before;
      return await work();
    } finally {
      release();
      if (this.#tails.get(key) === turn) this.#tails.delete(key);
    }
  }

  /** Runs `work` while holding several keys; they are taken in one fixed order, so no two can deadlock. */
  runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const ordered = [...new Set(keys)].sort();
    const step = (index: number): Promise<T> => {
      const key = ordered[index];
      return key === undefined ? work() : this.run(key, () => step(index + 1));
    };
    return step(0);
  }

  /** Resolves when no turn is running or waiting. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
