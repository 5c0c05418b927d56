import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdSource } from '../kernel/ids.ts';
import { seededRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { endpoint } from '../webhooks/testing/house.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { type EventDraft, planEvents } from './plan.ts';
import { chatKind, EVERY_WORKSPACE, matchesName, passes, wants } from './selection.ts';

const draft: EventDraft = {
  event: 'message.received',
  workspaceId: 'default',
  sessionId: 'support',
  orderKey: 'john@s.whatsapp.net',
  data: { chatId: 'john@s.whatsapp.net' },
};

const plan = (drafts: readonly EventDraft[], endpoints: Parameters<typeof planEvents>[1]) =>
  planEvents(drafts, endpoints, 5, createIdSource(new VirtualClock(), seededRandom(1)));

describe('names', () => {
  it.each([
    ['*', 'anything', true],
    ['*', 'presence.updated', false],
    ['presence.*', 'presence.updated', true],
    ['presence.updated', 'presence.updated', true],
    ['message.*', 'message.received', true],
    ['message.*', 'messages', false],
    ['message.received', 'message.received', true],
    ['message.received', 'message.receive', false],
    ['message', 'message.received', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matchesName([pattern], name)).toBe(expected);
    expect(matchesName(['nothing', pattern], name)).toBe(expected);
    expect(passes({ events: [pattern] }, { event: name, sessionId: 's' })).toBe(expected);
  });

  it('match themselves and every prefix of themselves', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1 }), (name, at) => {
        expect(matchesName([`${name.slice(0, at)}*`], name)).toBe(true);
      }),
    );
  });

  it('are all meant by a star but for presence', () => {
    const left = catalogue.map(({ name }) => name).filter((name) => !matchesName(['*'], name));
    expect(left).toEqual(['presence.updated']);
    expect(matchesName(['*', 'presence.*'], 'presence.updated')).toBe(true);
    expect(passes({}, { event: 'presence.updated', sessionId: 's' })).toBe(true);
  });
});

describe('kinds of chats', () => {
  it.each([
    ['5511888888888@s.whatsapp.net', 'direct'],
    ['84912345678901@lid', 'direct'],
    ['120363@g.us', 'group'],
    ['status@broadcast', 'status'],
    ['123@broadcast', 'broadcast'],
    ['123@newsletter', 'newsletter'],
    ['123', null],
    [undefined, null],
    [7, null],
  ])('%s is %s', (chatId, kind) => {
    expect(chatKind(chatId)).toBe(kind);
  });
});

describe('planning', () => {
  it('finds who wants an event', () => {
    const { events } = plan([draft], []);
    const [event] = events;
    if (!event) throw new Error('nothing was planned');
    const yes = endpoint('one', 'http://x/');
    expect(wants(yes, event)).toBe(true);
    expect(wants({ ...yes, workspaceId: EVERY_WORKSPACE }, event)).toBe(true);
    for (const no of [
      { ...yes, active: false },
      { ...yes, workspaceId: 'other' },
      { ...yes, events: ['message.sent'] },
      { ...yes, settings: { ...yes.settings, sessions: ['sales'] } },
      { ...yes, settings: { ...yes.settings, ignoreChats: ['direct'] as const } },
    ]) {
      expect(wants(no, event)).toBe(false);
    }
    const ofWorkspace = { ...event, sessionId: '' };
    const ofSales = { ...yes, settings: { ...yes.settings, sessions: ['sales'] } };
    expect(wants(ofSales, ofWorkspace)).toBe(true);
  });

  it('gives ids that sort as the events came, and a delivery for each endpoint', () => {
    const endpoints = [endpoint('one', 'http://x/'), endpoint('two', 'http://x/')];
    const { events, deliveries } = plan([draft, draft, draft], endpoints);
    const ids = events.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => (a < b ? -1 : 1)));
    expect(deliveries.map(({ eventId, endpointId }) => [eventId, endpointId])).toEqual(
      ids.flatMap((id) => [
        [id, 'one'],
        [id, 'two'],
      ]),
    );
    expect(events[0]).toMatchObject({ timestampMs: 5, orderKey: 'support/john@s.whatsapp.net' });
  });

  it('orders by chat of a session, unless the endpoint gave that up', () => {
    const free = endpoint('free', 'http://x/', { ordering: 'none' });
    const { deliveries } = plan([draft, draft], [free, endpoint('one', 'http://x/')]);
    const keys = (id: string) =>
      deliveries.filter(({ endpointId }) => endpointId === id).map(({ orderKey }) => orderKey);
    expect(new Set(keys('free')).size).toBe(2);
    expect(new Set(keys('one')).size).toBe(1);
    expect(
      plan([{ ...draft, sessionId: 'sales' }], [endpoint('one', '')]).deliveries,
    ).toMatchObject([{ orderKey: 'sales/john@s.whatsapp.net' }]);
  });

  it('holds back what is to be joined', () => {
    const joining = endpoint('one', 'http://x/', { join: { quietMs: 1_000, maxMs: 2_000 } });
    const { deliveries } = plan([draft, { ...draft, event: 'message.read' }], [joining]);
    expect(deliveries.map(({ notBeforeMs }) => notBeforeMs)).toEqual([1_005, undefined]);
  });
});
