import type { EventDraft } from '../events/plan.ts';
import { type Clock, type Timer } from '../kernel/clock.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { QueueOverview } from './waiting.ts';

/** A session's queue is told of at most this often. */
export const TELL_EVERY_MS = 60_000;

/** A queue this long is worth telling of, and a hold of `LONG_HOLD_MS` for a shorter one. */
const LONG_QUEUE = 100;
const LONG_HOLD_MS = 60_000;

/** Whether a queue is worth telling of: it is long, or its next message is held for long. Pure. */
export function isWorthTelling({ counts, next }: QueueOverview, nowMs: number): boolean {
  if (counts.due >= LONG_QUEUE) return true;
  return next !== null && (next.atMs === null || next.atMs - nowMs >= LONG_HOLD_MS);
}

/** The event about a queue. Pure. */
export function progressDraft(session: SessionRecord, { counts, next }: QueueOverview): EventDraft {
  return {
    event: 'outbox.progress',
    workspaceId: session.workspaceId,
    sessionId: session.id,
    orderKey: `session:${session.id}`,
    data: {
      queued: counts.total,
      heldBy: next?.reason ?? null,
      nextSendAt: next?.atMs == null ? null : new Date(next.atMs).toISOString(),
    },
  };
}

export interface ProgressDeps {
  readonly overview: (session: SessionRecord) => Promise<QueueOverview>;
  /** Never rejects. */
  readonly tell: (draft: EventDraft) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Tells how far one session's queue has come while that is worth it, and once more when it no longer is.
 * Looking costs a count of the queue, so that is not done oftener than telling.
 */
export class Progress {
  readonly #deps: ProgressDeps;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #told = false;
  #timer: Timer | null = null;

  constructor(deps: ProgressDeps) {
    this.#deps = deps;
  }

  /** The queue may have changed. Rejects when it cannot be read. */
  async changed(session: SessionRecord): Promise<void> {
    if (this.#timer) return;
    const nowMs = this.#deps.clock.now();
    const restMs = this.#lookedAtMs + TELL_EVERY_MS - nowMs;
    if (restMs > 0) {
      if (this.#told) this.#later(session, restMs);
      return;
    }
    this.#lookedAtMs = nowMs;
    const overview = await this.#deps.overview(session);
    const worth = isWorthTelling(overview, nowMs);
    if (worth || this.#told) await this.#deps.tell(progressDraft(session, overview));
    this.#told = worth;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** What was told must not stand for ever, even when nothing happens any more. */
  #later(session: SessionRecord, delayMs: number): void {
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = null;
      this.changed(session).catch(() => {});
    });
  }
}
