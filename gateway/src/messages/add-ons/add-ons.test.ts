import { createCipheriv, createHash } from 'node:crypto';
import { proto } from 'baileys';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageCodec } from '../../whatsapp/baileys/codec.ts';
import type { WireMessage } from '../../whatsapp/port.ts';
import type { AddOnUse } from '../normalise/add-on.ts';
import { type InboundPath, openInboundPath } from '../testing/inbound-path.ts';
import { parentOf, plainForm, readReply, readVote } from './open.ts';
import { openSealed, sealedWith, sealKey } from './seal.ts';

const { Message } = proto;
const { UNKNOWN, EVENT_EDIT, MESSAGE_EDIT } = Message.SecretEncryptedMessage.SecretEncType;
const { EventResponseType } = Message.EventResponseMessage;
const { MESSAGE_EDIT: EDIT } = Message.ProtocolMessage.Type;
const secret = new Uint8Array(32).fill(7);
const messageContextInfo = { messageSecret: secret };
const john = ['5511888888888@s.whatsapp.net', '800000000000002@lid'];
const we = ['5511999999999@s.whatsapp.net', '900000000000001@lid'];
const [johnsPhone = '', johnsLid = ''] = john;
const [ourPhone = ''] = we;

/** As a client seals it. */
function seal(use: AddOnUse, author: string, sender: string, plain: Uint8Array, id = 'PARENT') {
  const iv = new Uint8Array(12).fill(1);
  const cipher = createCipheriv('aes-256-gcm', sealKey(use, { id, secret }, author, sender), iv);
  cipher.setAAD(sealedWith(use, id, sender));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { encPayload: new Uint8Array(sealed), encIv: iv };
}

let path: InboundPath;
beforeEach(async () => {
  path = await openInboundPath();
});
afterEach(() => path.close());

const record = (message: proto.IMessage, more: Partial<WireMessage> = {}) => {
  const encoded = Message.encode(message).finish();
  return path.record(messageCodec.decode(encoded) ?? {}, { encoded, ...more });
};
/** A message of ours that others answer. */
const ours = (message: proto.IMessage) =>
  record({ ...message, messageContextInfo }, { messageId: 'PARENT', fromMe: true });
const news = async () => (await path.events()).slice(1);
const key = (fromMe = false) => ({ id: 'PARENT', fromMe });

const poll = {
  pollCreationMessageV3: {
    name: 'Lunch?',
    options: [{ optionName: 'Yes' }, { optionName: 'No' }],
  },
};
const event = { eventMessage: { name: 'Party', startTime: 1_800_000_000 } };

const vote = (author: string, sender: string, ...options: string[]) => {
  const selectedOptions = options.map((name) => createHash('sha256').update(name).digest());
  const plain = Message.PollVoteMessage.encode({ selectedOptions }).finish();
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: key(),
      vote: seal('poll_vote', author, sender, plain),
    },
  };
};
const reply = (
  response: proto.Message.EventResponseMessage.EventResponseType,
  extraGuestCount = 0,
  author = ourPhone,
) => {
  const plain = Message.EventResponseMessage.encode({ response, extraGuestCount }).finish();
  return {
    encEventResponseMessage: {
      eventCreationMessageKey: key(),
      ...seal('event_response', author, johnsPhone, plain),
    },
  };
};
const reaction = (text: string) => ({
  encReactionMessage: {
    targetMessageKey: key(),
    ...seal('reaction', ourPhone, johnsLid, Message.ReactionMessage.encode({ text }).finish()),
  },
});
const edit = (
  use: 'message_edit' | 'event_edit',
  message: Uint8Array,
  author = johnsLid,
): proto.IMessage => ({
  secretEncryptedMessage: {
    targetMessageKey: key(true),
    secretEncType: use === 'event_edit' ? EVENT_EDIT : MESSAGE_EDIT,
    ...seal(use, author, author, message),
  },
});

