import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRange } from './range.ts';

describe('ranges', () => {
  it.each([
    [undefined, null],
    ['bytes=0-', { start: 0, end: 10 }],
    ['bytes=3-', { start: 3, end: 10 }],
    ['bytes=3-5', { start: 3, end: 6 }],
    ['bytes=3-99', { start: 3, end: 10 }],
    ['bytes=-4', { start: 6, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-3', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    ['bytes=-', null],
  ])('%s of 10 bytes', (header, expected) => {
    expect(readRange(header, 10)).toEqual(expected);
  });

  it('never leave the body', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.option(fc.nat(60)), fc.option(fc.nat(60)), (size, from, to) => {
        const range = readRange(`bytes=${from ?? ''}-${to ?? ''}`, size);
        if (range === null || range === 'unsatisfiable') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThan(range.start);
        expect(range.end).toBeLessThanOrEqual(size);
      }),
    );
  });
});
