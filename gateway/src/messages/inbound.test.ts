import { createCipheriv, createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContacts } from '../contacts/contacts.ts';
import { createEvents } from '../events/events.ts';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger } from '../kernel/logger.ts';
import { seededRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Storage } from '../storage/port.ts';
import { openSqlite } from '../storage/sqlite/open.ts';
import type { WireContent, WireMessage } from '../whatsapp/port.ts';
import { createInbound, type Inbound } from './inbound.ts';
import { inGroup, own, wireMessage } from './normalise/wire-fixture.ts';
import { voteKey } from './poll-vote.ts';

let folder: string;
let storage: Storage;
let inbound: Inbound;
let session: SessionRecord;
/** What `encoded` stands for: the tests speak no protobuf. */
let kept: Map<string, WireContent>;
const woken: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inbound-'));
  const clock = new VirtualClock();
  storage = await openSqlite({ file: join(folder, 'gateway.db'), logger: silentLogger, clock });
  const created = await storage.sessions.create('default', 'support', clock.now());
  session = { ...created, ...own };
  const events = createEvents({
    store: storage.events,
    clock,
    ids: createIdSource(clock, seededRandom(1)),
    endpoints: () => [],
  });
  woken.length = 0;
  events.onCommitted((batch) => void woken.push(...batch.events.map(({ event }) => event)));
  kept = new Map();
  inbound = createInbound({
    store: storage.messages,
    history: storage.history,
    identities: storage.identities,
    contacts: createContacts({
      store: storage.contacts,
      identities: storage.identities,
      events,
    }),
    codec: { decode: (bytes) => kept.get(Buffer.from(bytes).toString()) ?? null },
    events,
  });
});
afterEach(async () => {
  await storage.close();
  await rm(folder, { recursive: true });
});

const events = () => storage.events.read('default', 0, 100);
const record = (content: WireContent, more: Partial<WireMessage> = {}) =>
  inbound.record(session, [{ message: wireMessage(content, more), journalIds: [] }]);
const journal = () =>
  storage.devices.commit(session.key, {
    journal: {
      receivedAtMs: 1,
      stanza: new Uint8Array(1),
      encIndex: 0,
      plaintext: new Uint8Array(1),
    },
  });
const openJournal = () => storage.devices.openJournal(session.key, 0, 10);

