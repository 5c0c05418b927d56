import { describe, expect, it } from 'vitest';
import { bulkDraft } from '../../bulk/report.ts';
import { reportOf } from '../../messages/inbound-report.ts';
import { envelopeOf, normalise } from '../../messages/normalise/normalise.ts';
import { addressesOf } from '../../messages/normalise/people.ts';
import { inGroup, own, wireMessage } from '../../messages/normalise/wire-fixture.ts';
import { receiptDrafts } from '../../messages/receipt.ts';
import { restrictionDrafts } from '../../outbox/pacing/restriction-events.ts';
import { NO_RESTRICTIONS } from '../../outbox/pacing/restrictions.ts';
import { failedDraft } from '../../schedule/report.ts';
import { eventsOfChange } from '../../sessions/events.ts';
import type { SessionState } from '../../sessions/state.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { WireContent, WireMessage } from '../../whatsapp/port.ts';
import type { EventDraft } from '../plan.ts';
import { catalogue } from './catalogue.ts';

/** What is wrong with an event in the eyes of the catalogue; null when nothing is. */
function faultOf({ event, data }: Pick<EventDraft, 'event' | 'data'>): string | null {
  const definition = catalogue.find(({ name }) => name === event);
  if (!definition) return `${event} is not in the catalogue`;
  return definition.data.safeParse(data).error?.message ?? null;
}

const session: SessionRecord = {
  key: 1,
  workspaceId: 'default',
  id: 'support',
  desired: 'running',
  terminal: null,
  pushName: 'Support',
  createdAtMs: 0,
  ...own,
};

const STATES: readonly SessionState[] = [
  { name: 'stopped', sinceMs: 0, reason: 'not_started' },
  { name: 'connecting', sinceMs: 0, reason: 'started' },
  { name: 'qr', sinceMs: 0, qr: '2@abc', qrNumber: 1 },
  { name: 'pairing', sinceMs: 0, phone: '15550001', code: 'ABCD2345', expiresAtMs: 1 },
  { name: 'open', sinceMs: 0 },
  { name: 'degraded', sinceMs: 0, reason: 'silent', openSinceMs: 0 },
  { name: 'waiting_retry', sinceMs: 0, reason: 'connection_lost', nextRetryAtMs: 1 },
  { name: 'logged_out', sinceMs: 0, reason: 'logged_out' },
  { name: 'replaced', sinceMs: 0, reason: 'replaced' },
  { name: 'forbidden', sinceMs: 0, reason: 'forbidden' },
  { name: 'auth_corrupt', sinceMs: 0, reason: 'auth_corrupt' },
];

const key = { remoteJid: '5511888888888@s.whatsapp.net', id: 'ABC123', fromMe: false };
const CHANGES: Readonly<Record<string, WireContent>> = {
  'message.received': { conversation: 'hello' },
  'message.edited': {
    protocolMessage: { key, type: 14, editedMessage: { conversation: 'hello!' } },
  },
  'message.deleted': { protocolMessage: { key, type: 0 } },
  'message.reaction': { reactionMessage: { key, text: '👍' } },
};

const target = { messageId: 'ABC123', fromMe: true, participant: null };
const guests = { name: 'Party', response: 'going', guests: 1 } as const;
const ANSWERS = [
  { kind: 'poll_vote', target, poll: { name: 'Lunch?', options: ['Yes'] }, selected: ['Yes'] },
  { kind: 'poll_vote', target, poll: null, selected: null },
  { kind: 'event_response', target, ...guests },
  { kind: 'event_response', target, ...guests, response: null, name: null },
] as const;

function meaningOf(wire: WireMessage) {
  const meaning = normalise(wire, own);
  if (meaning.kind === 'internal' || meaning.kind === 'sealed') throw new Error('nothing to tell');
  return meaning;
}

describe('what is emitted is as the catalogue says', () => {
  it.each(STATES)('when a session leaves the state $name', async (before) => {
    const drafts = await Promise.all(STATES.map((after) => eventsOfChange(session, before, after)));
    expect(drafts.flat().map(faultOf)).toEqual(drafts.flat().map(() => null));
  });

  it.each(Object.entries(CHANGES))('for %s', (name, content) => {
    for (const where of [{}, inGroup]) {
      const wire = wireMessage(content, where);
      const { event } = reportOf(wire, meaningOf(wire), own, null);
      expect(event.event).toBe(name);
      expect(faultOf(event)).toBeNull();
    }
  });

  it.each(ANSWERS)('for $kind that was opened: $selected $response', (answer) => {
    const wire = wireMessage({ conversation: 'as it came' }, inGroup);
    const envelope = envelopeOf(wire, addressesOf(wire, own, new Map()));
    const { event } = reportOf(wire, { ...answer, envelope }, own, null);
    expect(event.event).toBe(answer.kind === 'poll_vote' ? 'poll.vote' : 'event.response');
    expect(faultOf(event)).toBeNull();
  });

  it.each(['delivered', 'read', 'played'] as const)('for a receipt that says %s', (status) => {
    const wire = wireMessage({ conversation: 'hello' }, { fromMe: true });
    const { message, event } = reportOf(wire, meaningOf(wire), own, null);
    expect(event.event).toBe('message.sent');
    expect(faultOf(event)).toBeNull();
    const receipt = { chat: wire.chat, messageIds: [wire.messageId], status, by: wire.chat };
    const moved = { ...message, before: 'sending' } as const;
    const drafts = receiptDrafts(session, moved, { ...receipt, timestampMs: 1 }, wire.chat);
    expect(drafts.map(({ event }) => event)).toEqual(['message.sent', `message.${status}`]);
    expect(drafts.map(faultOf)).toEqual([null, null]);
  });

  it.each(['bulk.progress', 'bulk.finished'])('for %s', (name) => {
    const counts = { waiting: 1, queued: 2, sent: 3, failed: 0, skipped: 0, cancelled: 0 };
    const bulk = { id: 'b1', name: null, state: 'running' } as const;
    expect(faultOf(bulkDraft(name, session, bulk, counts))).toBeNull();
  });

  it('for an occurrence that made no message', () => {
    const fault = { code: 'recipient_opted_out', reason: 'They do not want any.' } as const;
    expect(faultOf(failedDraft(session, { id: 's1', name: null }, 0, fault))).toBeNull();
  });

  it('for restrictions that begin, and that end', () => {
    const cold = { untilMs: 1, cause: 'reach_out_timelock' } as const;
    const held = { ...NO_RESTRICTIONS, cold, all: { untilMs: 2 } };
    const signal = { type: 'new_chats', total: 9, used: 1, capped: false, resetsAtMs: 3 } as const;
    const drafts = [
      ...restrictionDrafts(session, NO_RESTRICTIONS, held, null),
      ...restrictionDrafts(session, held, NO_RESTRICTIONS, signal),
    ];
    expect(drafts.map(({ event, data }) => `${event} ${String(data.active)}`)).toEqual([
      'session.restricted true',
      'session.restricted true',
      'session.restricted false',
      'session.restricted false',
      'session.quota undefined',
    ]);
    expect(drafts.map(faultOf)).toEqual(drafts.map(() => null));
  });
});