describe('poll votes', () => {
  it.each(we.flatMap((author) => john.map((sender) => [author, sender] as const)))(
    'are opened whichever addresses made the key: %s, %s',
    async (author, sender) => {
      await ours(poll);
      await record(vote(author, sender, 'No'), { messageId: 'V1' });
      await record(vote(author, sender), { messageId: 'V2' });
      expect(await news()).toMatchObject([
        {
          event: 'poll.vote',
          data: {
            text: 'No',
            selected: ['No'],
            poll: { messageId: 'PARENT', name: 'Lunch?', options: ['Yes', 'No'] },
          },
        },
        { event: 'poll.vote', data: { text: '', selected: [] } },
      ]);
    },
  );

  it('are reported unopened when the poll is not known or the key is another', async () => {
    await record(vote(ourPhone, johnsPhone, 'Yes'), { messageId: 'V1' });
    await ours(poll);
    await record(vote('someone', 'else', 'Yes'), { messageId: 'V2' });
    const selected = (await path.events()).map(({ data }) => data['selected']);
    expect(selected).toEqual([null, undefined, null]);
  });
});

describe('answers to invitations', () => {
  it('say who comes, with how many, and are part of the life of the event', async () => {
    await ours(event);
    await record(reply(EventResponseType.GOING, 2), { messageId: 'R1' });
    await record(reply(EventResponseType.MAYBE), { messageId: 'R2' });
    await record(reply(EventResponseType.UNKNOWN), { messageId: 'R3' });
    expect(await news()).toMatchObject([
      {
        event: 'event.response',
        data: {
          text: 'going',
          type: 'event_response',
          event: { messageId: 'PARENT', fromMe: true, name: 'Party' },
          response: 'going',
          guests: 2,
        },
      },
      { data: { text: 'maybe', response: 'maybe', guests: 0 } },
      { data: { text: '', response: null } },
    ]);
  });

  it('are no answers when what they answer is no event', async () => {
    await ours(poll);
    await record(reply(EventResponseType.GOING), { messageId: 'R1' });
    expect(await news()).toMatchObject([
      {
        event: 'message.received',
        data: { type: 'unsupported', rawType: 'encEventResponseMessage' },
      },
    ]);
  });
});

