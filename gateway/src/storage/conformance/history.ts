import { describe, expect, it } from 'vitest';
import { DEFAULT_MEDIA_POLICY } from '../../messages/received/policy.ts';
import type { MessageStatus } from '../../messages/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import { nothing, report, sampleJob, sampleMessage } from './samples.ts';

const GROUP = '120363041234567890@g.us';

/** The contract of `HistoryStore`, and of receipts by person. */
export function describeHistoryStore(make: MakeVessel): void {
  describe('history', () => {
    describeReading(make);
    describeReceipts(make);
    describePolicies(make);
  });
}

function describePolicies(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps what a session wants of media until it is gone', async () => {
    const key = await world().session();
    const { mediaPolicies, sessions } = world().storage;
    expect(await mediaPolicies.load(key)).toBeNull();
    await mediaPolicies.save(key, { ...DEFAULT_MEDIA_POLICY, keepDays: 1 });
    await mediaPolicies.save(key, { ...DEFAULT_MEDIA_POLICY, keepDays: 2 });
    expect(await mediaPolicies.load(key)).toEqual({ ...DEFAULT_MEDIA_POLICY, keepDays: 2 });
    await sessions.remove(key, nothing);
    expect(await mediaPolicies.load(key)).toBeNull();
    await expect(mediaPolicies.save(key, DEFAULT_MEDIA_POLICY)).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });
}

function describeReading(make: MakeVessel): void {
  const world = useWorld(make);
  const record = (
    key: SessionKey,
    messageId: string,
    fields: Parameters<typeof sampleMessage>[1] = {},
  ) =>
    world().storage.messages.recordInbound(key, [
      { journalIds: [], message: sampleMessage(messageId, fields), batch: nothing },
    ]);
  const ids = (entries: readonly { messageId: string }[]) =>
    entries.map(({ messageId }) => messageId);
  const first = { before: null, limit: 10 };

  it('lists chats by their newest message and pages through them', async () => {
    const { history } = world().storage;
    const key = await world().session();
    await record(key, 'a1', { chatId: 'a', senderId: 'a' });
    await record(key, 'b1', { chatId: 'b', senderId: 'b' });
    await record(key, 'c1', { chatId: 'c', senderId: 'c' });
    await record(key, 'a2', { chatId: 'a', senderId: 'a' });
    await record(await world().session('other'), 'd1', { chatId: 'd', senderId: 'd' });
    const page = await history.chats(key, { before: null, limit: 2 });
    expect(ids(page)).toEqual(['a2', 'c1']);
    const before = page[1]?.seq ?? 0;
    expect(ids(await history.chats(key, { before, limit: 2 }))).toEqual(['b1']);
    expect(await history.chats(404, first)).toEqual([]);
  });

  it('reads a chat from the newest on, without what is about other messages', async () => {
    const { history } = world().storage;
    const key = await world().session();
    for (const id of ['m1', 'm2', 'm3']) await record(key, id);
    await record(key, 'edit', { type: 'edit', targetId: 'm1' });
    const chat = sampleMessage('m1').chatId;
    const page = await history.messages(key, chat, { before: null, limit: 2 });
    expect(ids(page)).toEqual(['m3', 'm2']);
    expect(page[0]).toMatchObject({ data: { text: 'hello' }, status: 'received' });
    const rest = await history.messages(key, chat, { before: page[1]?.seq ?? 0, limit: 2 });
    expect(ids(rest)).toEqual(['m1']);
    expect(await history.chats(key, first)).toMatchObject([{ messageId: 'm3' }]);
  });

  it('finds one message and what is about it, in the order it came', async () => {
    const { history, outbox } = world().storage;
    const key = await world().session();
    await record(key, 'm1');
    await record(key, 'e1', { type: 'edit', targetId: 'm1' });
    await record(key, 'r1', { type: 'reaction', targetId: 'm1', senderId: 'somebody' });
    const target = { messageId: 'm1', chatId: 'c', fromMe: false, participant: null };
    await outbox.enqueue(
      sampleJob(key, 'r2', { content: { type: 'reaction', target, emoji: '👍' } }),
    );
    expect(await history.message(key, 'm1')).toMatchObject({ messageId: 'm1' });
    expect(await history.message(key, 'm2')).toBeNull();
    expect(ids(await history.about(key, 'm1', 10))).toEqual(['e1', 'r1', 'r2']);
    expect(ids(await history.about(key, 'm1', 1))).toEqual(['e1']);
    expect(await history.message(key, 'e1')).toMatchObject({ targetId: 'm1' });
  });

  it('knows the last list that was sent into a chat, for a while', async () => {
    const { history, outbox } = world().storage;
    const key = await world().session();
    const chatId = sampleJob(key, 'x').chatId;
    const enqueue = (messageId: string, type: string, createdAtMs: number) =>
      outbox.enqueue(sampleJob(key, messageId, { data: { type }, createdAtMs }));
    expect(await history.lastChoice(key, chatId, 0)).toBeNull();
    await enqueue('l1', 'list', 1_000);
    await enqueue('l2', 'buttons', 2_000);
    await enqueue('t1', 'text', 3_000);
    await record(key, 'theirs', { chatId, type: 'list' });
    expect(await history.lastChoice(key, chatId, 2_000)).toMatchObject({ messageId: 'l2' });
    expect(await history.lastChoice(key, chatId, 2_001)).toBeNull();
    expect(await history.lastChoice(key, 'another', 0)).toBeNull();
  });
}

