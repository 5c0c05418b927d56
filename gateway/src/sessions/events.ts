import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import { shownCode } from './pairing.ts';
import { qrDataUrl } from './qr.ts';
import { isConnected, type SessionState, statusWord, userAction } from './state.ts';
import type { SessionRecord } from './store.ts';

/** What sessions need of the event log. */
export interface SessionEvents {
  plan(drafts: readonly EventDraft[]): EventBatch;
  /** Told after the commit, so that webhooks and streams wake up. */
  committed(batch: EventBatch): void;
}

/**
 * The events that a change of state causes: `session.state` for every one, and those with names of their
 * own: each QR and pairing code, each opening, each loss of an open connection or of a pairing in
 * progress, and each end that a person has to act on.
 */
export async function eventsOfChange(
  record: SessionRecord,
  before: SessionState,
  after: SessionState,
): Promise<EventDraft[]> {
  const draft = (event: string, more: Record<string, unknown> = {}): EventDraft => ({
    event,
    workspaceId: record.workspaceId,
    sessionId: record.id,
    orderKey: 'session',
    data: {
      status: statusWord(after),
      state: after.name,
      reason: 'reason' in after ? after.reason : null,
      userAction: userAction(after),
      phone: record.phone,
      ...more,
    },
  });
  const drafts: EventDraft[] = [];
  if (after.name !== before.name) {
    drafts.push(draft('session.state', { previous: before.name }));
  }
  const lost = isConnected(before) && !isConnected(after);
  const wasPairing = before.name === 'qr' || before.name === 'pairing';
  const unlinked = wasPairing && statusWord(after) === 'close';
  if (lost || unlinked) {
    drafts.push(draft('session.disconnected', { willReconnect: statusWord(after) !== 'close' }));
  }
  switch (after.name) {
    case 'qr':
      drafts.push(
        draft('session.qr', {
          qr: after.qr,
          qrImage: await qrDataUrl(after.qr),
          number: after.qrNumber,
        }),
      );
      break;
    case 'pairing':
      drafts.push(
        draft('session.pairing_code', {
          code: shownCode(after.code),
          expiresAt: new Date(after.expiresAtMs).toISOString(),
        }),
      );
      break;
    case 'open':
      if (!isConnected(before)) {
        drafts.push(draft('session.connected', { lid: record.lid, pushName: record.pushName }));
      }
      break;
    case 'logged_out':
      drafts.push(draft('session.logged_out'));
      break;
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      drafts.push(draft('session.failed'));
      break;
    case 'connecting':
    case 'degraded':
    case 'waiting_retry':
    case 'stopped':
      break;
  }
  return drafts;
}
