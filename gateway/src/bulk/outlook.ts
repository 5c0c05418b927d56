import type { Clock } from '../kernel/clock.ts';
import type { Outbox } from '../outbox/contract.ts';
import { estimateMs } from '../outbox/plan.ts';
import type { WaitReason } from '../outbox/waiting.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Bulk, BulkStore, RecipientCounts } from './store.ts';

/** A bulk send and how far it has come. */
export interface BulkView {
  readonly bulk: Bulk;
  readonly counts: RecipientCounts;
  /** The ids of the sessions of its pool that still are. */
  readonly sessions: readonly string[];
  /** What its next message waits for; null when nothing of it waits in a queue. */
  readonly waitsFor: WaitReason | null;
  /** About when it will be done; null when that cannot be said. */
  readonly etaMs: number | null;
}

export interface ViewDeps {
  readonly store: Pick<BulkStore, 'counts' | 'recipients'>;
  readonly sessions: { recordOf(key: SessionKey): SessionRecord | null };
  readonly outbox: Pick<Outbox, 'pacing' | 'place'>;
  readonly clock: Clock;
}

/** How far a bulk send has come. */
export async function viewOf(deps: ViewDeps, bulk: Bulk): Promise<BulkView> {
  const { store, sessions } = deps;
  const counts = await store.counts(bulk.id);
  const records = bulk.pool.flatMap((key) => sessions.recordOf(key) ?? []);
  const { waitsFor, etaMs } = await outlook(deps, bulk, counts, records);
  return { bulk, counts, sessions: records.map(({ id }) => id), waitsFor, etaMs };
}

/** What its first job in a queue waits for, and about when the last one will go. */
async function outlook(
  deps: ViewDeps,
  bulk: Bulk,
  { waiting, queued }: RecipientCounts,
  records: readonly SessionRecord[],
): Promise<Pick<BulkView, 'waitsFor' | 'etaMs'>> {
  const { store, outbox, clock } = deps;
  const nowMs = clock.now();
  if (bulk.finishedAtMs !== null || waiting + queued === 0) return { waitsFor: null, etaMs: null };
  if (bulk.state === 'paused') return { waitsFor: 'paused', etaMs: null };
  if (bulk.startAtMs > nowMs) return { waitsFor: 'scheduled', etaMs: null };
  const [first] = await store.recipients(bulk.id, { state: 'queued', after: 0, limit: 1 });
  const owner = records.find(({ key }) => key === first?.sessionKey);
  const place = first && owner ? await outbox.place(owner, first.messageId) : null;
  if (place === null || place.etaMs === null) {
    return { waitsFor: place?.reason ?? null, etaMs: null };
  }
  const perSession = Math.ceil((waiting + queued) / Math.max(1, records.length));
  const times = await Promise.all(
    records.map(async (record) =>
      estimateMs((await outbox.pacing(record)).policy, perSession, true),
    ),
  );
  return { waitsFor: place.reason, etaMs: place.etaMs + Math.max(...times) };
}
