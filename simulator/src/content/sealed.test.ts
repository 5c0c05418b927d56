import { proto } from 'baileys';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { compose } from './compose.ts';
import type { Content } from './content.ts';
import { read } from './read.ts';
import type { AddOnParent } from './tools.ts';

const ALICE = '15550001@s.whatsapp.net';
const BOB = '15550002@s.whatsapp.net';
const BOB_LID = '987@lid';
const target = { chat: BOB, id: '3EB0', fromMe: false };
const parent: AddOnParent = { secret: new Uint8Array(32).fill(5), authors: [ALICE], options: [] };
const parentOf = () => parent;
const noMedia = {
  store() {
    throw new Error('nothing is uploaded here');
  },
};
const context = { media: noMedia, random: seededRandom(4), nowMs: 1, author: BOB_LID, parentOf };

const text = { type: 'text', text: 'hello' } as const;
const event = { type: 'event', name: 'Party', startS: 1_800_000_000 } as const;

describe('sealed messages', () => {
  it.each<[keyof proto.IMessage, Content]>([
    ['encReactionMessage', { type: 'reaction', target, emoji: '👍', sealed: true }],
    ['encCommentMessage', { type: 'comment', target, content: text, sealed: true }],
    ['secretEncryptedMessage', { type: 'edit', target, content: text, sealed: true }],
    ['secretEncryptedMessage', { type: 'edit', target, content: event, sealed: true }],
  ])('go out as %s and are read by those who have the message: %j', (field, content) => {
    const bytes = proto.Message.encode(compose(content, context)).finish();
    const message = proto.Message.decode(bytes);
    expect(message[field]).toBeTruthy();
    expect(read(message, { authors: [BOB, BOB_LID], parentOf })).toEqual(content);
    for (const reading of [{}, { authors: [ALICE], parentOf }]) {
      expect(read(message, reading)).toEqual({ type: 'unsupported', name: field });
    }
  });

  it('go out unsealed when nothing else is asked for, but not changes of events', () => {
    expect(compose({ type: 'comment', target, content: text }, context)).toMatchObject({
      commentMessage: { message: { conversation: 'hello' }, targetMessageKey: { id: '3EB0' } },
    });
    const change = compose({ type: 'edit', target, content: event }, context);
    expect(Object.keys(change)).toEqual(['secretEncryptedMessage']);
  });
});
