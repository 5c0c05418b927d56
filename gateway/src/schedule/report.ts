import type { EventDraft } from '../events/plan.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Fault, Schedule } from './store.ts';

/** What is told of an occurrence that made no message, for a reason that a person should know. */
export function failedDraft(
  { workspaceId, id: sessionId }: SessionRecord,
  { id, name }: Pick<Schedule, 'id' | 'name'>,
  occurrenceMs: number,
  error: Fault,
): EventDraft {
  return {
    event: 'schedule.failed',
    workspaceId,
    sessionId,
    orderKey: `schedule:${id}`,
    data: { scheduleId: id, name, occurrenceAt: new Date(occurrenceMs).toISOString(), error },
  };
}
