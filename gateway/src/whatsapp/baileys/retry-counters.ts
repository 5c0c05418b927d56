import type { CacheStore } from 'baileys';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';

const TYPE = 'retry-counters';
const ID = 'all';
const LIMIT = 500;
const SAVE_AFTER_MS = 1_000;

/**
 * How often each message was asked for again, by us or by its receiver, across restarts: without it, two
 * clients that cannot read each other could go on for ever. One record with the last 500 counts, written
 * at most once a second; a crash forgets the last second.
 */
export class RetryCounters implements CacheStore {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts = new Map<string, unknown>();
  #loaded: Promise<void> | null = null;
  #timer: Timer | null = null;
  #dirty = false;

  constructor(records: Records, clock: Clock, logger: Logger) {
    this.#records = records;
    this.#clock = clock;
    this.#logger = logger;
  }

  async get<T>(key: string): Promise<T> {
    await this.#load();
    return this.#counts.get(key) as T;
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#load();
    this.#counts.delete(key);
    this.#counts.set(key, value);
    const oldest = this.#counts.keys().next();
    if (this.#counts.size > LIMIT && !oldest.done) this.#counts.delete(oldest.value);
    this.#changed();
  }

  async del(key: string): Promise<void> {
    await this.#load();
    if (this.#counts.delete(key)) this.#changed();
  }

  flushAll(): void {
    this.#counts.clear();
    this.#changed();
  }

  /** Writes what is not written yet. */
  async save(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    if (!this.#dirty) return;
    this.#dirty = false;
    const value = Buffer.from(JSON.stringify([...this.#counts]));
    await this.#records.commit({ records: [{ type: TYPE, id: ID, value }] });
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#read();
    return this.#loaded;
  }

  async #read(): Promise<void> {
    const stored = await this.#records.read(TYPE, ID);
    if (!stored) return;
    for (const [key, value] of parseJson(stored) as [string, unknown][]) {
      this.#counts.set(key, value);
    }
  }

  #changed(): void {
    this.#dirty = true;
    this.#timer ??= this.#clock.after(SAVE_AFTER_MS, () => {
      this.save().catch((error: unknown) => {
        this.#dirty = true;
        this.#logger.warn({ err: error }, 'retry counters were not saved');
      });
    });
  }
}
