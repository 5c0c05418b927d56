import { describe, expect, it } from 'vitest';
import type { WireContent } from '../../whatsapp/port.ts';
import { lidsIn, type Normalised, normalise } from './normalise.ts';
import { inGroup, own, wireMessage } from './wire-fixture.ts';

const read = (content: WireContent, more = {}) => normalise(wireMessage(content, more), own);

/** The payload of what must be a message. */
function payload(result: Normalised) {
  if (result.kind !== 'message') throw new Error(`expected a message, got ${result.kind}`);
  return result.payload;
}

describe('a text', () => {
  it('becomes the flat payload, its fields in the documented order', () => {
    const result = payload(read({ conversation: 'I need help!' }));
    expect(result).toEqual({
      from: '5511888888888@s.whatsapp.net',
      pushName: 'John Doe',
      messageId: 'ABC123',
      text: 'I need help!',
      hasMedia: false,
      timestamp: 1_709_510_400,
      chatId: '5511888888888@s.whatsapp.net',
      phone: '5511888888888',
      lid: '800000000000002@lid',
      isGroup: false,
      participant: null,
      fromMe: false,
      source: null,
      delayed: false,
      type: 'text',
      media: null,
      quoted: null,
      mentions: [],
      mentionsMe: false,
      forwarded: false,
      forwardingScore: 0,
      viewOnce: false,
      expiresAfterSeconds: null,
      ad: null,
    });
    expect(Object.keys(result).slice(0, 6)).toEqual([
      'from',
      'pushName',
      'messageId',
      'text',
      'hasMedia',
      'timestamp',
    ]);
  });

  it('names the phone although the chat is addressed by LID, when the wire or we know it', () => {
    const swapped = { chat: '800000000000002:7@lid', chatAlt: '5511888888888@s.whatsapp.net' };
    expect(payload(read({ conversation: 'x' }, swapped)).from).toBe('5511888888888@s.whatsapp.net');
    const alone = wireMessage(
      { conversation: 'x' },
      { chat: '800000000000002@lid', chatAlt: null },
    );
    expect(lidsIn(alone, own)).toEqual(['800000000000002']);
    expect(payload(normalise(alone, own))).toMatchObject({
      from: '800000000000002@lid',
      chatId: '800000000000002@lid',
      phone: null,
    });
    const directory = new Map([['800000000000002', '5511888888888']]);
    expect(payload(normalise(alone, own, directory))).toMatchObject({
      from: '5511888888888@s.whatsapp.net',
      chatId: '5511888888888@s.whatsapp.net',
      phone: '5511888888888',
      lid: '800000000000002@lid',
    });
  });

  it('of a group is answered to the group and names its author', () => {
    expect(payload(read({ conversation: 'hi all' }, inGroup))).toMatchObject({
      from: '120363041234567890@g.us',
      chatId: '120363041234567890@g.us',
      isGroup: true,
      participant: '5511777777777@s.whatsapp.net',
      phone: '5511777777777',
      lid: '700000000000003@lid',
    });
  });

  it('typed on the phone comes from the own number', () => {
    expect(payload(read({ conversation: 'x' }, { fromMe: true }))).toMatchObject({
      from: '5511999999999@s.whatsapp.net',
      chatId: '5511888888888@s.whatsapp.net',
      phone: '5511888888888',
      fromMe: true,
      source: 'phone',
    });
    expect(payload(read({ conversation: 'x' }, { ...inGroup, fromMe: true }))).toMatchObject({
      from: '5511999999999@s.whatsapp.net',
      participant: '5511999999999@s.whatsapp.net',
      chatId: '120363041234567890@g.us',
    });
  });

  it('shows who is answered, mentioned and from which ad it came', () => {
    const contextInfo = {
      stanzaId: 'QUOTED1',
      participant: '5511999999999:3@s.whatsapp.net',
      quotedMessage: { imageMessage: { caption: 'the price list' } },
      mentionedJid: ['900000000000001@lid', '700000000000003@lid', '700000000000003@lid'],
      isForwarded: true,
      forwardingScore: 4,
      expiration: 604_800,
      externalAdReply: { title: 'Summer sale', sourceUrl: 'https://fb.me/x', ctwaClid: 'clid-1' },
    };
    const result = read({ extendedTextMessage: { text: 'this one', contextInfo } });
    expect(payload(result)).toMatchObject({
      text: 'this one',
      quoted: {
        messageId: 'QUOTED1',
        participant: '5511999999999@s.whatsapp.net',
        type: 'image',
        text: 'the price list',
        hasMedia: true,
      },
      mentions: ['900000000000001@lid', '700000000000003@lid'],
      mentionsMe: true,
      forwarded: true,
      forwardingScore: 4,
      expiresAfterSeconds: 604_800,
      ad: { title: 'Summer sale', sourceUrl: 'https://fb.me/x', clickId: 'clid-1', body: null },
    });
  });
});