describe('record', () => {
  it('keeps the message, closes its journal entry and reports it, once', async () => {
    const journalId = await journal();
    const wire = wireMessage({ conversation: 'I need help!' });
    await inbound.record(session, [{ message: wire, journalIds: [journalId ?? 0] }]);
    expect(await openJournal()).toEqual([]);
    expect(await storage.messages.find(session.key, 'ABC123')).toMatchObject({
      chatId: '5511888888888@s.whatsapp.net',
      senderId: '5511888888888@s.whatsapp.net',
      status: 'received',
      type: 'text',
      encoded: Buffer.from(wire.encoded),
    });
    await inbound.record(session, [{ message: wire, journalIds: [] }]);
    expect(await events()).toMatchObject([
      {
        event: 'message.received',
        sessionId: 'support',
        data: { from: '5511888888888@s.whatsapp.net', text: 'I need help!', timestamp: 1709510400 },
      },
    ]);
    expect(woken).toEqual(['message.received']);
  });

  it('takes what came together in one commit, as long as nothing asks for what came with it', async () => {
    const arrived = (content: WireContent, messageId: string) => ({
      message: wireMessage(content, { messageId }),
      journalIds: [],
    });
    await record({ conversation: 'who we are is known' }, { messageId: 'first' });
    const before = storage.stats().commits;
    const three = ['A', 'B', 'C'].map((id) => arrived({ conversation: id }, id));
    await inbound.record(session, three);
    expect(storage.stats().commits - before).toBe(1);
    const key = { id: 'D', remoteJid: '5511888888888@s.whatsapp.net' };
    const edited = { key, type: 14, editedMessage: { conversation: 'after' } };
    await inbound.record(session, [
      arrived({ conversation: 'before' }, 'D'),
      arrived({ protocolMessage: edited }, 'E'),
    ]);
    const seen = (await events()).map(({ event, data }) => [event, data['text']]);
    expect(seen.slice(1)).toEqual([
      ['message.received', 'A'],
      ['message.received', 'B'],
      ['message.received', 'C'],
      ['message.received', 'before'],
      ['message.edited', 'after'],
    ]);
    expect((await events()).at(-1)?.data).toMatchObject({ previous: { text: 'before' } });
  });

  it('closes the journal entry of a duplicate and of what concerns programs only', async () => {
    await record({ conversation: 'x' });
    const again = await journal();
    await inbound.record(session, [
      { message: wireMessage({ conversation: 'x' }), journalIds: [again ?? 0] },
    ]);
    const internal = await journal();
    await inbound.record(session, [
      { message: wireMessage({ protocolMessage: { type: 5 } }), journalIds: [internal ?? 0] },
    ]);
    expect(await openJournal()).toEqual([]);
    expect(await events()).toHaveLength(1);
  });

  it('learns who is who from the wire and uses it for messages that name one form only', async () => {
    await record({ conversation: 'first' }, inGroup);
    await record(
      {
        extendedTextMessage: { text: '@', contextInfo: { mentionedJid: ['700000000000003@lid'] } },
      },
      { messageId: 'B', chat: '700000000000003@lid', chatAlt: null, pushName: 'Ana' },
    );
    expect((await events())[1]?.data).toMatchObject({
      chatId: '5511777777777@s.whatsapp.net',
      phone: '5511777777777',
      mentions: ['5511777777777@s.whatsapp.net'],
    });
  });

  it('sees a message that came under a LID and again under the number as one', async () => {
    await record({ conversation: 'x' }, { chat: '800000000000002@lid', chatAlt: null });
    await record(
      { conversation: 'x' },
      { chat: '800000000000002@lid', chatAlt: '5511888888888@s.whatsapp.net' },
    );
    await record({ conversation: 'x' });
    expect(await events()).toHaveLength(1);
  });

  it('keeps equal ids of different people apart', async () => {
    await record({ conversation: 'from John' });
    await record({ conversation: 'from Ana' }, inGroup);
    expect(await events()).toHaveLength(2);
  });

  it('reports what was typed on the phone as sent', async () => {
    await record({ conversation: 'typed' }, { fromMe: true });
    expect(await events()).toMatchObject([
      {
        event: 'message.sent',
        data: { fromMe: true, source: 'phone', from: '5511999999999@s.whatsapp.net' },
      },
    ]);
    expect(await storage.messages.find(session.key, 'ABC123')).toMatchObject({
      status: 'sent',
      senderId: '5511999999999@s.whatsapp.net',
    });
  });

  it('says what an edited and a deleted message said before', async () => {
    await record({ conversation: 'tomorow' }, { messageId: 'M1' });
    const key = { id: 'M1', fromMe: true };
    const editedMessage = { conversation: 'tomorrow' };
    await record({ protocolMessage: { key, type: 14, editedMessage } }, { messageId: 'E1' });
    await record({ protocolMessage: { key, type: 0 } }, { messageId: 'D1' });
    expect((await events()).slice(1)).toMatchObject([
      {
        event: 'message.edited',
        data: { messageId: 'M1', changeId: 'E1', text: 'tomorrow', previous: { text: 'tomorow' } },
      },
      {
        event: 'message.deleted',
        data: { messageId: 'M1', changeId: 'D1', type: 'deleted', previous: { type: 'text' } },
      },
    ]);
  });

  it('reports reactions, their removal, and those to messages it never saw', async () => {
    const key = { id: 'OURS', fromMe: false };
    await record({ reactionMessage: { key, text: '👍' } }, { messageId: 'R1' });
    await record({ reactionMessage: { key, text: '' } }, { messageId: 'R2' });
    expect(await events()).toMatchObject([
      {
        event: 'message.reaction',
        data: { text: '👍', reaction: { emoji: '👍', messageId: 'OURS', fromMe: true } },
      },
      { event: 'message.reaction', data: { text: '', reaction: { emoji: null } } },
    ]);
  });

  it('ignores changes by others than the author, except deletions in groups', async () => {
    await record({ conversation: 'mine' }, { ...inGroup, messageId: 'ANA' });
    const rui = {
      participant: '600000000000004@lid',
      participantAlt: '5511666666666@s.whatsapp.net',
    };
    const byRui = { ...inGroup, ...rui, pushName: 'Rui' };
    const key = { id: 'ANA', participant: '700000000000003@lid' };
    const editedMessage = { conversation: 'forged' };
    await record(
      { protocolMessage: { key, type: 14, editedMessage } },
      { ...byRui, messageId: 'E' },
    );
    await record({ protocolMessage: { key, type: 0 } }, { messageId: 'D1' });
    expect(await events()).toHaveLength(1);
    await record({ protocolMessage: { key, type: 0 } }, { ...byRui, messageId: 'D2' });
    expect((await events())[1]).toMatchObject({
      event: 'message.deleted',
      data: { messageId: 'ANA' },
    });
  });

  it('keeps no protobuf that is too large, but the message', async () => {
    await record({ conversation: 'x' }, { encoded: new Uint8Array(256 * 1024 + 1) });
    expect(await storage.messages.find(session.key, 'ABC123')).toMatchObject({ encoded: null });
  });
});

