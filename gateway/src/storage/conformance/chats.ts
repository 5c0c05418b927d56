import { describe, expect, it } from 'vitest';
import { PLAIN_CHAT } from '../../messages/chat-store.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import { nothing, sampleMessage } from './samples.ts';

const JOHN = '1555@s.whatsapp.net';
const GROUP = '120363041234567890@g.us';

/** The contract of `ChatStore`, and of reading chats by it. */
export function describeChatStore(make: MakeVessel): void {
  describe('chats as the phone lists them', () => {
    describeSettings(make);
    describeReadMarks(make);
    describePast(make);
    describeListing(make);
  });
}

function describeSettings(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps what was told, one thing at a time', async () => {
    const key = await world().session();
    await world().storage.chats.note(key, [
      { chatId: GROUP, subject: 'Team', mutedUntilMs: 'forever' },
      { chatId: GROUP, archived: true, listedAtMs: 2_000 },
      { chatId: JOHN, pinned: true, unread: true, mutedUntilMs: 5_000 },
    ]);
    await world().reopen();
    const { chats } = world().storage;
    expect([...(await chats.states(key, [JOHN, GROUP, '1@lid']))]).toEqual([
      [GROUP, { ...PLAIN_CHAT, subject: 'Team', archived: true, mutedUntilMs: 'forever' }],
      [JOHN, { ...PLAIN_CHAT, pinned: true, unread: true, mutedUntilMs: 5_000 }],
    ]);
    await chats.note(key, [{ chatId: JOHN, pinned: false, mutedUntilMs: null }]);
    expect((await chats.states(key, [JOHN])).get(JOHN)).toEqual({ ...PLAIN_CHAT, unread: true });
  });

  it('moves with a person whose number becomes known, and what was known of the number stays', async () => {
    const key = await world().session();
    const { chats, identities } = world().storage;
    await chats.note(key, [
      { chatId: '99@lid', subject: 'Nobody', archived: true, listedAtMs: 1_000 },
      { chatId: '88@lid', archived: true },
      { chatId: JOHN, pinned: true },
    ]);
    const pairs = [
      { phone: '1777', lid: '99' },
      { phone: '1555', lid: '88' },
    ];
    await identities.learn(key, pairs);
    const states = await chats.states(key, ['99@lid', '88@lid', '1777@s.whatsapp.net', JOHN]);
    expect([...states]).toEqual([
      [JOHN, { ...PLAIN_CHAT, pinned: true }],
      ['1777@s.whatsapp.net', { ...PLAIN_CHAT, archived: true }],
    ]);
  });

  it('goes with its session', async () => {
    const key = await world().session();
    const { chats, sessions } = world().storage;
    await chats.note(key, [{ chatId: JOHN, pinned: true }]);
    await sessions.remove(key, nothing);
    expect((await chats.states(key, [JOHN])).size).toBe(0);
    const late = chats.note(key, [{ chatId: JOHN, pinned: true }]);
    await expect(late).rejects.toMatchObject({ code: 'session_not_found' });
    await expect(chats.unlist(key, [JOHN])).resolves.toBeUndefined();
  });
}

function describeReadMarks(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps up to where was read, until two chats become one', async () => {
    const key = await world().session();
    const { chats, identities, messages } = world().storage;
    const message = { ...sampleMessage('m1'), chatId: GROUP };
    await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    await chats.note(key, [
      { chatId: '99@lid', readUpTo: 1 },
      { chatId: '88@lid', readUpTo: 1 },
      { chatId: JOHN, readUpTo: 1 },
      { chatId: GROUP, readUpTo: 1, archived: true },
      { chatId: GROUP, archived: false },
    ]);
    expect((await chats.states(key, [GROUP])).get(GROUP)).toEqual({ ...PLAIN_CHAT, readUpTo: 1 });
    const pairs = [
      { phone: '1777', lid: '99' },
      { phone: '1555', lid: '88' },
    ];
    await identities.learn(key, pairs);
    const states = await chats.states(key, ['1777@s.whatsapp.net', JOHN]);
    expect([...states.values()]).toEqual([PLAIN_CHAT, PLAIN_CHAT]);
  });

  it('takes no account of where was read when nothing as new as that is kept any more', async () => {
    const key = await world().session();
    const { chats, messages } = world().storage;
    await chats.note(key, [{ chatId: JOHN, readUpTo: 2 }]);
    const markOf = async () => (await chats.states(key, [JOHN])).get(JOHN)?.readUpTo;
    expect(await markOf()).toBeNull();
    const message = { ...sampleMessage('m1'), chatId: JOHN };
    await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    expect(await markOf()).toBeNull();
    await chats.note(key, [{ chatId: JOHN, readUpTo: 1 }]);
    expect(await markOf()).toBe(1);
  });
}

