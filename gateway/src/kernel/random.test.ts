import { expect, it } from 'vitest';
import { systemRandom } from './random.ts';

it('gives as many bytes as asked for, and none twice', () => {
  const lengths = [0, 1, 16, 4_095, 4_096, 5_000, 100];
  for (const length of lengths) expect(systemRandom.bytes(length)).toHaveLength(length);
  const drawn = Array.from({ length: 2_000 }, () => Buffer.from(systemRandom.bytes(16)));
  expect(new Set(drawn.map((bytes) => bytes.toString('hex'))).size).toBe(drawn.length);
  expect(drawn.every((bytes) => bytes.some((byte) => byte !== 0))).toBe(true);
});

it('keeps what it gave out, whatever is drawn later', () => {
  const first = systemRandom.bytes(32);
  const copy = Uint8Array.from(first);
  for (let draw = 0; draw < 500; draw++) systemRandom.bytes(32);
  expect(Uint8Array.from(first)).toEqual(copy);
});

it('gives numbers from 0 to below 1', () => {
  const numbers = Array.from({ length: 5_000 }, () => systemRandom.next());
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.some((number) => number < 0.1) && numbers.some((number) => number > 0.9)).toBe(
    true,
  );
});
