import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { QueueStore } from './store.ts';

/** Jobs that a session may have unfinished: each is a row or two on disk, and media where it has some. */
export const MAX_QUEUED = 200_000;

/** A queue that was full is counted again after this long: counting costs as much as it is long. */
const RECOUNT_MS = 1_000;

interface Estimate {
  /** At least as many as there are: what has ended since the last count is not taken off. */
  count: number;
  countedAtMs: number;
}

/** Keeps the queue of every session below its limit, without counting it at each send. */
export class Room {
  readonly #store: Pick<QueueStore, 'counts'>;
  readonly #clock: Clock;
  readonly #most: number;
  readonly #estimates = new Map<SessionKey, Estimate>();

  constructor(store: Pick<QueueStore, 'counts'>, clock: Clock, most = MAX_QUEUED) {
    this.#store = store;
    this.#clock = clock;
    this.#most = most;
  }

  /** Takes room for one more job; rejects with `queue_full` when there is none. */
  async take(key: SessionKey): Promise<void> {
    const nowMs = this.#clock.now();
    let estimate = this.#estimates.get(key);
    const isStale = !estimate || nowMs - estimate.countedAtMs >= RECOUNT_MS;
    if (isStale && (!estimate || estimate.count >= this.#most)) {
      const { total } = await this.#store.counts(key, nowMs);
      estimate = { count: total, countedAtMs: nowMs };
      this.#estimates.set(key, estimate);
    }
    if (!estimate || estimate.count >= this.#most) throw full(this.#most);
    estimate.count++;
  }

  /** The session is gone. */
  forget(key: SessionKey): void {
    this.#estimates.delete(key);
  }
}

const full = (most: number): Problem =>
  new Problem(
    'queue_full',
    `${most} messages of this session wait to be sent. Try again when some have gone out, or see GET /sessions/{id}/outbox for why they wait.`,
  );
