import { Curve } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { agree, generateKeyPair, keyPairFrom, sign, typed, untyped, verify } from './curve.ts';

describe('curve', () => {
  it('agrees on one secret from both ends, and with Baileys', () => {
    const a = generateKeyPair(seededRandom(1));
    const b = Curve.generateKeyPair();
    const secret = agree(a.privateKey, b.public);
    expect(Buffer.from(secret)).toEqual(Curve.sharedKey(Buffer.from(b.private), a.publicKey));
  });

  it('signs so that exactly the signed message holds', () => {
    const { publicKey, privateKey } = generateKeyPair(seededRandom(2));
    const other = generateKeyPair(seededRandom(3)).publicKey;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (message) => {
        const signature = sign(privateKey, message);
        const changed = Uint8Array.from(message);
        changed[0] = (changed[0] ?? 0) ^ 1;
        expect(verify(publicKey, message, signature)).toBe(true);
        expect(verify(publicKey, changed, signature)).toBe(false);
        expect(verify(other, message, signature)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('verifies what Baileys signs', () => {
    const pair = Curve.generateKeyPair();
    const message = Buffer.from('signed elsewhere');
    const signature = Curve.sign(Buffer.from(pair.private), message);
    expect(verify(pair.public, message, signature)).toBe(true);
  });

  it('answers malformed input with false and never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 70 }),
        (key, signature) => {
          expect(verify(key, Uint8Array.of(1), signature)).toBe(false);
        },
      ),
    );
  });

  it('clamps secrets, and knows keys with and without type byte', () => {
    const { publicKey, privateKey } = keyPairFrom(new Uint8Array(32).fill(0xff));
    expect([privateKey[0], privateKey[31]]).toEqual([0xf8, 0x7f]);
    expect(untyped(typed(publicKey))).toEqual(publicKey);
    expect(() => typed(new Uint8Array(31))).toThrow(RangeError);
    expect(() => keyPairFrom(new Uint8Array(31))).toThrow(RangeError);
  });
});