describe('answers to numbered choices', () => {
  const chatId = '5511888888888@s.whatsapp.net';
  const choices = [
    { id: 'basic', text: 'Basic', description: null },
    { id: 'pro', text: 'Pro', description: 'for teams' },
  ];
  const offer = (messageId: string, type: 'list' | 'buttons', createdAtMs: number) =>
    storage.outbox.enqueue({
      messageId,
      sessionKey: session.key,
      chatId,
      senderId: '5511999999999@s.whatsapp.net',
      content: { type: 'text', text: '1. Basic' },
      data: { type, choices },
      encoded: null,
      attempts: 0,
      createdAtMs,
    });
  const sentMs = wireMessage({}).timestampMs;

  it('carry the id of the choice', async () => {
    await offer('LIST', 'list', sentMs - 1_000);
    await record({ conversation: ' 2. ' }, { messageId: 'A' });
    await offer('BUTTONS', 'buttons', sentMs - 500);
    await record({ conversation: 'basic' }, { messageId: 'B' });
    await record({ conversation: 'something else' }, { messageId: 'C' });
    expect((await events()).map(({ data }) => data)).toMatchObject([
      {
        type: 'list_reply',
        text: 'Pro',
        reply: {
          id: 'pro',
          text: 'Pro',
          description: 'for teams',
          messageId: 'LIST',
          typed: ' 2. ',
        },
      },
      { type: 'button_reply', text: 'Basic', reply: { id: 'basic', messageId: 'BUTTONS' } },
      { type: 'text', text: 'something else' },
    ]);
  });

  it('go to the list that is quoted, however old, and to no list after a day', async () => {
    await offer('OLD', 'list', sentMs - 25 * 3_600_000);
    await record({ conversation: '1' }, { messageId: 'A' });
    const contextInfo = { stanzaId: 'OLD' };
    await record({ extendedTextMessage: { text: '1', contextInfo } }, { messageId: 'B' });
    expect((await events()).map(({ data }) => data['reply'])).toMatchObject([
      undefined,
      { id: 'basic', messageId: 'OLD' },
    ]);
  });

  it('do not come from other chats or from what others sent as a list', async () => {
    await offer('LIST', 'list', sentMs - 1_000);
    await record({ conversation: '1' }, inGroup);
    await record({ listMessage: { title: 'theirs' } }, { ...inGroup, messageId: 'THEIRS' });
    const contextInfo = { stanzaId: 'THEIRS' };
    await record(
      { extendedTextMessage: { text: '1', contextInfo } },
      { ...inGroup, messageId: 'B' },
    );
    expect((await events()).map(({ data }) => data['type'])).toEqual(['text', 'list', 'text']);
  });
});

