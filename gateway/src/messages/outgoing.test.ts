import { describe, expect, it } from 'vitest';
import { card, chatId, compose, group, useDesk } from './outgoing-fixture.ts';

useDesk();

describe('content without media', () => {
  it.each([
    [{ text: 'Hello' }, { type: 'text', text: 'Hello' }, { type: 'text', text: 'Hello' }],
    [
      { location: { latitude: 1, longitude: 2, name: 'Here' } },
      { type: 'location', latitude: 1, longitude: 2, name: 'Here', address: null },
      { text: 'Here', location: { latitude: 1, longitude: 2 } },
    ],
    [
      { poll: { name: 'Lunch?', options: ['Yes', 'No'] } },
      { type: 'poll', question: 'Lunch?', options: ['Yes', 'No'], selectableCount: 1 },
      { text: 'Lunch?', poll: { options: ['Yes', 'No'] } },
    ],
    [
      { contact: { displayName: 'Ana', phoneNumber: '+55 11 77777-7777' } },
      {
        type: 'contact',
        contacts: [{ displayName: 'Ana', vcard: expect.stringContaining('waid=5511777777777') }],
      },
      { text: 'Ana' },
    ],
    [
      { event: { name: 'Party', startsAt: '2026-12-01T18:00:00Z' } },
      { type: 'event', startMs: 1_796_148_000_000, endMs: null, location: null },
      { text: 'Party', event: { name: 'Party', startsAt: 1_796_148_000, endsAt: null } },
    ],
    [
      {
        'group-invite': {
          group: '120363041234567890@g.us',
          name: 'Customers',
          invite: { code: 'Jx3fTa9QmPb2Wq7LrYk5Zd', expiresAt: '2026-12-01T18:00:00Z' },
        },
      },
      { type: 'group_invite', groupId: '120363041234567890@g.us', expiresMs: 1_796_148_000_000 },
      { text: 'Customers', invite: { name: 'Customers', expiresAt: 1_796_148_000 } },
    ],
  ])('composes %j', async (body, content, shown) => {
    const composed = await compose(body);
    expect(composed).toMatchObject({ content, shown: { hasMedia: false, ...shown }, files: [] });
    expect(JSON.parse(JSON.stringify(composed.content))).toEqual(composed.content);
  });

  it('sends a template as what it stands for', async () => {
    expect(await compose({ template: { name: 'hello', languageCode: 'en' } })).toMatchObject({
      content: { type: 'text', text: 'default: hello' },
      shown: { type: 'text', text: 'default: hello', template: { name: 'hello', language: 'en' } },
    });
  });

  it('sends lists and buttons as numbered text and remembers the choices', async () => {
    const buttons = [
      { id: 'y', text: 'Yes' },
      { id: 'n', text: 'No' },
    ];
    const composed = await compose({ buttons: { text: 'Sure?', buttons } });
    expect(composed).toMatchObject({
      content: { type: 'text', text: 'Sure?\n\n1. Yes\n2. No' },
      renderedAs: 'numbered_text',
      shown: { type: 'buttons', buttons: { buttons }, choices: [{ id: 'y' }, { id: 'n' }] },
    });
    expect((await compose({ text: 'x' })).renderedAs).toBeNull();
  });

  it('puts answers, mentions and the rest beside it', async () => {
    const composed = await compose({
      text: '@5511777777777 yes',
      replyTo: 'THEIRS',
      mentions: ['+55 11 77777-7777', 'all', '123456@lid'],
      forwarded: true,
      ephemeral: 86_400,
      clientRef: 'order-7',
    });
    expect(composed.content).toEqual({
      type: 'text',
      text: '@5511777777777 yes',
      context: {
        quoted: {
          messageId: 'THEIRS',
          participant: chatId,
          participantAlt: null,
          encoded: Buffer.from('encoded').toString('base64'),
        },
        mentions: ['5511777777777@s.whatsapp.net', '123456@lid'],
        mentionAll: true,
        forwarded: true,
        expirationSeconds: 86_400,
      },
    });
    expect(composed.shown).toMatchObject({
      clientRef: 'order-7',
      quoted: { messageId: 'THEIRS', text: 'the question', participant: chatId },
      forwarded: true,
      expiresAfterSeconds: 86_400,
    });
  });
});

