import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../kernel/logger.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Storage } from '../storage/port.ts';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { createHistory, type History } from './history.ts';
import type { MessageRecord } from './store.ts';

const ana = '5511777777777@s.whatsapp.net';
const rui = '5511666666666@s.whatsapp.net';
const group = '120363041234567890@g.us';
const nothing = { events: [], deliveries: [] };

let folder: string;
let storage: Storage;
let history: History;
let key: SessionKey;
let atMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
  const clock = new VirtualClock();
  storage = await openUnsynced({ file: join(folder, 'gateway.db'), logger: silentLogger, clock });
  ({ key } = await storage.sessions.create('default', 'shop', clock.now()));
  history = createHistory({ ...storage, store: storage.history, clock });
  atMs = 1_700_000_000_000;
});
afterEach(async () => {
  await storage.close();
  await rm(folder, { recursive: true });
});

async function keep(messageId: string, text: string, more: Partial<MessageRecord> = {}) {
  const chatId = more.chatId ?? ana;
  atMs += 1_000;
  await storage.messages.recordInbound(key, [
    {
      journalIds: [],
      batch: nothing,
      message: {
        messageId,
        chatId,
        senderId: chatId,
        fromMe: false,
        type: 'text',
        status: 'received',
        timestampMs: atMs,
        encoded: null,
        ...more,
        data: { messageId, text, phone: '5511777777777', lid: null, type: 'text', ...more.data },
      },
    },
  ]);
}

const all = { limit: 50, before: null, archived: null };
const texts = async (chat: string, search: string | null = null) =>
  (await history.messages(key, chat, { ...all, search })).items.map(({ text }) => text);

describe('messages', () => {
  it('are read newest first, in pages, under any name of the chat', async () => {
    for (const i of [1, 2, 3]) await keep(`m${i}`, `text ${i}`);
    const first = await history.messages(key, '+55 11 77777-7777', {
      limit: 2,
      before: null,
      search: null,
    });
    expect(first.items.map(({ text }) => text)).toEqual(['text 3', 'text 2']);
    const rest = await history.messages(key, ana, { limit: 2, before: first.next, search: null });
    expect(rest).toMatchObject({ items: [{ text: 'text 1' }], next: null });
    await storage.identities.learn(key, [{ phone: '5511777777777', lid: '123456' }]);
    expect(await texts('123456@lid')).toHaveLength(3);
  });

  it('show what happened to them since', async () => {
    await keep('m1', 'helo');
    const target = { targetId: 'm1' };
    await keep('e1', 'hello', { ...target, type: 'edit' });
    await keep('e2', 'never sent', { ...target, type: 'edit', fromMe: true, status: 'failed' });
    const reaction = (emoji: string | null) => ({
      ...target,
      type: 'reaction',
      data: { reaction: { emoji } },
    });
    await keep('r1', '👍', reaction('👍'));
    await keep('r2', '❤', reaction('❤'));
    await keep('r3', '', { ...reaction('👎'), senderId: rui });
    await keep('r4', '', { ...reaction(null), senderId: rui });
    await keep('m2', 'secret');
    await keep('d1', '', { targetId: 'm2', type: 'delete' });
    const { items } = await history.messages(key, ana, { ...all, search: null });
    expect(items).toMatchObject([
      { messageId: 'm2', text: '', deletedAt: expect.any(String), editedAt: null },
      {
        messageId: 'm1',
        text: 'hello',
        editedAt: '2023-11-14T22:13:22.000Z',
        deletedAt: null,
        reactions: [{ person: ana, emoji: '❤' }],
      },
    ]);
  });

  it('are found by part of their text as it stands today', async () => {
    await keep('m1', 'The invoice is here');
    await keep('m2', 'Thank you');
    await keep('m3', 'about the tax');
    await keep('e1', 'About the INVOICE', { targetId: 'm3', type: 'edit' });
    expect(await texts(ana, 'invoice')).toEqual(['About the INVOICE', 'The invoice is here']);
    const one = await history.messages(key, ana, { limit: 1, before: null, search: 'invoice' });
    const two = await history.messages(key, ana, { limit: 1, before: one.next, search: 'invoice' });
    expect(two.items).toMatchObject([{ messageId: 'm1' }]);
    expect(await texts(ana, 'nothing like it')).toEqual([]);
  });

  it.each([
    ['Ana', null, 'invalid_recipient'],
    [ana, 'cursor', 'invalid_request'],
  ])('of %s before %s are refused', async (chat, before, code) => {
    await expect(
      history.messages(key, chat, { limit: 1, before, search: null }),
    ).rejects.toMatchObject({ code });
  });
});

describe('chats', () => {
  it('come with their last message', async () => {
    await keep('a1', 'from Ana');
    await keep('g1', 'to all', { chatId: group, senderId: ana });
    const page = await history.chats(key, { ...all, limit: 1, before: null });
    expect(page.items).toMatchObject([
      { chatId: group, isGroup: true, phone: null, lastMessage: { text: 'to all' } },
    ]);
    expect(await history.chats(key, { ...all, limit: 5, before: page.next })).toMatchObject({
      items: [{ chatId: ana, isGroup: false, phone: '5511777777777' }],
      next: null,
    });
  });
});

describe('one message', () => {
  it('tells its whole life', async () => {
    await keep('m1', 'one', { fromMe: true, status: 'sent' });
    await keep('e1', 'two', { targetId: 'm1', type: 'edit', fromMe: true, status: 'sent' });
    await keep('e2', 'three', { targetId: 'm1', type: 'edit', fromMe: true, status: 'read' });
    const by = { person: ana, atMs: 1_700_000_100_000 };
    await storage.messages.advance(key, ['m1'], 'read', () => nothing, by);
    expect(await history.message(key, 'm1')).toMatchObject({
      text: 'three',
      status: 'read',
      edits: [{ text: 'one' }, { text: 'two' }],
      receipts: [{ person: ana, deliveredAt: null, readAt: '2023-11-14T22:15:00.000Z' }],
      votes: null,
    });
  });

  it('counts the votes of a poll, the last of each person', async () => {
    await keep('p1', 'Lunch?', { type: 'poll', data: { poll: { options: ['Yes', 'No'] } } });
    const vote = (senderId: string, selected: string[] | null) => ({
      targetId: 'p1',
      type: 'poll_vote',
      senderId,
      data: { selected },
    });
    await keep('v1', '', vote(ana, ['Yes']));
    await keep('v2', '', vote(rui, ['Yes', 'No']));
    await keep('v3', '', vote(ana, ['No']));
    await keep('v4', '', vote('somebody@lid', null));
    expect((await history.message(key, 'p1')).votes).toEqual([
      { option: 'Yes', count: 1, voters: [rui] },
      { option: 'No', count: 2, voters: [ana, rui] },
    ]);
  });

  it('is not found when it is not kept', async () => {
    await expect(history.message(key, 'm1')).rejects.toMatchObject({ code: 'message_not_found' });
  });
});