describe('poll votes', () => {
  const messageSecret = new Uint8Array(32).fill(7);
  const poll = {
    pollCreationMessageV3: {
      name: 'Lunch?',
      options: [{ optionName: 'Yes' }, { optionName: 'No' }],
    },
    messageContextInfo: { messageSecret },
  };

  function vote(creator: string, voter: string, ...options: string[]) {
    const iv = new Uint8Array(12).fill(1);
    const cipher = createCipheriv(
      'aes-256-gcm',
      voteKey(messageSecret, 'POLL', creator, voter),
      iv,
    );
    cipher.setAAD(Buffer.from(`POLL\0${voter}`));
    const plain = options.map((option) =>
      Buffer.concat([Buffer.from([0x0a, 32]), createHash('sha256').update(option).digest()]),
    );
    const sealed = Buffer.concat([
      cipher.update(Buffer.concat(plain)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return {
      pollUpdateMessage: {
        pollCreationMessageKey: { id: 'POLL', fromMe: false },
        vote: { encPayload: new Uint8Array(sealed), encIv: iv },
      },
    };
  }

  const john = ['5511888888888@s.whatsapp.net', '800000000000002@lid'];
  const we = ['5511999999999@s.whatsapp.net', '900000000000001@lid'];

  it.each(we.flatMap((creator) => john.map((voter) => [creator, voter] as const)))(
    'are opened whichever addresses made the key: %s, %s',
    async (creator, voter) => {
      kept.set('poll', poll);
      await record(poll, { messageId: 'POLL', fromMe: true, encoded: Buffer.from('poll') });
      await record(vote(creator, voter, 'No'), { messageId: 'V1' });
      await record(vote(creator, voter), { messageId: 'V2' });
      expect((await events()).slice(1)).toMatchObject([
        {
          event: 'poll.vote',
          data: {
            text: 'No',
            selected: ['No'],
            poll: { messageId: 'POLL', name: 'Lunch?', options: ['Yes', 'No'] },
          },
        },
        { event: 'poll.vote', data: { text: '', selected: [] } },
      ]);
    },
  );

  it('are reported unopened when the poll is not known or the key is another', async () => {
    await record(vote(we[0] ?? '', john[0] ?? '', 'Yes'), { messageId: 'V1' });
    kept.set('poll', poll);
    await record(poll, { messageId: 'POLL', fromMe: true, encoded: Buffer.from('poll') });
    await record(vote('someone', 'else', 'Yes'), { messageId: 'V2' });
    expect((await events()).map(({ data }) => data['selected'])).toEqual([null, undefined, null]);
  });
});

describe('receipt', () => {
  const receipt = {
    chat: '5511888888888@s.whatsapp.net',
    messageIds: ['ABC123', 'UNKNOWN'],
    status: 'delivered' as const,
    by: '5511888888888@s.whatsapp.net',
    timestampMs: 1_709_510_405_000,
  };

  it('moves our message forward once and tells so', async () => {
    await record({ conversation: 'typed' }, { fromMe: true });
    await inbound.receipt(session, receipt);
    await inbound.receipt(session, receipt);
    await inbound.receipt(session, { ...receipt, status: 'read' });
    await inbound.receipt(session, receipt);
    expect((await events()).slice(1)).toMatchObject([
      {
        event: 'message.delivered',
        data: {
          messageId: 'ABC123',
          status: 'delivered',
          timestamp: 1709510405,
          participant: null,
        },
      },
      { event: 'message.read', data: { status: 'read' } },
    ]);
    expect(woken).toEqual(['message.sent', 'message.delivered', 'message.read']);
  });

  it('names the person in a group by the number', async () => {
    await record({ conversation: 'x' }, inGroup);
    await record({ conversation: 'typed' }, { ...inGroup, fromMe: true, messageId: 'OWN' });
    await inbound.receipt(session, {
      ...receipt,
      messageIds: ['OWN', 'ABC123'],
      by: '700000000000003@lid',
    });
    expect((await events()).slice(2)).toMatchObject([
      { event: 'message.delivered', data: { participant: '5511777777777@s.whatsapp.net' } },
    ]);
    expect(await storage.history.receipts(session.key, 'OWN')).toMatchObject([
      { person: '5511777777777@s.whatsapp.net', deliveredAtMs: 1_709_510_405_000 },
    ]);
  });
});