describe('cards for links', () => {
  const link = 'see https://example.com/a';

  it('are fetched unless they are unwanted or written by the caller', async () => {
    expect(await compose({ text: link })).toMatchObject({
      content: { type: 'text', text: link, preview: card },
      shown: { preview: { url: 'https://example.com/a', title: 'Example' } },
    });
    expect((await compose({ text: link, preview: 'off' })).content).toEqual({
      type: 'text',
      text: link,
    });
    expect((await compose({ text: link, linkPreview: false })).content).not.toHaveProperty(
      'preview',
    );
    expect((await compose({ text: 'no link' })).content).not.toHaveProperty('preview');
    const preview = { title: 'Mine', image: 'https://example.com/a.jpg' };
    expect((await compose({ text: link, preview })).content).toMatchObject({
      preview: {
        url: 'https://example.com/a',
        title: 'Mine',
        description: null,
        thumbnail: 'thumbnail',
      },
    });
  });

  it('of the caller need a link', async () => {
    await expect(compose({ text: 'none', preview: { title: 'Mine' } })).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ field: '/preview' }],
    });
  });
});

describe('messages about messages', () => {
  const target = {
    messageId: 'THEIRS',
    chatId,
    fromMe: false,
    participant: null,
    participantAlt: null,
  };

  it.each([
    [
      { reaction: { messageId: 'THEIRS', emoji: '👩‍👩‍👧' } },
      { type: 'reaction', emoji: '👩‍👩‍👧', target },
    ],
    [
      { edit: { messageId: 'OURS', text: 'better' } },
      { type: 'edit', text: 'better', target: { fromMe: true } },
    ],
    [{ delete: { messageId: 'GONE' } }, { type: 'delete', target: { messageId: 'GONE' } }],
    [{ delete: { messageId: 'OURS' } }, { type: 'delete', target: { messageId: 'OURS' } }],
    [{ pin: { messageId: 'THEIRS', for: 'day' } }, { type: 'pin', seconds: 86_400 }],
    [{ pin: { messageId: 'THEIRS', for: 'never' } }, { type: 'pin', seconds: null }],
    [
      { forward: { messageId: 'GROUP' } },
      { type: 'forward', encoded: Buffer.from('encoded').toString('base64') },
    ],
  ])('composes %j', async (body, content) => {
    expect((await compose(body)).content).toMatchObject(content);
  });

  it('names the author of a message in a group under both addresses', async () => {
    const { content } = await compose({ reaction: { messageId: 'GROUP', emoji: '👍' } }, group);
    expect(content).toMatchObject({
      target: {
        participant: '5511777777777@s.whatsapp.net',
        participantAlt: '700000000000003@lid',
      },
    });
    expect((await compose({ delete: { messageId: 'GROUP' } }, group)).content).toBeDefined();
  });

  it.each([
    [{ reaction: { messageId: 'NOBODY', emoji: '👍' } }, 'message_not_found', '/messageId'],
    [{ reaction: { messageId: 'GROUP', emoji: '👍' } }, 'message_not_found', '/messageId'],
    [{ text: 'x', replyTo: 'NOBODY' }, 'message_not_found', '/replyTo'],
    [{ text: 'x', replyTo: 'GROUP' }, 'message_not_found', '/replyTo'],
    [{ forward: { messageId: 'SLIM' } }, 'message_not_found', '/messageId'],
    [{ edit: { messageId: 'THEIRS', text: 'x' } }, 'message_not_own', '/messageId'],
    [{ delete: { messageId: 'THEIRS' } }, 'message_not_own', '/messageId'],
    [{ edit: { messageId: 'GONE', text: 'x' } }, 'message_deleted', '/messageId'],
    [{ reaction: { messageId: 'GONE', emoji: '👍' } }, 'message_deleted', '/messageId'],
    [{ pin: { messageId: 'GONE', for: 'day' } }, 'message_deleted', '/messageId'],
    [{ forward: { messageId: 'GONE' } }, 'message_deleted', '/messageId'],
    [{ edit: { messageId: 'OLD', text: 'x' } }, 'message_not_editable', '/messageId'],
    [{ edit: { messageId: 'PICTURE', text: 'x' } }, 'message_not_editable', '/messageId'],
    [{ text: 'x', mentions: ['Ana'] }, 'invalid_recipient', '/mentions/0'],
    [{ text: 'x', mentions: ['5511777777777', group] }, 'invalid_recipient', '/mentions/1'],
  ])('refuses %j as %s', async (body, code, field) => {
    await expect(compose(body)).rejects.toMatchObject({ code, fields: [{ field }] });
  });
});
