import type { EventDraft } from '../events/plan.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Bulk, RecipientCounts } from './store.ts';

/** What is told about a bulk send, in the order in which it happened. */
export function bulkDraft(
  event: string,
  session: SessionRecord,
  { id, name, state }: Pick<Bulk, 'id' | 'name' | 'state'>,
  counts: RecipientCounts,
): EventDraft {
  return {
    event,
    workspaceId: session.workspaceId,
    sessionId: session.id,
    orderKey: `bulk:${id}`,
    data: { bulkId: id, name, state, total: totalOf(counts), ...counts },
  };
}

export const totalOf = (counts: RecipientCounts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