function describePast(make: MakeVessel): void {
  const world = useWorld(make);

  it('lets older word fill in only what nobody told yet', async () => {
    const key = await world().session();
    const { chats } = world().storage;
    const past = { archived: true, pinned: true, unread: true, mutedUntilMs: 5_000 };
    await chats.note(key, [
      { chatId: JOHN, archived: false },
      { chatId: JOHN, ...past, isPast: true },
      { chatId: JOHN, archived: true, pinned: false, isPast: true },
      { chatId: GROUP, subject: 'Team', mutedUntilMs: null },
      { chatId: GROUP, subject: 'Old team', ...past, isPast: true },
      { chatId: '99@lid', pinned: true },
    ]);
    await chats.unlist(key, ['99@lid']);
    await chats.note(key, [{ chatId: '99@lid', ...past, isPast: true }]);
    const states = await chats.states(key, [JOHN, GROUP, '99@lid']);
    expect(Object.fromEntries(states)).toEqual({
      [JOHN]: { ...PLAIN_CHAT, ...past, archived: false },
      [GROUP]: { ...PLAIN_CHAT, ...past, subject: 'Team', mutedUntilMs: null },
      '99@lid': PLAIN_CHAT,
    });
  });
}

function describeListing(make: MakeVessel): void {
  const world = useWorld(make);
  const newest = { behind: null, limit: 9, archived: null };

  it('lists those of which no message is kept, newest first, page by page', async () => {
    const [key, other] = [await world().session('a'), await world().session('b')];
    const { chats, messages } = world().storage;
    await chats.note(key, [
      { chatId: '1@lid', listedAtMs: 2_000 },
      { chatId: '2@lid', listedAtMs: 3_000, archived: true },
      { chatId: '3@lid', listedAtMs: 2_000 },
      { chatId: JOHN, listedAtMs: 9_000 },
      { chatId: GROUP, pinned: true },
    ]);
    const message = { ...sampleMessage('m1'), chatId: JOHN };
    await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    const page = await chats.listed(key, { ...newest, limit: 2 });
    expect(page).toEqual([
      { chatId: '2@lid', listedAtMs: 3_000 },
      { chatId: '1@lid', listedAtMs: 2_000 },
    ]);
    const rest = await chats.listed(key, { ...newest, behind: page[1] ?? null });
    expect(rest.map(({ chatId }) => chatId)).toEqual(['3@lid']);
    const ids = async (archived: boolean) =>
      (await chats.listed(key, { ...newest, archived })).map(({ chatId }) => chatId);
    expect([await ids(true), await ids(false)]).toEqual([['2@lid'], ['1@lid', '3@lid']]);
    expect(await chats.listed(other, newest)).toEqual([]);
    await chats.unlist(key, ['2@lid', '4@lid']);
    expect((await chats.listed(key, newest)).map(({ chatId }) => chatId)).toEqual([
      '1@lid',
      '3@lid',
    ]);
  });

  it('narrows chats with messages to the archived ones, or to the others', async () => {
    const key = await world().session();
    const { chats, history, messages } = world().storage;
    for (const chatId of ['1@lid', '2@lid']) {
      const message = { ...sampleMessage(`m${chatId}`), chatId };
      await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    }
    await chats.note(key, [{ chatId: '1@lid', archived: true }]);
    const ids = async (archived: boolean | null) =>
      (await history.chats(key, { before: null, limit: 9, archived })).map((one) => one.chatId);
    expect(await ids(true)).toEqual(['1@lid']);
    expect(await ids(false)).toEqual(['2@lid']);
    expect(await ids(null)).toEqual(['2@lid', '1@lid']);
  });
}
