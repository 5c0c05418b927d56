import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter, RETRY_DELAYS_MS, retryDelayMs } from './schedule.ts';

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const HALF = 0.5;

describe('the retry schedule', () => {
  it('is the promised one, and ends', () => {
    const promised = [1 * S, 5 * S, 30 * S, 2 * M, 10 * M, 30 * M];
    promised.push(2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H);
    const delays = promised.map((_, i) => retryDelayMs(RETRY_DELAYS_MS, i + 1, HALF));
    expect(delays).toEqual(promised);
    expect(retryDelayMs(RETRY_DELAYS_MS, promised.length + 1, HALF)).toBeNull();
    expect(retryDelayMs([], 1, HALF)).toBeNull();
  });

  it('is jittered by a tenth', () => {
    fc.assert(
      fc.property(fc.nat({ max: 11 }), fc.double({ min: 0, max: 1, noNaN: true }), (i, chance) => {
        const delayMs = RETRY_DELAYS_MS[i] ?? 0;
        const jittered = retryDelayMs(RETRY_DELAYS_MS, i + 1, chance) ?? 0;
        expect(Math.abs(jittered - delayMs)).toBeLessThanOrEqual(delayMs / 10);
      }),
    );
  });

  it.each([
    ['lengthens a wait', 1, 10 * S, 10 * S],
    ['is bounded', 1, 7 * H, H],
    ['never shortens a wait', 5, 1 * S, 10 * M],
    ['does not shorten a long wait by its bound', 8, 7 * H, 5 * H],
  ])('a Retry-After %s', (_what, failed, retryAfterMs, expected) => {
    expect(retryDelayMs(RETRY_DELAYS_MS, failed, HALF, retryAfterMs)).toBe(expected);
  });

  it.each([
    [null, null],
    ['', null],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['0', 0],
    ['120', 120 * S],
    [' 7 ', 7 * S],
    ['Wed, 21 Oct 2015 07:28:10 GMT', 10 * S],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ])('reads Retry-After %j', (header, expected) => {
    expect(parseRetryAfter(header, Date.parse('2015-10-21T07:28:00Z'))).toBe(expected);
  });
});
