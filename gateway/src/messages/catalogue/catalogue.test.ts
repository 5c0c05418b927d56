import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem } from '../../kernel/errors.ts';
import {
  contentFromMessage,
  contentFromSend,
  contentTypes,
  messageBodies,
  sendBody,
} from './catalogue.ts';

const to = '5511999999999';

/** The code and the fields of the problem that the work throws. */
function problemOf(work: () => unknown): { code: string; fields: string[] } {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) {
      return { code: error.code, fields: error.fields.map(({ field }) => field) };
    }
    throw error;
  }
  return { code: 'none', fields: [] };
}

const cases = contentTypes.flatMap((type) =>
  type.examples.map((example, i) => ({ type, example, title: `${type.name} ${i + 1}` })),
);

describe('the content catalogue', () => {
  it.each(cases)('takes its own example $title in both forms', ({ type, example }) => {
    const flat =
      type.inline === null ? { to, ...(example as object) } : { to, [type.inline]: example };
    const nested = contentFromSend({ to, [type.name]: example });
    expect(nested.to).toBe(to);
    expect(JSON.parse(JSON.stringify(nested))).toEqual(nested);
    const withoutPointers = (request: unknown) =>
      JSON.parse(JSON.stringify(request, (key, value) => (key === 'pointer' ? undefined : value)));
    expect(withoutPointers(contentFromMessage(type.name, flat))).toEqual(withoutPointers(nested));
  });

  it('describes every body as JSON schema', () => {
    const schemas = [sendBody, ...messageBodies.values()].map((body) => {
      const { $ref = '', $defs = {} } = z.toJSONSchema(body, { io: 'input' });
      const named = $defs[$ref.split('/').at(-1) ?? ''];
      if (named === undefined) throw new Error('the body has no name of its own');
      return named;
    });
    expect(schemas.every((schema) => schema.additionalProperties === false)).toBe(true);
    expect(schemas[0]?.properties).toHaveProperty('image.properties.caption');
    expect(schemas[0]?.required).toEqual(['to']);
  });

  it.each([
    [{ text: 'x' }, 'missing_field', ['/to']],
    [{ to: 5511999999999, text: 'x' }, 'wrong_type', ['/to']],
    [{ to }, 'content_missing', ['/']],
    [
      { to, text: 'x', image: { url: 'https://example.com/a.jpg' } },
      'content_ambiguous',
      ['/image'],
    ],
    [{ to, text: '' }, 'empty_text', ['/text']],
    [{ to, text: ' \n\t ' }, 'empty_text', ['/text']],
    [{ to, text: 'x'.repeat(65_537) }, 'text_too_long', ['/text']],
    [{ to, text: 42 }, 'wrong_type', ['/text']],
    [{ to, text: null }, 'wrong_type', ['/text']],
    [{ to, text: 'x', extra: 1 }, 'unknown_field', ['/extra']],
    [{ to, text: 'x', 'a/b~c': 1 }, 'unknown_field', ['/a~1b~0c']],
    [{ to, image: 'https://example.com/a.jpg' }, 'wrong_type', ['/image']],
    [{ to, image: {} }, 'missing_field', ['/image/url']],
    [
      { to, video: { url: 'https://a.example', thumbnail: {} } },
      'missing_field',
      ['/video/thumbnail/url'],
    ],
    [
      { to, document: { url: 'https://a.example', thumbnail: { url: 'x' } } },
      'invalid_media',
      ['/document/thumbnail/url'],
    ],
    [
      { to, image: { url: 'https://a.example', thumbnail: {} } },
      'unknown_field',
      ['/image/thumbnail'],
    ],
    [
      { to, image: { url: 'https://a.example', base64: 'QUJD' } },
      'invalid_media',
      ['/image/base64'],
    ],
    [{ to, image: { url: 'ftp://example.com/a.jpg' } }, 'invalid_media', ['/image/url']],
    [{ to, image: { url: 'photo.jpg' } }, 'invalid_media', ['/image/url']],
    [{ to, image: { url: 'data:nonsense' } }, 'invalid_media', ['/image/url']],
    [
      { to, image: { url: 'https://a.example', caption: 'x'.repeat(1025) } },
      'text_too_long',
      ['/image/caption'],
    ],
    [
      { to, image: { url: 'https://a.example', captoin: 'x' } },
      'unknown_field',
      ['/image/captoin'],
    ],
    [{ to, text: 'x', viewOnce: true }, 'unknown_field', ['/viewOnce']],
    [
      { to, reaction: { messageId: 'A', emoji: '👍' }, replyTo: 'B' },
      'unknown_field',
      ['/replyTo'],
    ],
    [{ to, reaction: { messageId: 'A', emoji: 'no' } }, 'invalid_request', ['/reaction/emoji']],
    [{ to, text: 'x', preview: 'maybe' }, 'invalid_request', ['/preview']],
    [
      { to, location: { latitude: 1, longitude: 1 }, preview: 'off' },
      'unknown_field',
      ['/preview'],
    ],
    [{ to, text: 'x', ephemeral: 60 }, 'invalid_request', ['/ephemeral']],
    [{ to, location: { latitude: 91, longitude: 0 } }, 'invalid_request', ['/location/latitude']],
    [{ to, location: { latitude: 1 } }, 'missing_field', ['/location/longitude']],
    [{ to, poll: { name: 'x', options: ['a'] } }, 'invalid_request', ['/poll/options']],
    [{ to, poll: { name: 'x', options: ['a', 'a'] } }, 'invalid_request', ['/poll/options']],
    [{ to, poll: { name: 'x', options: ['a', ' '] } }, 'empty_text', ['/poll/options/1']],
    [
      { to, poll: { name: 'x', options: ['a', 'b'], selectableCount: 3 } },
      'invalid_request',
      ['/poll/selectableCount'],
    ],
    [{ to, contact: { displayName: 'Ana' } }, 'missing_field', ['/contact/phoneNumber']],
    [
      { to, contact: { displayName: 'Ana', phoneNumber: 'x' } },
      'invalid_request',
      ['/contact/phoneNumber'],
    ],
    [
      { to, contact: { contacts: [{ displayName: 'A', phoneNumber: '1@lid' }] } },
      'invalid_request',
      ['/contact/contacts/0/phoneNumber'],
    ],
    [{ to, contact: { vcard: 'FN:Ana' } }, 'invalid_request', ['/contact/vcard']],
    [
      {
        to,
        'group-invite': {
          group: to,
          name: 'x',
          invite: { code: 'AAAAAAAA', expiresAt: '2026-12-02T00:00:00Z' },
        },
      },
      'invalid_request',
      ['/group-invite/group'],
    ],
    [{ to, event: { name: 'x', startsAt: 'tomorrow' } }, 'invalid_request', ['/event/startsAt']],
    [
      {
        to,
        event: { name: 'x', startsAt: '2026-12-02T00:00:00Z', endsAt: '2026-12-01T00:00:00Z' },
      },
      'invalid_request',
      ['/event/endsAt'],
    ],
    [
      { to, video: { url: 'https://a.example', gif: true, ptv: true } },
      'invalid_request',
      ['/video/ptv'],
    ],
    [null, 'wrong_type', ['/']],
    [[], 'wrong_type', ['/']],
    ['text', 'wrong_type', ['/']],
    [undefined, 'missing_field', ['/']],
  ])('refuses %j', (body, code, fields) => {
    expect(problemOf(() => contentFromSend(body))).toEqual({ code, fields });
  });

  it('takes 65,536 characters and keeps a text as it was written', () => {
    const text = `  ${'ß'.repeat(65_532)}  `;
    expect(contentFromSend({ to, text }).content).toEqual({ type: 'text', text });
  });

  it('reads data URIs and an empty caption as none', () => {
    const image = { url: 'data:image/png;base64,iVBORw0KGgo=', caption: '' };
    expect(contentFromSend({ to, image }).content).toEqual({
      type: 'image',
      caption: null,
      media: {
        kind: 'base64',
        data: 'iVBORw0KGgo=',
        mimetype: 'image/png',
        fileName: null,
        pointer: '/image/url',
      },
    });
  });

  it('points into the flat form where fields are flat, and knows no other types', () => {
    expect(problemOf(() => contentFromMessage('image', { to, url: 'nope' }))).toEqual({
      code: 'invalid_media',
      fields: ['/url'],
    });
    expect(contentFromMessage('toString', { to })).toBeNull();
  });

  it('reads options beside the content, under the names of other gateways too', () => {
    expect(contentFromSend({ to, text: 'x', quotedId: 'A' }).options.replyTo).toBe('A');
    const flat = contentFromMessage('text', { to, text: 'x', mentions: ['all', '5511'] });
    expect(flat?.options).toMatchObject({ mentionAll: true, mentions: ['5511'] });
    const once = contentFromMessage('view-once', { to, url: 'https://example.com/a.jpg' });
    expect(once).toMatchObject({ content: { type: 'image' }, options: { viewOnce: true } });
  });

  const url = 'https://example.com/a.bin';
  const sections = [{ title: 'Plans', rows: [{ id: 'pro', title: 'Pro', description: 'All' }] }];
  /** The bodies that WaSphere documents for its own routes of the same names. */
  it.each([
    ['text', { text: 'Hello' }, { type: 'text', text: 'Hello' }],
    ['image', { url, caption: 'Look' }, { type: 'image', caption: 'Look' }],
    ['video', { url, caption: 'Film' }, { type: 'video', caption: 'Film', playback: 'video' }],
    ['gif', { url }, { type: 'video', playback: 'gif' }],
    ['ptv', { url }, { type: 'video', playback: 'note' }],
    ['audio', { url, isVoiceNote: true }, { type: 'audio', voice: true }],
    [
      'document',
      { url, fileName: 'a.pdf', mimetype: 'application/pdf' },
      { type: 'document', media: { fileName: 'a.pdf', mimetype: 'application/pdf' } },
    ],
    ['sticker', { url }, { type: 'sticker' }],
    ['view-once', { url, caption: 'Once' }, { type: 'image', caption: 'Once' }],
    ['location', { latitude: 1, longitude: 2, name: 'Here' }, { type: 'location', name: 'Here' }],
    [
      'contact',
      { displayName: 'Ana', phoneNumber: '+5511777777777' },
      { type: 'contact', contacts: [{ displayName: 'Ana', phones: ['+5511777777777'] }] },
    ],
    [
      'poll',
      { name: 'Lunch?', options: ['Yes', 'No'], selectableCount: 1 },
      { type: 'poll', selectableCount: 1 },
    ],
    [
      'reaction',
      { messageId: 'A', emoji: '👍' },
      { type: 'reaction', messageId: 'A', emoji: '👍' },
    ],
    [
      'list',
      { title: 'Plans', text: 'Choose', buttonText: 'Open', footer: 'Thanks', sections },
      { type: 'list', buttonText: 'Open', sections },
    ],
    [
      'buttons',
      { text: 'Sure?', footer: 'Tap', buttons: [{ id: 'y', text: 'Yes' }] },
      { type: 'buttons', buttons: [{ id: 'y', text: 'Yes' }] },
    ],
    [
      'template',
      { name: 'hello_world', languageCode: 'en_US', bodyParams: ['Ana'] },
      { type: 'template', language: 'en_US', variables: { 1: 'Ana' } },
    ],
  ] as const)('takes the body of another gateway for %s', (type, fields, content) => {
    expect(contentFromMessage(type, { to, ...fields })?.content).toMatchObject(content);
  });

  it('answers anything at all with content or a problem', () => {
    const key = fc.constantFrom(
      'to',
      'text',
      'image',
      'url',
      'base64',
      'caption',
      '__proto__',
      'x',
    );
    const body = fc.dictionary(key, fc.oneof(fc.string(), fc.object(), fc.anything()));
    fc.assert(
      fc.property(fc.oneof(body, fc.anything()), (value) => {
        expect(problemOf(() => contentFromSend(value)).code).toMatch(/^[a-z_]+$/);
      }),
    );
  });
});
