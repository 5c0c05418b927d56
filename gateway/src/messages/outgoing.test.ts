import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryIdentities } from '../contacts/memory-stores.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { Download } from '../net/download.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { contentFromSend } from './catalogue/catalogue.ts';
import type { Convert } from './converter.ts';
import { createMedia } from './media.ts';
import { mp4, opus } from './media-fixtures.ts';
import { createComposer } from './outgoing.ts';
import type { MessageRecord } from './store.ts';

const chatId = '5511888888888@s.whatsapp.net';
const group = '120363041234567890@g.us';
const clock = new VirtualClock();
const session = {
  key: 1,
  workspaceId: 'default',
  phone: '5511999999999',
  lid: null,
} as SessionRecord;

const message = (messageId: string, more: Partial<MessageRecord> = {}): MessageRecord => ({
  messageId,
  chatId,
  senderId: chatId,
  fromMe: false,
  type: 'text',
  status: 'received',
  timestampMs: clock.now(),
  data: { text: 'the question', hasMedia: false },
  encoded: Buffer.from('encoded'),
  ...more,
});
const ours = { fromMe: true, senderId: '5511999999999@s.whatsapp.net' };
const kept = [
  message('THEIRS'),
  message('OURS', ours),
  message('OLD', { ...ours, timestampMs: clock.now() - 16 * 60_000 }),
  message('PICTURE', { ...ours, type: 'image' }),
  message('SLIM', { encoded: null }),
  message('GROUP', { chatId: group, senderId: '5511777777777@s.whatsapp.net' }),
];

const card = { url: 'https://example.com/a', title: 'Example', description: null, thumbnail: null };

let folder: string;
let served: Buffer;
let convert: Convert;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgoing-'));
  convert = async () => ({ kind: 'missing' });
});
afterEach(() => rm(folder, { recursive: true }));

async function compose(body: object, to = chatId) {
  const download: Download = async (_url, file) => {
    await writeFile(file, served);
    return { kind: 'saved', bytes: served.length, mediaType: '', fileName: 'from-server.bin' };
  };
  const identities = memoryIdentities();
  await identities.learn(1, [{ phone: '5511777777777', lid: '700000000000003' }]);
  const composer = createComposer({
    media: createMedia({ download, uploads: { find: async () => null }, ids: () => 'medium' }),
    convert: (...args) => convert(...args),
    templates: {
      render: async (workspaceId, { name }) => ({ type: 'text', text: `${workspaceId}: ${name}` }),
    },
    raw: null,
    previews: {
      find: async (text) => (text.includes('https://') ? card : null),
      thumbnail: async () => 'thumbnail',
    },
    messages: { find: async (_key, id) => kept.find(({ messageId }) => messageId === id) ?? null },
    identities,
    clock,
  });
  const recipient = { input: to, chatId: to, phone: null, lid: null };
  return composer.compose(contentFromSend({ to, ...body }), { session, to: recipient, folder });
}

const url = 'https://example.com/medium';
const png = () =>
  sharp({ create: { width: 60, height: 40, channels: 3, background: 'green' } })
    .png()
    .toBuffer();

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