describe('sealed reactions, comments and edits', () => {
  it('are told as the unsealed ones are', async () => {
    await ours({ conversation: 'News' });
    await record(reaction('👍'), { messageId: 'A' });
    await record(reaction(''), { messageId: 'B' });
    const comment = Message.encode({ conversation: 'Great', messageContextInfo }).finish();
    const sealed = seal('comment', ourPhone, johnsPhone, comment);
    const encCommentMessage = { targetMessageKey: key(), ...sealed };
    await record({ encCommentMessage }, { messageId: 'C' });
    expect(await news()).toMatchObject([
      {
        event: 'message.reaction',
        data: { reaction: { emoji: '👍', messageId: 'PARENT', fromMe: true } },
      },
      { event: 'message.reaction', data: { reaction: { emoji: null } } },
      {
        event: 'message.received',
        data: { type: 'text', text: 'Great', commentOn: 'PARENT' },
      },
    ]);
    // So that a comment can be quoted, and reacted to.
    const kept = await path.storage.messages.encoded(path.session.key, 'C');
    expect(Buffer.from(kept ?? []).equals(comment)).toBe(true);
  });

  it('change what their author wrote', async () => {
    await record({ conversation: 'helo', messageContextInfo }, { messageId: 'PARENT' });
    const inner = { type: EDIT, key: key(true), editedMessage: { conversation: 'hello' } };
    const whole = Message.encode({ protocolMessage: inner }).finish();
    await record(edit('message_edit', whole), { messageId: 'E1' });
    const bare = Message.encode({ conversation: 'hello!' }).finish();
    await record(edit('message_edit', bare), { messageId: 'E2' });
    expect(await news()).toMatchObject([
      {
        event: 'message.edited',
        data: { messageId: 'PARENT', changeId: 'E1', text: 'hello', previous: { text: 'helo' } },
      },
      { event: 'message.edited', data: { messageId: 'PARENT', text: 'hello!' } },
    ]);
  });

  it('change events, however they are packed', async () => {
    await record({ ...event, messageContextInfo }, { messageId: 'PARENT' });
    const eventMessage = { name: 'Party', startTime: 1_900_000_000, isCanceled: true };
    const packed = Message.encode({ eventMessage }).finish();
    await record(edit('event_edit', packed), { messageId: 'E1' });
    const bare = Message.EventMessage.encode({ ...eventMessage, name: 'Ball' }).finish();
    await record(edit('event_edit', bare, johnsPhone), { messageId: 'E2' });
    expect(await news()).toMatchObject([
      {
        event: 'message.edited',
        data: { messageId: 'PARENT', event: { startsAt: 1_900_000_000, canceled: true } },
      },
      { event: 'message.edited', data: { event: { name: 'Ball' } } },
    ]);
  });

  it('are known by their kind alone when they cannot be opened', async () => {
    await record(reaction('👍'), { messageId: 'A' });
    await record({ conversation: 'no secret' }, { messageId: 'PARENT', fromMe: true });
    await record(reaction('👍'), { messageId: 'B' });
    const sealed = { targetMessageKey: key(), encPayload: secret, encIv: secret.subarray(0, 12) };
    await record({ encCommentMessage: sealed }, { messageId: 'C' });
    await record(
      { secretEncryptedMessage: { ...sealed, secretEncType: UNKNOWN } },
      { messageId: 'D' },
    );
    const told = (await path.events()).map(({ event, data }) => [event, data['rawType']]);
    expect(told).toEqual([
      ['message.received', 'encReactionMessage'],
      ['message.sent', undefined],
      ['message.received', 'encReactionMessage'],
      ['message.received', 'encCommentMessage'],
      ['message.received', 'secretEncryptedMessage'],
    ]);
  });

  it('do not act for somebody else than who sealed them', async () => {
    await ours({ conversation: 'ours' });
    const bare = Message.encode({ conversation: 'forged' }).finish();
    const forged = seal('message_edit', ourPhone, johnsPhone, bare);
    await record(
      {
        secretEncryptedMessage: { targetMessageKey: key(), secretEncType: MESSAGE_EDIT, ...forged },
      },
      { messageId: 'E1' },
    );
    expect(await news()).toEqual([]);
  });
});

describe('whatever comes', () => {
  const uses = fc.constantFrom<AddOnUse[]>(
    'poll_vote',
    'event_response',
    'reaction',
    'comment',
    'message_edit',
    'event_edit',
  );
  const parent = { id: 'PARENT', secret };
  const parties = { authors: [ourPhone], senders: [johnsPhone] };

  it('opens only what was sealed with the same secret for the same use', () => {
    fc.assert(
      fc.property(uses, uses, fc.uint8Array({ maxLength: 64 }), (use, other, plain) => {
        const { encPayload: payload, encIv: iv } = seal(use, ourPhone, johnsPhone, plain);
        const opened = openSealed(other, parent, parties, { payload, iv });
        expect(opened === null ? null : [...opened]).toEqual(use === other ? [...plain] : null);
      }),
    );
  });

  it('is read, or refused, and never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 48 });
    const poll = { name: 'x', options: ['a'] };
    fc.assert(
      fc.property(uses, bytes, bytes, (use, payload, iv) => {
        const sealed = { payload, iv };
        expect(openSealed(use, parent, parties, sealed)).toBeNull();
        const form = plainForm(messageCodec, { use, key: null, sealed }, payload);
        expect(form === null || typeof form === 'object').toBe(true);
        readVote(messageCodec, poll, payload);
        readReply(messageCodec, payload);
        parentOf(messageCodec.decode(payload));
      }),
      { numRuns: 500 },
    );
  });
});
