import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRhythm, nextOccurrence, occurrencesAfter, type Rhythm } from './rhythm.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string) => Date.parse(text);
const rhythm = (cron: string, timeZone = 'UTC', fields: Partial<Rhythm> = {}): Rhythm => ({
  cron,
  timeZone,
  startsAtMs: null,
  endsAtMs: null,
  ...fields,
});

function between(of: Rhythm, fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  for (const ms of occurrencesAfter(of, fromMs - 1)) {
    if (ms >= toMs) break;
    found.push(ms);
  }
  return found;
}

const inUtc = (...args: Parameters<typeof between>) =>
  between(...args).map((ms) => new Date(ms).toISOString().slice(5, 16));

/** The wall clock, as anybody reads it. */
function wall(timeZone: string, atMs: number): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(atMs);
}

describe('a rhythm', () => {
  it('is read in the wall-clock time of its zone, between its limits', () => {
    const weekdays = rhythm('0 9 * * 1-5', 'America/Sao_Paulo');
    expect(inUtc(weekdays, at('2026-03-27T00:00Z'), at('2026-04-01T00:00Z'))).toEqual([
      '03-27T12:00',
      '03-30T12:00',
      '03-31T12:00',
    ]);
    const limited = rhythm('0 * * * *', 'UTC', {
      startsAtMs: at('2026-03-01T10:00Z'),
      endsAtMs: at('2026-03-01T12:00Z'),
    });
    expect(inUtc(limited, at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z'))).toEqual([
      '03-01T10:00',
      '03-01T11:00',
      '03-01T12:00',
    ]);
    expect(nextOccurrence(limited, at('2026-03-01T12:00Z'))).toBeNull();
  });

  it.each([
    // Named times keep their number: the missing one comes after the gap, the doubled one once.
    ['30 2 * * *', '2026-03-29', ['03-29T01:00']],
    ['0,30 2 * * *', '2026-03-29', ['03-29T01:00']],
    ['30 2 * * *', '2026-10-25', ['10-25T00:30']],
    ['30 1-3 * * *', '2026-10-25', ['10-24T23:30', '10-25T00:30', '10-25T02:30']],
    // Steps and stars follow real time.
    ['30 1-4/1 * * *', '2026-03-29', ['03-29T00:30', '03-29T01:30', '03-29T02:30']],
  ])('%s on the %s in Berlin', (cron, day, expected) => {
    const berlin = rhythm(cron, 'Europe/Berlin');
    const found = inUtc(berlin, at(`${day}T00:00Z`) - 2 * HOUR_MS, at(`${day}T21:59Z`));
    expect(found).toEqual(expected);
  });

  it('gives each wall-clock time of a named pattern once, whatever the clocks do', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    );
    const day = fc.integer({ min: 0, max: 3 * 365 });
    fc.assert(
      fc.property(
        zone,
        day,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (timeZone, offset, hour, minute) => {
          const fromMs = at('2026-01-01T00:00Z') + offset * DAY_MS;
          const daily = rhythm(`${minute} ${hour} * * *`, timeZone);
          const found = between(daily, fromMs, fromMs + 10 * DAY_MS);
          const days = found.map((ms) => wall(timeZone, ms).slice(0, 10));
          expect(new Set(days).size).toBe(days.length);
          // Nothing is lost: neighbours are a day apart, but for the hour that a clock is moved.
          found.slice(1).forEach((ms, index) => {
            const apart = ms - (found[index] ?? 0);
            expect(Math.abs(apart - DAY_MS)).toBeLessThanOrEqual(HOUR_MS);
          });
          expect(found.length).toBeGreaterThanOrEqual(9);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('follows real time where a star or step stands: none doubled, none lost', () => {
    const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
    const change = fc.constantFrom('2026-03-28', '2026-10-24', '2026-11-01', '2026-10-03');
    fc.assert(
      fc.property(zone, change, fc.constantFrom(10, 15, 30), (timeZone, day, minutes) => {
        const fromMs = at(`${day}T00:00Z`);
        const found = between(rhythm(`*/${minutes} * * * *`, timeZone), fromMs, fromMs + DAY_MS);
        const wanted = Array.from(
          { length: (24 * 60) / minutes },
          (_, n) => fromMs + n * minutes * 60_000,
        );
        expect(found).toEqual(wanted);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['0 9 * *', 'UTC', 'invalid_cron', '/cron'],
    ['* * * * * *', 'UTC', 'invalid_cron', '/cron'],
    ['60 9 * * *', 'UTC', 'invalid_cron', '/cron'],
    ['2030-01-01T00:00:00', 'UTC', 'invalid_cron', '/cron'],
    ['@reboot', 'UTC', 'invalid_cron', '/cron'],
    ['? * * * *', 'UTC', 'invalid_cron', '/cron'],
    ['0 0 30 2 *', 'UTC', 'invalid_cron', '/cron'],
    ['0 9 * * *', 'Mars/Olympus', 'invalid_time_zone', '/timeZone'],
  ])('refuses %s in %s', (cron, timeZone, code, field) => {
    const check = () => checkRhythm(rhythm(cron, timeZone), 0);
    expect(check).toThrow(expect.objectContaining({ code }));
    expect(check).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field })] }),
    );
  });
});
