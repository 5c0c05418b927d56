import {
  type AnyMessageContent,
  decryptEventResponse,
  decryptPollVote,
  generateWAMessage,
  getAggregateVotesInPollMessage,
  proto,
  type WAMessage,
} from 'baileys';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import type { Target } from './action-content.ts';
import { optionHash } from './add-on.ts';
import { compose } from './compose.ts';
import type { Content } from './content.ts';
import { secretOf } from './envelope.ts';
import { read } from './read.ts';
import type { AddOnParent, ComposeContext } from './tools.ts';

const ALICE = '15550001@s.whatsapp.net';
const BOB = '15550002@s.whatsapp.net';
const BOB_LID = '987@lid';
const target: Target = { chat: ALICE, id: 'POLL1', fromMe: false };
const key = { remoteJid: BOB, id: '3EB0', fromMe: true };

const noMedia = {
  store() {
    throw new Error('nothing is uploaded here');
  },
};

function contextOf(changes: Partial<ComposeContext> = {}): ComposeContext {
  return { media: noMedia, random: seededRandom(4), nowMs: 1_700_000_000_000, ...changes };
}

/** As the other end decodes what Baileys sends. */
async function fromBaileys(content: AnyMessageContent, quoted?: proto.IWebMessageInfo) {
  const message = await generateWAMessage(BOB, content, {
    userJid: ALICE,
    upload: async () => ({ mediaUrl: 'https://127.0.0.1/v/x', directPath: '/v/x' }),
    ...(quoted ? { quoted: quoted as WAMessage } : {}),
  });
  const bytes = proto.Message.encode(message.message ?? {}).finish();
  return proto.Message.decode(bytes);
}

describe('what Baileys sends', () => {
  const cases: [AnyMessageContent, Partial<Content>][] = [
    [{ text: 'hello' }, { type: 'text', text: 'hello' }],
    [
      { text: 'hi @15550002', mentions: [BOB] },
      { type: 'text', text: 'hi @15550002', mentions: [BOB] },
    ],
    [
      { location: { degreesLatitude: 1.5, degreesLongitude: 2.5, name: 'N' } },
      { type: 'location', latitude: 1.5, longitude: 2.5, name: 'N' },
    ],
    [
      { contacts: { contacts: [{ displayName: 'Ann', vcard: 'BEGIN:VCARD' }] } },
      { type: 'contacts', contacts: [{ name: 'Ann', vcard: 'BEGIN:VCARD' }] },
    ],
    [{ react: { text: '👍', key } }, { type: 'reaction', emoji: '👍' }],
    [{ delete: key }, { type: 'delete', target: { chat: BOB, id: '3EB0', fromMe: true } }],
    [
      { text: 'better', edit: key },
      {
        type: 'edit',
        target: { chat: BOB, id: '3EB0', fromMe: true },
        content: { type: 'text', text: 'better' },
      },
    ],
    [
      { poll: { name: 'Q', values: ['a', 'b'], selectableCount: 1 } },
      { type: 'poll', question: 'Q', options: ['a', 'b'], selectable: 1 },
    ],
    [
      { event: { name: 'E', startDate: new Date(1_800_000_000_000) } },
      { type: 'event', name: 'E', startS: 1_800_000_000 },
    ],
    [
      { buttonReply: { displayText: 'one', id: '1', index: 0 }, type: 'plain' },
      { type: 'button-reply', id: '1', text: 'one' },
    ],
    [
      { buttonReply: { displayText: 'one', id: '1', index: 2 }, type: 'template' },
      { type: 'template-reply', id: '1', text: 'one', index: 2 },
    ],
    [{ disappearingMessagesInChat: 86_400 }, { type: 'ephemeral-setting', seconds: 86_400 }],
    [
      { pin: key, type: proto.PinInChat.Type.PIN_FOR_ALL, time: 604_800 },
      { type: 'pin', pinned: true, forS: 604_800 },
    ],
  ];

  it.each(cases)('is read: %j', async (content, expected) => {
    expect(read(await fromBaileys(content))).toMatchObject(expected);
  });

  it('is read with its quote', async () => {
    const quoted = { key: { ...key, fromMe: false }, message: { conversation: 'before' } };
    expect(read(await fromBaileys({ text: 'after' }, quoted))).toMatchObject({
      type: 'text',
      text: 'after',
      quoted: { id: '3EB0', author: BOB, content: { type: 'text', text: 'before' } },
    });
  });

  it('is read when it is media, view once too', async () => {
    const voice = { audio: Buffer.from('sound'), ptt: true, seconds: 1, mimetype: 'audio/ogg' };
    expect(read(await fromBaileys(voice))).toMatchObject({
      type: 'audio',
      voice: true,
      media: { mediaType: 'audio', directPath: '/v/x', fileLength: 5 },
    });
    const once = { document: Buffer.from('x'), mimetype: 'a/b', fileName: 'f', caption: 'c' };
    expect(read(await fromBaileys({ ...once, viewOnce: true }))).toMatchObject({
      type: 'document',
      fileName: 'f',
      caption: 'c',
    });
  });
});