describe('messages about messages', () => {
  const theirs = { remoteJid: '5511999999999@s.whatsapp.net', fromMe: true, id: 'THEIRS' };
  const ours = { remoteJid: '5511999999999@s.whatsapp.net', fromMe: false, id: 'OURS' };

  it('reads an edit, wrapped or not', () => {
    const protocolMessage = { key: theirs, type: 14, editedMessage: { conversation: 'better' } };
    const edited = read({ protocolMessage });
    expect(edited).toMatchObject({
      kind: 'edited',
      target: { messageId: 'THEIRS', fromMe: false },
      payload: { messageId: 'ABC123', text: 'better', type: 'text' },
    });
    expect(read({ editedMessage: { message: { protocolMessage } } })).toEqual(edited);
  });

  it('reads a deletion', () => {
    expect(read({ protocolMessage: { key: theirs, type: 0 } })).toMatchObject({
      kind: 'deleted',
      target: { messageId: 'THEIRS', fromMe: false },
      envelope: { from: '5511888888888@s.whatsapp.net' },
    });
  });

  it('reads a reaction and its removal', () => {
    expect(read({ reactionMessage: { key: ours, text: '👍' } })).toMatchObject({
      kind: 'reaction',
      target: { messageId: 'OURS', fromMe: true },
      emoji: '👍',
      envelope: { text: '👍' },
    });
    expect(read({ reactionMessage: { key: ours, text: '' } })).toMatchObject({ emoji: '' });
  });

  it('tells by the author whose message a key in a group names', () => {
    const target = (key: object) => {
      const result = read({ reactionMessage: { key: { id: 'X', ...key }, text: 'x' } }, inGroup);
      return result.kind === 'reaction' ? result.target : null;
    };
    expect(target({ participant: '900000000000001@lid' })).toMatchObject({ fromMe: true });
    expect(target({ participant: '700000000000003@lid' })).toMatchObject({ fromMe: false });
    expect(target({ fromMe: true })).toMatchObject({ fromMe: false });
    expect(target({})).toMatchObject({ fromMe: null });
  });

  it('hands on what is sealed', () => {
    const vote = { encPayload: new Uint8Array([1]), encIv: new Uint8Array([2]) };
    expect(read({ pollUpdateMessage: { pollCreationMessageKey: ours, vote } })).toMatchObject({
      kind: 'sealed',
      target: { messageId: 'OURS' },
      addOn: { use: 'poll_vote', sealed: { iv: vote.encIv } },
    });
  });

  it.each<WireContent>([
    {},
    { messageContextInfo: {} },
    { senderKeyDistributionMessage: { groupId: 'g' } },
    { protocolMessage: { type: 5, historySyncNotification: {} } },
    { protocolMessage: { key: theirs, type: 3 } },
    { protocolMessage: {} },
    { pollUpdateMessage: { pollCreationMessageKey: ours } },
    { keepInChatMessage: {} },
    { pinInChatMessage: { key: theirs } },
  ])('keeps %j to the programs', (content) => {
    expect(read(content).kind).toBe('internal');
  });
});
