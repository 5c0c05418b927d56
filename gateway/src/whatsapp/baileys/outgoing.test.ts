import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proto } from 'baileys';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageTarget, OutgoingContent } from '../content.ts';
import { buildMessage } from './outgoing.ts';
import { stanzaExtras } from './stanza-extras.ts';

let folder: string;
let picture: string;
const uploads: string[] = [];
const options = {
  upload: async (_file: string, { mediaType }: { mediaType: string }) => {
    uploads.push(mediaType);
    return { mediaUrl: 'https://media.example/x', directPath: '/x' };
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgoing-'));
  picture = join(folder, 'picture.png');
  const image = sharp({ create: { width: 64, height: 32, channels: 3, background: '#123456' } });
  await writeFile(picture, await image.png().toBuffer());
});
afterAll(() => rm(folder, { recursive: true }));

/** As the receiver decodes it. */
async function built(content: OutgoingContent) {
  const message = await buildMessage(content, options);
  return proto.Message.decode(proto.Message.encode(message).finish());
}

const target: MessageTarget = {
  messageId: 'A',
  chatId: '1@g.us',
  fromMe: true,
  participant: null,
};
const encodedText = Buffer.from(
  proto.Message.encode({ conversation: 'old', messageContextInfo: {} }).finish(),
).toString('base64');

const john = '5511888888888@s.whatsapp.net';

describe('texts', () => {
  it('carry a preview only when one is given', async () => {
    const plain = await built({ type: 'text', text: 'see https://example.com' });
    expect(plain.extendedTextMessage).toMatchObject({ text: 'see https://example.com' });
    expect(plain.extendedTextMessage?.title).toBeFalsy();
    const preview = {
      url: 'https://example.com',
      title: 'Example',
      description: 'A page',
      thumbnail: Buffer.from('jpeg').toString('base64'),
    };
    const withCard = await built({ type: 'text', text: 'see https://example.com', preview });
    expect(withCard.extendedTextMessage).toMatchObject({
      title: 'Example',
      description: 'A page',
      matchedText: 'https://example.com',
    });
    expect(Buffer.from(withCard.extendedTextMessage?.jpegThumbnail ?? []).toString()).toBe('jpeg');
  });

  it('answer, mention, are forwarded and vanish', async () => {
    const message = await built({
      type: 'text',
      text: '@15550002 yes',
      context: {
        quoted: { messageId: 'Q', participant: '15550002@s.whatsapp.net', encoded: encodedText },
        mentions: ['15550002@s.whatsapp.net'],
        mentionAll: true,
        forwarded: true,
        expirationSeconds: 86_400,
      },
    });
    const info = message.extendedTextMessage?.contextInfo;
    expect(info).toMatchObject({
      stanzaId: 'Q',
      participant: '15550002@s.whatsapp.net',
      quotedMessage: { conversation: 'old' },
      mentionedJid: ['15550002@s.whatsapp.net'],
      isForwarded: true,
      forwardingScore: 1,
      expiration: 86_400,
    });
  });
});

describe('media', () => {
  it('is uploaded with what a client shows before it is loaded', async () => {
    uploads.length = 0;
    const { imageMessage } = await built({
      type: 'image',
      file: picture,
      mimetype: 'image/png',
      caption: 'a picture',
    });
    expect(imageMessage).toMatchObject({
      caption: 'a picture',
      mimetype: 'image/png',
      width: 64,
      height: 32,
      directPath: '/x',
    });
    expect(imageMessage?.jpegThumbnail?.length).toBeGreaterThan(100);
    expect(uploads).toEqual(['image']);
  });

  it('may be viewed once, be a round video, a voice note or a sticker', async () => {
    const file = { file: picture, mimetype: 'video/mp4' };
    const thumbnail = Buffer.from('jpeg').toString('base64');
    const once = await built({
      type: 'image',
      file: picture,
      mimetype: 'image/png',
      caption: null,
      viewOnce: true,
    });
    expect(once.viewOnceMessage?.message?.imageMessage?.viewOnce).toBe(true);
    const note = await built({
      type: 'video',
      ...file,
      caption: null,
      playback: 'note',
      thumbnail,
    });
    expect(note.ptvMessage?.directPath).toBe('/x');
    expect(note.videoMessage).toBeFalsy();
    const gif = await built({ type: 'video', ...file, caption: 'c', playback: 'gif', thumbnail });
    expect(gif.videoMessage).toMatchObject({ gifPlayback: true, caption: 'c' });
    const voice = await built({
      type: 'audio',
      file: picture,
      mimetype: 'audio/ogg; codecs=opus',
      voice: true,
      seconds: 3,
      waveform: Buffer.alloc(64, 7).toString('base64'),
    });
    expect(voice.audioMessage).toMatchObject({ ptt: true, seconds: 3 });
    expect(voice.audioMessage?.waveform).toHaveLength(64);
    const sticker = await built({
      type: 'sticker',
      file: picture,
      mimetype: 'image/webp',
      animated: true,
    });
    expect(sticker.stickerMessage?.isAnimated).toBe(true);
    const paper = await built({
      type: 'document',
      file: picture,
      mimetype: 'application/pdf',
      fileName: 'bill.pdf',
      caption: null,
      thumbnail,
    });
    expect(paper.documentMessage).toMatchObject({ fileName: 'bill.pdf' });
    expect(Buffer.from(paper.documentMessage?.jpegThumbnail ?? []).toString()).toBe('jpeg');
    const plain = await built({ type: 'video', ...file, caption: null, playback: 'video' });
    expect(plain.videoMessage?.jpegThumbnail ?? []).toHaveLength(0);
  });
});