describe('content with media', () => {
  it('measures a picture and shows it once where asked', async () => {
    served = await png();
    const composed = await compose({ image: { url, caption: 'look' }, viewOnce: true });
    expect(composed).toMatchObject({
      content: {
        type: 'image',
        mimetype: 'image/png',
        caption: 'look',
        width: 60,
        height: 40,
        viewOnce: true,
      },
      files: [join(folder, 'medium')],
      shown: { hasMedia: true, viewOnce: true, media: { width: 60, mimetype: 'image/png' } },
    });
    expect((await compose({ 'view-once': { url } })).content).toMatchObject({ viewOnce: true });
  });

  it.each([
    [{ video: { url } }, { type: 'video', playback: 'video', seconds: 12, width: 640 }],
    [{ gif: { url } }, { type: 'video', playback: 'gif' }],
    [{ video: { url, gif: true } }, { type: 'video', playback: 'gif' }],
    [{ ptv: { url } }, { type: 'video', playback: 'note' }],
    [{ audio: { url } }, { type: 'audio', voice: false, mimetype: 'audio/mp4', seconds: 12 }],
    [
      { document: { url, fileName: 'a.mp4' } },
      { type: 'document', fileName: 'a.mp4', mimetype: 'video/mp4' },
    ],
  ])('takes an MP4 as %j', async (body, content) => {
    served = mp4();
    expect((await compose(body)).content).toMatchObject(content);
  });

  it.each(['video', 'gif', 'ptv', 'document'])('shows the given picture of a %s', async (type) => {
    served = mp4();
    const base64 = (await png()).toString('base64');
    const { content, files } = await compose({ [type]: { url, thumbnail: { base64 } } });
    const { thumbnail = '' } = content as { thumbnail?: string };
    const { format, width } = await sharp(Buffer.from(thumbnail, 'base64')).metadata();
    expect([format, width, files.length]).toEqual(['jpeg', 60, 1]);
    expect(await readdir(folder)).toEqual(['medium']);
  });

  it('shows a picture that is sent as a document, and no other document', async () => {
    served = await png();
    const picture = await compose({ document: { url } });
    expect(picture.content).toMatchObject({ thumbnail: expect.stringMatching(/^\/9j\//) });
    for (const other of [mp4(), Buffer.from('%PDF-1.7'), served.subarray(0, 30)]) {
      served = other;
      expect((await compose({ document: { url } })).content).not.toHaveProperty('thumbnail');
    }
  });

  it('shows the first picture of a film where ffmpeg is there', async () => {
    served = mp4();
    const frame = await sharp(await png())
      .jpeg()
      .toBuffer();
    convert = async (args) => {
      await writeFile(args.at(-1)?.replace('file:', '') ?? '', frame);
      return { kind: 'done' };
    };
    expect((await compose({ video: { url } })).content).toHaveProperty('thumbnail');
    expect(await readdir(folder)).toEqual(['medium']);
    convert = async () => ({ kind: 'failed', reason: 'no picture in it' });
    expect((await compose({ video: { url } })).content).not.toHaveProperty('thumbnail');
  });

  it.each([
    [{ base64: Buffer.from('ID3').toString('base64') }, 'media_wrong_type', 'base64'],
    [{ url: 'data:image/png;base64,iVBORw0KGgo=' }, 'invalid_media', 'url'],
    [{ mediaId: 'unknown' }, 'upload_not_found', 'mediaId'],
  ])('refuses the thumbnail %j and leaves no file', async (thumbnail, code, field) => {
    served = mp4();
    await expect(compose({ video: { url, thumbnail } })).rejects.toMatchObject({
      code,
      fields: [{ field: `/video/thumbnail/${field}` }],
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes Ogg/Opus as sound and as voice note without a converter', async () => {
    served = opus();
    const mimetype = 'audio/ogg; codecs=opus';
    expect((await compose({ audio: { url } })).content).toMatchObject({ mimetype, seconds: 3 });
    const voice = await compose({ audio: { url, voice: true } });
    expect(voice).toMatchObject({
      content: { type: 'audio', voice: true, mimetype, seconds: 3 },
      shown: { media: { voice: true } },
    });
  });

  it('makes a sticker', async () => {
    served = await png();
    const composed = await compose({ sticker: { url } });
    expect(composed.content).toMatchObject({
      type: 'sticker',
      mimetype: 'image/webp',
      animated: false,
    });
    expect(await sharp(await readFile(composed.files[0] ?? '')).metadata()).toMatchObject({
      width: 512,
    });
  });

  it.each([
    [
      'a damaged picture',
      { image: { url } },
      Buffer.from('\x89PNG\r\n\x1a\n broken', 'latin1'),
      'invalid_media',
      '/image/url',
    ],
    [
      'a picture as video',
      { video: { url } },
      Buffer.from('GIF89a'),
      'media_wrong_type',
      '/video/url',
    ],
    [
      'MP3 as voice note',
      { audio: { url, voice: true } },
      Buffer.from('ID3\x04'),
      'media_converter_missing',
      '/audio/url',
    ],
  ])('refuses %s and leaves no file', async (_title, body, bytes, code, field) => {
    served = bytes;
    await expect(compose(body)).rejects.toMatchObject({ code, fields: [{ field }] });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a voice note that the converter cannot read', async () => {
    served = Buffer.from('ID3\x04');
    convert = async () => ({ kind: 'failed', reason: 'broken' });
    await expect(compose({ audio: { url, voice: true } })).rejects.toMatchObject({
      code: 'invalid_media',
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
    [{ edit: { messageId: 'OLD', text: 'x' } }, 'message_not_editable', '/messageId'],
    [{ edit: { messageId: 'PICTURE', text: 'x' } }, 'message_not_editable', '/messageId'],
    [{ text: 'x', mentions: ['Ana'] }, 'invalid_recipient', '/mentions/0'],
    [{ text: 'x', mentions: ['5511777777777', group] }, 'invalid_recipient', '/mentions/1'],
  ])('refuses %j as %s', async (body, code, field) => {
    await expect(compose(body)).rejects.toMatchObject({ code, fields: [{ field }] });
  });
});
