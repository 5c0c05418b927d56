import type { CacheStore } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';

interface Entry {
  readonly value: unknown;
  readonly untilMs: number;
}

/**
 * A cache for the library: at most `limit` entries, each for `ttlMs`; beyond the limit the oldest goes.
 * It has no timers, so it costs nothing while idle.
 */
export class BoundedCache implements CacheStore {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #ttlMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, limit: number, ttlMs: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#ttlMs = ttlMs;
  }

  /** The library names the type it expects; what comes back is what it put in. */
  readonly get: CacheStore['get'] = (key) => this.#find(key) as never;

  set(key: string, value: unknown): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: this.#clock.now() + this.#ttlMs });
    if (this.#entries.size <= this.#limit) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  del(key: string): void {
    this.#entries.delete(key);
  }

  flushAll(): void {
    this.#entries.clear();
  }

  #find(key: string): unknown {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.untilMs > this.#clock.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }
}
