import { decodeBinaryNode, encodeBinaryNode } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStanza } from './decoder.ts';
import { encodeStanza } from './encoder.ts';
import type { Stanza } from './stanza.ts';

const text = fc.oneof(
  fc.constantFrom(
    'message',
    'from',
    'receipt',
    'w:gp2',
    'critical_unblock_low',
    's.whatsapp.net',
    '@s.whatsapp.net',
    '15550001@s.whatsapp.net',
    '15550001:12@s.whatsapp.net',
    '123456789:98@lid',
    '120363000000000000@g.us',
    'status@broadcast',
  ),
  fc.stringMatching(/^[0-9.-]{1,130}$/),
  fc.stringMatching(/^[0-9A-F]{1,130}$/),
  fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }).filter(
    // The library looks tokens up in a plain object, where these are found, too.
    (one) => !one.includes('@') && !(one in Object.prototype),
  ),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.integer({ min: 250, max: 70_000 }).map((size) => new Uint8Array(size)),
);
const node = fc.letrec<{ node: Stanza }>((tie) => ({
  node: fc
    .record({
      tag: text,
      attrs: fc.dictionary(text, text, { maxKeys: 6 }),
      content: fc.option(
        fc.oneof({ maxDepth: 3 }, bytes, fc.array(tie('node'), { maxLength: 4 })),
        { nil: undefined },
      ),
    })
    .map(({ content, ...rest }) => (content === undefined ? rest : { ...rest, content })),
})).node;

/** Empty lists and empty bytes look alike once they are read; buffers compare as plain bytes. */
function plain(value: Stanza): unknown {
  const { tag, attrs, content } = value;
  if (content instanceof Uint8Array) return { tag, attrs, content: [...content] };
  if (Array.isArray(content)) return { tag, attrs, content: (content as Stanza[]).map(plain) };
  return { tag, attrs, content };
}

describe('the binary encoding of stanzas', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(node, (given) => {
        expect(plain(decodeStanza(encodeStanza(given)))).toEqual(plain(given));
      }),
    );
  });

  it('is what the client library writes and reads', async () => {
    await fc.assert(
      fc.asyncProperty(node, async (given) => {
        const written = encodeStanza(given);
        expect(Buffer.from(written).equals(encodeBinaryNode(given as never))).toBe(true);
        const read = (await decodeBinaryNode(Buffer.from(written))) as Stanza;
        expect(plain(read)).toEqual(plain(decodeStanza(written)));
      }),
    );
  });

  it('is refused when it is cut off or no encoding at all, never read past its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeStanza(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
    const whole = encodeStanza({ tag: 'iq', attrs: { id: '1' }, content: new Uint8Array(50) });
    expect(() => decodeStanza(whole.subarray(0, 30))).toThrow('ends within');
  });
});
