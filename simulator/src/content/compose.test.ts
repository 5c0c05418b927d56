import { proto } from 'baileys';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { MediaIntegrityError } from '../media/crypto.ts';
import type { MediaServer } from '../media/port.ts';
import { createMediaServer } from '../media/server.ts';
import { compose } from './compose.ts';
import { type Content, mediaOf, textOf } from './content.ts';
import { fetchMedia, MediaMissingError, type MediaReference } from './media.ts';
import { read } from './read.ts';
import type { ComposeContext } from './tools.ts';
import { makeVcard } from './words.ts';

const ALICE = '15550001@s.whatsapp.net';
const BOB = '15550002@s.whatsapp.net';
const GROUP = '12036301@g.us';
const target = { chat: GROUP, id: '3EB0', fromMe: false, participant: BOB };
const thumbnail = Buffer.from('thumbnail');
const secret = Buffer.alloc(32, 3);

let media: MediaServer;
let context: ComposeContext;

beforeAll(async () => {
  media = await createMediaServer({ random: seededRandom(1) });
  context = { media, random: seededRandom(2), nowMs: 1_700_000_000_000 };
});
afterAll(() => media.close());

/** Over the wire and back. */
function sent(content: Content, using: ComposeContext = context): proto.IMessage {
  return proto.Message.decode(proto.Message.encode(compose(content, using)).finish());
}

const framed = {
  quoted: { id: 'Q1', author: BOB, chat: GROUP, content: { type: 'text', text: 'before' } },
  mentions: [ALICE, BOB],
  mentionsEveryone: true,
  forwards: 2,
  expiresInS: 86_400,
} as const;

const card = { name: 'Ann, of Kent', vcard: makeVcard('Ann, of Kent', '+1 555 0003') };

/** One of each kind without a file, with every field that it has. */
const plain: Content[] = [
  { type: 'text', text: 'hello' },
  { type: 'text', text: '' },
  { type: 'text', text: 'hello', ...framed },
  {
    type: 'text',
    text: 'see https://example.org',
    preview: { url: 'https://example.org', title: 'T', description: 'D', thumbnail },
  },
  { type: 'text', text: 'status', background: 0xff00aa00, font: 2 },
  {
    type: 'location',
    latitude: 52.5,
    longitude: -13.25,
    name: 'Home',
    address: 'Street 1',
    url: 'https://example.org/map',
    thumbnail,
    ...framed,
  },
  {
    type: 'live-location',
    latitude: 1.5,
    longitude: 2.5,
    caption: 'on my way',
    accuracy: 10,
    speed: 1.5,
    heading: 90,
    sequence: 4,
  },
  { type: 'contacts', contacts: [card] },
  { type: 'contacts', contacts: [card, card], title: 'Two', ...framed },
  { type: 'group-invite', group: GROUP, code: 'abc', name: 'G', caption: 'come', expiresS: 1_800 },
  { type: 'album', images: 2, videos: 1 },
  { type: 'poll', question: 'Which?', options: ['a', 'b'], selectable: 1, secret, ...framed },
  { type: 'poll', question: 'Which?', options: ['a', 'b'], selectable: 0, secret },
  {
    type: 'event',
    name: 'Party',
    description: 'bring cake',
    location: { latitude: 1, longitude: 2, name: 'Park' },
    startS: 1_800_000_000,
    endS: 1_800_003_600,
    joinLink: 'https://example.org/call',
    canceled: true,
    guestsAllowed: true,
    secret,
  },
  { type: 'reaction', target, emoji: '👍' },
  { type: 'reaction', target, emoji: '' },
  { type: 'edit', target, content: { type: 'text', text: 'better', mentions: [ALICE] } },
  { type: 'delete', target },
  { type: 'pin', target, pinned: true, forS: 3_600 },
  { type: 'pin', target, pinned: false },
  {
    type: 'buttons',
    text: 'choose',
    title: 'T',
    footer: 'F',
    buttons: [{ id: '1', text: 'one' }],
    ...framed,
  },
  {
    type: 'list',
    text: 'choose',
    title: 'T',
    footer: 'F',
    button: 'open',
    sections: [
      { title: 'S', rows: [{ id: '1', title: 'one', description: 'first' }] },
      { rows: [{ id: '2', title: 'two' }] },
    ],
  },
  {
    type: 'interactive',
    text: 'choose',
    title: 'T',
    footer: 'F',
    buttons: [{ name: 'quick_reply', params: '{"id":"1"}' }],
  },
  {
    type: 'template',
    text: 'choose',
    title: 'T',
    footer: 'F',
    buttons: [
      { kind: 'reply', text: 'one', id: '1' },
      { kind: 'url', text: 'two', url: 'https://example.org' },
      { kind: 'call', text: 'three', phone: '+15550003' },
    ],
  },
  { type: 'button-reply', id: '1', text: 'one', ...framed },
  { type: 'list-reply', id: '1', title: 'one', description: 'first' },
  { type: 'interactive-reply', name: 'menu_options', params: '{"id":"1"}', text: 'one' },
  { type: 'template-reply', id: '1', text: 'one', index: 0 },
  { type: 'app-state-keys', keys: [{ id: Buffer.alloc(6, 1), data: secret, madeMs: 5 }] },
  { type: 'app-state-key-request', ids: [Buffer.alloc(6, 1)] },
  {
    type: 'history-request',
    chat: BOB,
    count: 50,
    before: { id: '3EB1', fromMe: true, atMs: 1_700_000_000_000 },
  },
  { type: 'placeholder-request', targets: [target] },
  { type: 'ephemeral-setting', seconds: 604_800, setS: 1_700_000_000 },
  { type: 'lid-mappings', mappings: [{ phone: '15550002', lid: '9007199254740' }] },
  { type: 'share-phone-number' },
  { type: 'nothing' },
];

