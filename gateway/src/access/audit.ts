import type { Clock, Timer } from '../kernel/clock.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { AuditFilter, AuditRecord, AuditStore } from './store.ts';

const FLUSH_AFTER_MS = 250;
const BATCH = 500;
/** Entries that wait while storage is down; beyond that new ones are counted and lost. */
const QUEUE_LIMIT = 10_000;
const PRUNE_EVERY_MS = 60 * 60_000;
const PRUNE_STEP = 1_000;

/** An entry before it has its id and time. */
export type AuditDraft = Omit<AuditRecord, 'id' | 'atMs'>;

/** How long entries are kept. */
export interface AuditRetention {
  readonly days: number;
  readonly rows: number;
}

/** Who did what. Written behind the answers, in batches: a crash can cost the last quarter of a second. */
export interface AuditLog {
  record(draft: AuditDraft): void;
  /** Resolves when all that was recorded so far is committed; rejects when storage does not take it. */
  flush(): Promise<void>;
  list(
    workspaceId: string,
    filter: AuditFilter & { readonly limit: number; readonly before?: string },
  ): Promise<AuditRecord[]>;
  /** Writes what waits and stops. */
  close(): Promise<void>;
}

export interface AuditLogDeps {
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly retention: AuditRetention;
}

export function createAuditLog(deps: AuditLogDeps): AuditLog {
  const { store, clock, ids, logger } = deps;
  let queue: AuditRecord[] = [];
  let lost = 0;
  let flushTimer: Timer | null = null;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  async function write(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, BATCH);
      await store.appendAudit(batch);
      queue = queue.slice(batch.length);
    }
    if (lost > 0) logger.error({ lost }, 'audit entries were lost while storage was down');
    lost = 0;
  }

  function flush(): Promise<void> {
    flushTimer?.cancel();
    flushTimer = null;
    const turn = running.then(write);
    running = turn.catch(() => {});
    return turn;
  }

  function flushLater(): void {
    if (closed) return;
    flushTimer ??= clock.after(FLUSH_AFTER_MS, () => {
      flush().catch((error: unknown) => {
        logger.warn({ err: error, waiting: queue.length }, 'audit entries cannot be written');
        flushLater();
      });
    });
  }

  async function prune(): Promise<void> {
    const { days, rows } = deps.retention;
    const rule = { beforeMs: clock.now() - days * 24 * 60 * 60_000, keepRows: rows };
    let gone = PRUNE_STEP;
    while (gone > 0) gone = closed ? 0 : await store.pruneAudit(rule, PRUNE_STEP);
  }

  function pruneLater(delayMs: number): Timer {
    return clock.after(delayMs, () => {
      prune()
        .catch((error: unknown) => logger.warn({ err: error }, 'old audit entries stay for now'))
        .finally(() => {
          if (!closed) pruneTimer = pruneLater(PRUNE_EVERY_MS);
        });
    });
  }
  let pruneTimer = pruneLater(FLUSH_AFTER_MS);

  return {
    record(draft) {
      if (queue.length >= QUEUE_LIMIT) {
        lost++;
        return;
      }
      queue.push({ id: ids(), atMs: clock.now(), ...draft });
      flushLater();
    },
    flush,
    list: (workspaceId, filter) => store.audit(workspaceId, filter),
    async close() {
      closed = true;
      pruneTimer.cancel();
      await flush().catch((error: unknown) => {
        logger.error({ err: error, lost: queue.length }, 'audit entries were lost');
      });
    },
  };
}
