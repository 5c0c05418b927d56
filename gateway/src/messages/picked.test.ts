import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inGroup, wireMessage } from './normalise/wire-fixture.ts';
import { type InboundPath, openInboundPath } from './testing/inbound-path.ts';

let path: InboundPath;
beforeEach(async () => {
  path = await openInboundPath();
});
afterEach(() => path.close());

const record: InboundPath['record'] = (...message) => path.record(...message);
const events = () => path.events();

describe('answers to numbered choices', () => {
  const chatId = '5511888888888@s.whatsapp.net';
  const choices = [
    { id: 'basic', text: 'Basic', description: null },
    { id: 'pro', text: 'Pro', description: 'for teams' },
  ];
  const offer = (messageId: string, type: 'list' | 'buttons', createdAtMs: number) =>
    path.storage.outbox.enqueue({
      messageId,
      sessionKey: path.session.key,
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