const file = { media: { bytes: Buffer.from('the bytes of a file') }, mimetype: 'a/b' };

const files: Content[] = [
  { type: 'image', ...file, caption: 'c', width: 4, height: 3, thumbnail, ...framed },
  { type: 'image', ...file, viewOnce: true },
  { type: 'video', ...file, caption: 'c', seconds: 9, width: 4, height: 3, thumbnail },
  { type: 'video', ...file, style: 'gif' },
  { type: 'video', ...file, style: 'round', viewOnce: true },
  { type: 'audio', ...file, seconds: 3 },
  {
    type: 'audio',
    ...file,
    voice: true,
    seconds: 3,
    waveform: Buffer.alloc(64, 9),
    viewOnce: true,
  },
  { type: 'document', ...file, fileName: 'a.pdf', pages: 2, thumbnail, ...framed },
  { type: 'document', ...file, fileName: 'a.pdf', caption: 'read this' },
  { type: 'sticker', ...file, width: 512, height: 512, animated: true },
];

const describeContent = (content: Content) => [content.type, content] as const;

describe('composing and reading', () => {
  it.each(plain.map(describeContent))('bring back %s', (_, content) => {
    expect(read(sent(content))).toEqual(content);
  });

  it.each(files.map(describeContent))('bring back %s and its file', (_, content) => {
    const result = read(sent(content));
    expect({ ...result, media: null }).toEqual({ ...content, media: null });
    const reference = mediaOf(result);
    expect(reference && Buffer.from(fetchMedia(reference, media))).toEqual(file.media.bytes);
  });

  it('bring back media above buttons', () => {
    const header = { type: 'image', media: file.media, mimetype: 'image/png' } as const;
    for (const type of ['buttons', 'interactive', 'template'] as const) {
      const result = read(sent({ type, text: 't', header, buttons: [] }));
      expect(result).toMatchObject({ type, header: { type: 'image', mimetype: 'image/png' } });
    }
  });

  it('bring back any text with any frame', () => {
    const frame = fc.record(
      {
        mentions: fc.array(fc.constantFrom(ALICE, BOB), { minLength: 1 }),
        mentionsEveryone: fc.constant(true),
        forwards: fc.integer({ min: 1, max: 127 }),
        expiresInS: fc.integer({ min: 1, max: 7_776_000 }),
        quoted: fc.record({
          id: fc.string({ minLength: 1 }),
          author: fc.constantFrom(ALICE, BOB),
          content: fc.constantFrom(...plain.filter(({ type }) => type === 'text').slice(0, 2)),
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), frame, (text, surrounding) => {
        const content: Content = { type: 'text', text, ...surrounding };
        expect(read(sent(content))).toEqual(content);
      }),
    );
  });

  it('leave out what surrounded a quoted message', () => {
    const quoted = {
      id: 'Q',
      author: BOB,
      content: { type: 'text', text: 'x', forwards: 3 },
    } as const;
    const result = read(sent({ type: 'text', text: 'y', quoted }));
    expect(result).toMatchObject({ quoted: { content: { type: 'text', text: 'x' } } });
    expect(JSON.stringify(result)).not.toContain('forwards');
  });

  it('forward a file without a second upload', () => {
    const first = read(sent({ type: 'image', ...file }));
    const again = read(sent({ ...first, forwards: 1 } as Content));
    expect(mediaOf(again)).toEqual(mediaOf(first));
  });

  it('resend messages inside of a placeholder response', () => {
    const message = { key: { id: '3EB2', remoteJid: BOB }, message: { conversation: 'late' } };
    const content: Content = { type: 'placeholder-response', requestId: 'R', messages: [message] };
    expect(read(sent(content))).toMatchObject(content);
  });

  it('cannot compose what is not supported', () => {
    expect(() => compose({ type: 'unsupported', name: 'orderMessage' }, context)).toThrow('order');
  });

  it('give the words that people read', () => {
    expect([...plain, ...files].map(textOf).filter((words) => words !== '')).toContain('read this');
    expect(textOf({ type: 'poll-vote', poll: target, choices: ['a', 'b'] })).toBe('a, b');
    expect(textOf({ type: 'contacts', contacts: [card] })).toBe('Ann, of Kent');
  });
});

describe('fetching media', () => {
  it('reports what is missing and what was tampered with', () => {
    const reference = mediaOf(read(sent({ type: 'image', ...file })));
    if (!reference) throw new Error('the image has no reference');
    const tampered: MediaReference = { ...reference, fileSha256: Buffer.alloc(32) };
    expect(() => fetchMedia(tampered, media)).toThrow(MediaIntegrityError);
    media.expire(reference.directPath);
    expect(() => fetchMedia(reference, media)).toThrow(MediaMissingError);
  });

  it('finds the file by its URL when there is no path', () => {
    const message = sent({ type: 'image', ...file });
    const image = { ...message.imageMessage, directPath: null };
    const reference = mediaOf(read({ imageMessage: image }));
    expect(reference && Buffer.from(fetchMedia(reference, media))).toEqual(file.media.bytes);
    expect(mediaOf(read({ imageMessage: { ...image, url: 'no url' } }))).toBeNull();
  });
});

describe('a contact card', () => {
  it('escapes what would end a field', () => {
    expect(makeVcard('Ann; of\nKent', '+1 (555) 0003')).toBe(
      [
        'BEGIN:VCARD',
        'VERSION:3.0',
        'N:;Ann\\; of\\nKent;;;',
        'FN:Ann\\; of\\nKent',
        'TEL;type=CELL;type=VOICE;waid=15550003:+15550003',
        'END:VCARD',
      ].join('\n'),
    );
  });
});
