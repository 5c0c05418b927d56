/**
 * One turn at a time per key, first come first served; different keys do not wait for each other. Keys
 * without waiters cost nothing. A turn must not ask for a key it holds already.
 */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves, when every earlier turn on `key` has ended, with how to end this one. */
  async take(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    let release: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      release = () => {
        resolve();
        if (this.#tails.get(key) === turn) this.#tails.delete(key);
      };
    });
    this.#tails.set(key, turn);
    await before;
    return release;
  }

  /** Takes several keys in one fixed order, so that no two can wait for each other. */
  async takeAll(keys: readonly string[]): Promise<() => void> {
    const releases: (() => void)[] = [];
    for (const key of [...new Set(keys)].sort()) releases.push(await this.take(key));
    return () => {
      for (const release of releases) release();
    };
  }

  /** Runs `work` in a turn of its own. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.runAll([key], work);
  }

  /** Runs `work` while holding several keys. */
  async runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const release = await this.takeAll(keys);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Resolves when no turn is running or waiting. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
