import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WireContent } from '../whatsapp/port.ts';
import { inGroup, wireMessage } from './normalise/wire-fixture.ts';
import { type InboundPath, openInboundPath } from './testing/inbound-path.ts';

let path: InboundPath;
beforeEach(async () => {
  path = await openInboundPath();
});
afterEach(() => path.close());

const record: InboundPath['record'] = (...message) => path.record(...message);
const events = () => path.events();
const journal = () =>
  path.storage.devices.commit(path.session.key, {
    journal: {
      receivedAtMs: 1,
      stanza: new Uint8Array(1),
      encIndex: 0,
      plaintext: new Uint8Array(1),
    },
  });
const openJournal = () => path.storage.devices.openJournal(path.session.key, 0, 10);

describe('record', () => {
  it('keeps the message, closes its journal entry and reports it, once', async () => {
    const journalId = await journal();
    const wire = wireMessage({ conversation: 'I need help!' });
    await path.inbound.record(path.session, [{ message: wire, journalIds: [journalId ?? 0] }]);
    expect(await openJournal()).toEqual([]);
    expect(await path.storage.messages.find(path.session.key, 'ABC123')).toMatchObject({
      chatId: '5511888888888@s.whatsapp.net',
      senderId: '5511888888888@s.whatsapp.net',
      status: 'received',
      type: 'text',
      encoded: Buffer.from(wire.encoded),
    });
    await path.inbound.record(path.session, [{ message: wire, journalIds: [] }]);
    expect(await events()).toMatchObject([
      {
        event: 'message.received',
        sessionId: 'support',
        data: { from: '5511888888888@s.whatsapp.net', text: 'I need help!', timestamp: 1709510400 },
      },
    ]);
    expect(path.woken).toEqual(['message.received']);
  });

  it('takes what came together in one commit, as long as nothing asks for what came with it', async () => {
    const arrived = (content: WireContent, messageId: string) => ({
      message: wireMessage(content, { messageId }),
      journalIds: [],
    });
    await record({ conversation: 'who we are is known' }, { messageId: 'first' });
    const before = path.storage.stats().commits;
    const three = ['A', 'B', 'C'].map((id) => arrived({ conversation: id }, id));
    await path.inbound.record(path.session, three);
    expect(path.storage.stats().commits - before).toBe(1);
    const key = { id: 'D', remoteJid: '5511888888888@s.whatsapp.net' };
    const edited = { key, type: 14, editedMessage: { conversation: 'after' } };
    await path.inbound.record(path.session, [
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

  it('tells of a message whose author cannot be named, and is done with it', async () => {
    const journalId = await journal();
    path.heard = () => Promise.reject(new Error('the row of a contact was changed'));
    const message = wireMessage({ conversation: 'who am I?' });
    await path.inbound.record(path.session, [{ message, journalIds: [journalId ?? 0] }]);
    expect(await openJournal()).toEqual([]);
    expect(path.woken).toEqual(['message.received']);
  });

  it('closes the journal entry of a duplicate and of what concerns programs only', async () => {
    await record({ conversation: 'x' });
    const again = await journal();
    await path.inbound.record(path.session, [
      { message: wireMessage({ conversation: 'x' }), journalIds: [again ?? 0] },
    ]);
    const internal = await journal();
    await path.inbound.record(path.session, [
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
    expect(await path.storage.messages.find(path.session.key, 'ABC123')).toMatchObject({
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
    expect(await path.storage.messages.find(path.session.key, 'ABC123')).toMatchObject({
      encoded: null,
    });
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
    await path.inbound.receipt(path.session, receipt);
    await path.inbound.receipt(path.session, receipt);
    await path.inbound.receipt(path.session, { ...receipt, status: 'read' });
    await path.inbound.receipt(path.session, receipt);
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
    expect(path.woken).toEqual(['message.sent', 'message.delivered', 'message.read']);
  });

  it('names the person in a group by the number', async () => {
    await record({ conversation: 'x' }, inGroup);
    await record({ conversation: 'typed' }, { ...inGroup, fromMe: true, messageId: 'OWN' });
    await path.inbound.receipt(path.session, {
      ...receipt,
      messageIds: ['OWN', 'ABC123'],
      by: '700000000000003@lid',
    });
    expect((await events()).slice(2)).toMatchObject([
      { event: 'message.delivered', data: { participant: '5511777777777@s.whatsapp.net' } },
    ]);
    expect(await path.storage.history.receipts(path.session.key, 'OWN')).toMatchObject([
      { person: '5511777777777@s.whatsapp.net', deliveredAtMs: 1_709_510_405_000 },
    ]);
  });
});
