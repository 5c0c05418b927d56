import { timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { systemRandom } from '../kernel/random.ts';
import { hashKey, looksLikeKey, makeKey, prefixOf, recognise, sameHash } from './key.ts';
import type { KeyRecord } from './store.ts';

// Only to see what is compared: the comparison itself stays the real one.
vi.mock(import('node:crypto'), async (original) => {
  const crypto = await original();
  return { ...crypto, timingSafeEqual: vi.fn<typeof timingSafeEqual>(crypto.timingSafeEqual) };
});
const comparisons = vi.mocked(timingSafeEqual);

const record = (change: Partial<KeyRecord>): KeyRecord => ({
  id: 'k1',
  workspaceId: 'default',
  name: 'n8n',
  secret: { prefix: 'AAAAAAAA', hash: hashKey('one') },
  previous: null,
  scopes: ['*'],
  bindings: { sessions: null, chats: null, networks: null },
  createdAtMs: 0,
  expiresAtMs: null,
  lastUsedAtMs: null,
  ...change,
});

describe('makeKey', () => {
  it('makes keys of one form that never repeat', () => {
    const texts = Array.from({ length: 500 }, () => makeKey(systemRandom).text);
    expect(new Set(texts).size).toBe(500);
    for (const text of texts) {
      expect(text).toMatch(/^wsk_live_[0-9A-Za-z]{43}$/);
      expect(looksLikeKey(text)).toBe(true);
    }
  });

  it('keeps all 256 bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const { text } = makeKey({ next: () => 0, bytes: () => bytes });
        let value = 0n;
        for (const digit of text.slice('wsk_live_'.length)) {
          const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
          value = value * 62n + BigInt(alphabet.indexOf(digit));
        }
        expect(value).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
      }),
    );
  });

  it('keeps only the prefix and a hash', () => {
    const { text, secret } = makeKey(systemRandom);
    expect(secret).toEqual({ prefix: prefixOf(text), hash: hashKey(text) });
    expect(secret.prefix).toHaveLength(8);
    expect(secret.hash).toHaveLength(32);
  });
});

describe('sameHash', () => {
  it('is equality', () => {
    const bytes = fc.uint8Array({ maxLength: 33 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(sameHash(one, other)).toBe(Buffer.from(one).equals(other));
        expect(sameHash(one, Uint8Array.from(one))).toBe(true);
      }),
    );
  });
});

describe('recognise', () => {
  const hash = hashKey('one');

  it('finds the key among others with the same prefix', () => {
    const other = record({ id: 'k2', secret: { prefix: 'AAAAAAAA', hash: hashKey('two') } });
    expect(recognise([other, record({})], hash, 1)).toMatchObject({
      kind: 'valid',
      key: { id: 'k1' },
    });
    expect(recognise([other], hash, 1)).toEqual({ kind: 'unknown' });
    expect(recognise([], hash, 1)).toEqual({ kind: 'unknown' });
  });

  it('ends a key at its very instant', () => {
    const key = record({ expiresAtMs: 100 });
    expect(recognise([key], hash, 99).kind).toBe('valid');
    expect(recognise([key], hash, 100).kind).toBe('expired');
  });

  it('takes the former secret until its grace ends, and the new one all the time', () => {
    const rotated = record({
      secret: { prefix: 'BBBBBBBB', hash: hashKey('two') },
      previous: { prefix: 'AAAAAAAA', hash, untilMs: 100 },
    });
    expect(recognise([rotated], hash, 99).kind).toBe('valid');
    expect(recognise([rotated], hash, 100).kind).toBe('expired');
    expect(recognise([rotated], hashKey('two'), 1_000).kind).toBe('valid');
  });

  it('compares whole hashes in constant time, of every candidate, wherever the key is found', () => {
    const texts = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(texts, fc.nat(), fc.boolean(), (texts, at, known) => {
        const candidates = texts.map((text) =>
          record({ secret: { prefix: 'AAAAAAAA', hash: hashKey(text) } }),
        );
        const asked = known ? (texts[at % texts.length] ?? '') : `${texts.join('')}!`;
        comparisons.mockClear();
        expect(recognise(candidates, hashKey(asked), 1).kind).toBe(known ? 'valid' : 'unknown');
        expect(comparisons).toHaveBeenCalledTimes(candidates.length);
        for (const pair of comparisons.mock.calls) {
          expect(pair.map(({ byteLength }) => byteLength)).toEqual([32, 32]);
        }
      }),
    );
  });
});
