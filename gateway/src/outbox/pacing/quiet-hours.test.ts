import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, type QuietHours } from './policy.ts';
import { afterQuietHours, isTimeZone } from './quiet-hours.ts';

const quiet = (from: string, to: string, timeZone = 'UTC'): QuietHours => ({
  from,
  to,
  timeZone,
  applies: 'all',
});
const at = (iso: string) => Date.parse(iso);
const endOf = (hours: QuietHours, iso: string) =>
  new Date(afterQuietHours(hours, at(iso))).toISOString();

describe('quiet hours', () => {
  it.each([
    ['21:00', '08:00', '2026-03-10T20:59:59.999Z', '2026-03-10T20:59:59.999Z'],
    ['21:00', '08:00', '2026-03-10T21:00:00.000Z', '2026-03-11T08:00:00.000Z'],
    ['21:00', '08:00', '2026-03-11T03:12:45.678Z', '2026-03-11T08:00:00.000Z'],
    ['21:00', '08:00', '2026-03-11T08:00:00.000Z', '2026-03-11T08:00:00.000Z'],
    ['12:00', '13:30', '2026-03-11T12:10:00.000Z', '2026-03-11T13:30:00.000Z'],
    ['09:00', '09:00', '2026-03-11T09:00:00.000Z', '2026-03-11T09:00:00.000Z'],
  ])('from %s to %s: %s may go at %s', (from, to, asked, expected) => {
    expect(endOf(quiet(from, to), asked)).toBe(expected);
  });

  it('follow the clock of the time zone', () => {
    const hours = quiet('21:00', '08:00', 'America/Sao_Paulo');
    expect(endOf(hours, '2026-03-11T02:00:00.000Z')).toBe('2026-03-11T11:00:00.000Z');
  });

  it('last an hour longer in the night the clock goes back, and shorter when it goes forward', () => {
    const hours = quiet('22:00', '07:00', 'Europe/Berlin');
    expect(endOf(hours, '2026-10-24T20:30:00.000Z')).toBe('2026-10-25T06:00:00.000Z');
    expect(endOf(hours, '2026-03-28T21:30:00.000Z')).toBe('2026-03-29T05:00:00.000Z');
  });

  it('end at an instant that is not quiet, at most a day and an hour away, and never go back', () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu');
    const instants = fc.integer({ min: at('2026-01-01'), max: at('2027-01-01') });
    fc.assert(
      fc.property(time, time, zones, instants, instants, (from, to, zone, first, second) => {
        const hours = quiet(from, to, zone);
        const [early, late] = [Math.min(first, second), Math.max(first, second)];
        const end = afterQuietHours(hours, early);
        expect(end).toBeGreaterThanOrEqual(early);
        expect(end - early).toBeLessThanOrEqual(DAY_MS + HOUR_MS);
        expect(afterQuietHours(hours, end)).toBe(end);
        expect(afterQuietHours(hours, late)).toBeGreaterThanOrEqual(end);
      }),
      { numRuns: 500 },
    );
  });

  it('know a time zone from a typing error', () => {
    expect(isTimeZone('Asia/Kolkata')).toBe(true);
    expect(isTimeZone('Asia/Nowhere')).toBe(false);
  });
});
