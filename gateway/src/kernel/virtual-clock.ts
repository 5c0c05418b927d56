import type { Clock, Timer } from './clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock for tests: time stands still until `advance` moves it, running due callbacks in order. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #entries = new Set<Entry>();

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#entries.add(entry);
    return { cancel: () => void this.#entries.delete(entry) };
  }

  /** Number of callbacks still waiting: a test of teardown expects 0. */
  get pending(): number {
    return this.#entries.size;
  }

  /** The instant of the next callback; null when none waits. */
  get nextAtMs(): number | null {
    return this.#due(Number.POSITIVE_INFINITY)?.at ?? null;
  }

  /** Moves time forward, running each due callback at its own instant and letting promises settle. */
  async advance(byMs: number): Promise<void> {
    const end = this.#now + byMs;
    for (;;) {
      await settle();
      const next = this.#due(end);
      if (!next) break;
      this.#entries.delete(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
    await settle();
  }

  #due(end: number): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.at > end) continue;
      if (!best || entry.at < best.at || (entry.at === best.at && entry.order < best.order)) {
        best = entry;
      }
    }
    return best;
  }
}

/** Lets everything that is already resolved run, including promise chains over several ticks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((done) => setImmediate(done));
}