describe('things', () => {
  it('are places, people, polls and events', async () => {
    const place = {
      type: 'location',
      latitude: 1.5,
      longitude: -2,
      name: 'Here',
      address: null,
    } as const;
    expect((await built(place)).locationMessage).toMatchObject({
      degreesLatitude: 1.5,
      name: 'Here',
    });
    const card = { displayName: 'Ann', vcard: 'BEGIN:VCARD' };
    expect((await built({ type: 'contact', contacts: [card] })).contactMessage).toMatchObject(card);
    const two = await built({ type: 'contact', contacts: [card, card] });
    expect(two.contactsArrayMessage?.contacts).toHaveLength(2);
    const poll = { type: 'poll', question: 'Lunch?', options: ['a', 'b'] } as const;
    const single = await built({ ...poll, selectableCount: 1 });
    expect(single.pollCreationMessageV3?.options).toHaveLength(2);
    expect(single.messageContextInfo?.messageSecret).toHaveLength(32);
    expect(stanzaExtras(single, john).nodes).toEqual([
      { tag: 'meta', attrs: { polltype: 'creation' } },
    ]);
    const event = await built({
      type: 'event',
      name: 'Party',
      description: null,
      startMs: 1_700_000_000_000,
      endMs: null,
      location: 'Home',
    });
    expect(event.eventMessage).toMatchObject({ name: 'Party', location: { name: 'Home' } });
    expect(stanzaExtras(event, john).nodes[0]?.attrs).toEqual({ event_type: 'creation' });
    const invitation = await built({
      type: 'group_invite',
      groupId: '120363041234567890@g.us',
      name: 'Customers',
      code: 'Jx3fTa9QmPb2Wq7LrYk5Zd',
      expiresMs: 1_700_000_000_000,
      caption: 'Come in!',
      context: { expirationSeconds: 86_400 },
    });
    expect(Number(invitation.groupInviteMessage?.inviteExpiration)).toBe(1_700_000_000);
    expect(invitation.groupInviteMessage).toMatchObject({
      groupJid: '120363041234567890@g.us',
      caption: 'Come in!',
      contextInfo: { expiration: 86_400 },
    });
    expect(invitation.messageContextInfo?.messageSecret).toHaveLength(32);
  });
});

describe('interactive messages', () => {
  it('carry the nodes without which no client shows them', async () => {
    const params = '{"display_text":"Yes","id":"y"}';
    const message = await built({
      type: 'interactive',
      title: 'Order 7',
      text: 'Sure?',
      footer: null,
      buttons: [{ name: 'quick_reply', params }],
      context: { expirationSeconds: 86_400 },
    });
    expect(message.interactiveMessage).toMatchObject({
      header: { title: 'Order 7' },
      body: { text: 'Sure?' },
      nativeFlowMessage: { buttons: [{ name: 'quick_reply', buttonParamsJson: params }] },
      contextInfo: { expiration: 86_400 },
    });
    const tags = (chat: string) => stanzaExtras(message, chat).nodes.map(({ tag }) => tag);
    expect(tags(john)).toEqual(['biz', 'bot']);
    expect(tags('1@lid')).toEqual(['biz', 'bot']);
    expect(tags('120363@g.us')).toEqual(['biz']);
  });
});

describe('messages about messages', () => {
  it('name their target, and the stanza says what they are', async () => {
    const reaction = await built({ type: 'reaction', target, emoji: '👍' });
    expect(reaction.reactionMessage).toMatchObject({ text: '👍', key: { id: 'A', fromMe: true } });
    expect(stanzaExtras(reaction, john)).toEqual({ attributes: {}, nodes: [] });
    const edit = await built({ type: 'edit', target, text: 'new' });
    expect(edit.protocolMessage?.editedMessage?.extendedTextMessage?.text).toBe('new');
    expect(stanzaExtras(edit, john).attributes).toEqual({ edit: '1' });
    const own = await built({ type: 'delete', target });
    expect(stanzaExtras(own, john).attributes).toEqual({ edit: '7' });
    const others = { ...target, fromMe: false, participant: '2@lid' };
    expect(stanzaExtras(await built({ type: 'delete', target: others }), john).attributes).toEqual({
      edit: '8',
    });
    const pin = await built({ type: 'pin', target, seconds: 604_800 });
    expect(pin.messageContextInfo?.messageAddOnDurationInSecs).toBe(604_800);
    expect(stanzaExtras(pin, john).attributes).toEqual({ edit: '2' });
    const unpin = await built({ type: 'pin', target, seconds: null });
    expect(unpin.pinInChatMessage?.type).toBe(proto.PinInChat.Type.UNPIN_FOR_ALL);
  });

  it('send kept messages on without what tied them to their chat', async () => {
    const message = await built({ type: 'forward', encoded: encodedText });
    expect(message.extendedTextMessage).toMatchObject({
      text: 'old',
      contextInfo: { isForwarded: true, forwardingScore: 1 },
    });
    expect(message.messageContextInfo).toBeFalsy();
    expect(message.conversation).toBeFalsy();
  });
});