describe('votes', () => {
  const poll = compose(
    { type: 'poll', question: 'Q', options: ['a', 'b'], selectable: 0 },
    contextOf(),
  );
  const secret = secretOf(poll) ?? new Uint8Array();
  const parent: AddOnParent = { secret, authors: [ALICE], options: ['a', 'b'] };
  const parentOf = (asked: Target) => (asked.id === target.id ? parent : null);

  function vote(choices: string[], author = BOB): proto.IMessage {
    const context = contextOf({ author, parentOf });
    return compose({ type: 'poll-vote', poll: target, choices }, context);
  }

  it('are decrypted and counted by Baileys', () => {
    const sealed = vote(['b']).pollUpdateMessage?.vote;
    const opened = decryptPollVote(sealed ?? {}, {
      pollCreatorJid: ALICE,
      pollMsgId: target.id,
      pollEncKey: secret,
      voterJid: BOB,
    });
    expect(opened.selectedOptions.map((hash) => Buffer.from(hash))).toEqual([optionHash('b')]);
    const pollUpdates = [{ pollUpdateMessageKey: { remoteJid: BOB }, vote: opened }];
    const counted = getAggregateVotesInPollMessage({ message: poll, pollUpdates });
    expect(counted.map(({ name, voters }) => [name, voters.length])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  it('are read under either address of the voter', () => {
    const reading = { authors: [BOB, BOB_LID], parentOf };
    for (const author of [BOB, BOB_LID]) {
      const content = read(vote(['a', 'b'], author), reading);
      expect(content).toEqual({ type: 'poll-vote', poll: target, choices: ['a', 'b'] });
    }
    expect(read(vote([]), reading)).toMatchObject({ choices: [] });
  });

  it('stay closed to those who do not know the poll, or are told a wrong voter', () => {
    for (const context of [{}, { authors: [BOB] }, { authors: [ALICE], parentOf }]) {
      expect(read(vote(['a']), context)).toMatchObject({ type: 'poll-vote', choices: null });
    }
  });

  it('cannot be made for options or polls that are not there', () => {
    expect(() => vote(['c'])).toThrow('not an option');
    const elsewhere: Content = { type: 'poll-vote', poll: { ...target, id: 'X' }, choices: ['a'] };
    expect(() => compose(elsewhere, contextOf({ author: BOB, parentOf }))).toThrow('sealing needs');
  });

  it('for an event are decrypted by Baileys and read', () => {
    const content: Content = { type: 'event-response', event: target, answer: 'going', guests: 2 };
    const message = compose(content, contextOf({ author: BOB, parentOf }));
    const opened = decryptEventResponse(message.encEventResponseMessage ?? {}, {
      eventCreatorJid: ALICE,
      eventMsgId: target.id,
      eventEncKey: secret,
      responderJid: BOB,
    });
    expect(opened.response).toBe(proto.Message.EventResponseMessage.EventResponseType.GOING);
    expect(read(message, { authors: [BOB], parentOf })).toEqual(content);
    expect(read(message)).toMatchObject({ answer: null });
  });
});
