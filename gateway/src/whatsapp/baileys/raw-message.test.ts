import { proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawCodec } from './raw-message.ts';

describe('a raw message', () => {
  it.each([
    [{ conversation: 'Hello' }],
    [{ extendedTextMessage: { text: 'Hello', font: 'SYSTEM_BOLD', backgroundArgb: 5 } }],
    [{ extendedTextMessage: { text: 'Hello', font: 6, jpegThumbnail: 'AAECAw' } }],
    [{ imageMessage: { fileLength: '12345678901', fileSha256: 'AAEC', scanLengths: [] } }],
    [{ imageMessage: { fileLength: 12_345, mediaKeyTimestamp: null } }],
    [{ extendedTextMessage: { text: 'x', contextInfo: { mentionedJid: ['1@lid'] } } }],
  ])('is encoded: %j', (given) => {
    const result = rawCodec.encode(given);
    expect(result).toMatchObject({ kind: 'encoded' });
    if (result.kind !== 'encoded') return;
    const decoded = proto.Message.decode(result.encoded);
    expect(Object.keys(proto.Message.toObject(decoded))).toEqual(Object.keys(given));
  });

  it.each([
    [{ conversatoin: 'Hello' }, '/conversatoin'],
    [{ extendedTextMessage: { txt: 'Hello' } }, '/extendedTextMessage/txt'],
    [{ extendedTextMessage: { text: 'x', font: 'FANCY' } }, '/extendedTextMessage/font'],
    [{ extendedTextMessage: { text: {} } }, '/extendedTextMessage/text'],
    [{ extendedTextMessage: { text: 'x', previewType: {} } }, '/extendedTextMessage/previewType'],
    [{ imageMessage: { height: 1.5 } }, '/imageMessage/height'],
    [{ imageMessage: { height: 'tall' } }, '/imageMessage/height'],
    [{ imageMessage: { viewOnce: 'yes' } }, '/imageMessage/viewOnce'],
    [{ imageMessage: { mediaKey: '<no base64>' } }, ''],
    [
      { imageMessage: { contextInfo: { mentionedJid: ['1', {}] } } },
      '/imageMessage/contextInfo/mentionedJid/1',
    ],
    [{ imageMessage: 5 }, ''],
    [
      { contactsArrayMessage: { contacts: [{}, { vcrd: '' }] } },
      '/contactsArrayMessage/contacts/1/vcrd',
    ],
    [{ constructor: 'x' }, '/constructor'],
  ])('is refused: %j', (given, field) => {
    expect(rawCodec.encode(given)).toMatchObject({ kind: 'wrong', field });
  });

  it('has a bounded depth', () => {
    let given: Record<string, unknown> = { conversation: 'x' };
    for (let i = 0; i < 100; i++) given = { viewOnceMessage: { message: given } };
    expect(rawCodec.encode(given)).toMatchObject({ kind: 'wrong', field: '' });
  });

  it('never breaks, and never loses what it takes', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const given = fc.dictionary(
      fc.constantFrom('conversation', 'extendedTextMessage', 'imageMessage', 'other'),
      fc.oneof(value, fc.dictionary(fc.constantFrom('text', 'caption', 'height', 'font'), value)),
    );
    fc.assert(
      fc.property(given, (message) => {
        const result = rawCodec.encode(message);
        if (result.kind === 'wrong') return;
        const again = proto.Message.toObject(proto.Message.decode(result.encoded));
        const wanted = Object.entries(message).filter(([, inner]) => inner !== null);
        expect(Object.keys(again).sort()).toEqual(wanted.map(([key]) => key).sort());
      }),
    );
  });
});