function describeReceipts(make: MakeVessel): void {
  const world = useWorld(make);
  const sent = async (messageId: string, chatId: string) => {
    const key = await world().session();
    const message = sampleMessage(messageId, { chatId, fromMe: true, status: 'sent' });
    await world().storage.messages.recordInbound(key, [
      { journalIds: [], message, batch: nothing },
    ]);
    return key;
  };
  const advance = async (key: SessionKey, status: MessageStatus, person: string, atMs: number) => {
    const told: string[] = [];
    const by = { person, atMs };
    const events = (moved: readonly { messageId: string }[]) => {
      told.push(...moved.map(({ messageId }) => messageId));
      return report();
    };
    await world().storage.messages.advance(key, ['m1', 'unknown'], status, events, by);
    return told;
  };

  it('tells of each person in a group once per step, and keeps when it was', async () => {
    const key = await sent('m1', GROUP);
    expect(await advance(key, 'delivered', 'ana', 10)).toEqual(['m1']);
    expect(await advance(key, 'delivered', 'ana', 11)).toEqual([]);
    expect(await advance(key, 'read', 'ana', 12)).toEqual(['m1']);
    expect(await advance(key, 'delivered', 'rui', 13)).toEqual(['m1']);
    expect(await advance(key, 'read', 'rui', 14)).toEqual(['m1']);
    expect(await advance(key, 'delivered', 'eva', 15)).toEqual(['m1']);
    await world().reopen();
    const { history, messages } = world().storage;
    expect((await messages.find(key, 'm1'))?.status).toBe('read');
    expect(await history.receipts(key, 'm1')).toEqual([
      { person: 'ana', deliveredAtMs: 10, readAtMs: 12, playedAtMs: null },
      { person: 'eva', deliveredAtMs: 15, readAtMs: null, playedAtMs: null },
      { person: 'rui', deliveredAtMs: 13, readAtMs: 14, playedAtMs: null },
    ]);
    expect(await history.receipts(key, 'unknown')).toEqual([]);
  });

  it('tells of a direct chat only when the message itself moves', async () => {
    const key = await sent('m1', 'ana@s.whatsapp.net');
    expect(await advance(key, 'read', 'ana', 10)).toEqual(['m1']);
    expect(await advance(key, 'delivered', 'ana', 11)).toEqual([]);
    expect(await advance(key, 'played', 'ana', 12)).toEqual(['m1']);
    expect(await world().storage.history.receipts(key, 'm1')).toEqual([
      { person: 'ana', deliveredAtMs: null, readAtMs: 10, playedAtMs: 12 },
    ]);
  });
}
