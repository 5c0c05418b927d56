import type { EventDraft } from '../../events/plan.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { RestrictionSignal } from '../../whatsapp/port.ts';
import type { Restrictions } from './restrictions.ts';

/** What is told of a change of restrictions; `signal` is what WhatsApp said, where it said something. */
export function restrictionDrafts(
  session: SessionRecord,
  before: Restrictions,
  after: Restrictions,
  signal: RestrictionSignal | null,
): EventDraft[] {
  const draft = (event: string, data: Record<string, unknown>): EventDraft => ({
    event,
    workspaceId: session.workspaceId,
    sessionId: session.id,
    orderKey: `session:${session.id}`,
    data,
  });
  const drafts: EventDraft[] = [];
  if (before.cold?.untilMs !== after.cold?.untilMs) {
    drafts.push(
      draft('session.restricted', {
        active: after.cold !== null,
        kind: after.cold?.cause ?? before.cold?.cause ?? 'reach_out_timelock',
        until: instant(after.cold?.untilMs),
      }),
    );
  }
  if (before.all?.untilMs !== after.all?.untilMs) {
    const kind = 'rate_limit';
    const until = instant(after.all?.untilMs);
    drafts.push(draft('session.restricted', { active: after.all !== null, kind, until }));
  }
  if (signal?.type === 'new_chats') {
    const { total, used, capped } = signal;
    const resetsAt = instant(after.newChats?.resetsAtMs);
    drafts.push(draft('session.quota', { kind: 'new_chats', total, used, capped, resetsAt }));
  }
  return drafts;
}

const instant = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();
