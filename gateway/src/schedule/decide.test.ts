import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, GRACE_MS } from './decide.ts';
import { nextOccurrence } from './rhythm.ts';
import type { Schedule } from './store.ts';

const MINUTE_MS = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00Z');

const schedule = (cron: string, fields: Partial<Schedule> = {}): Schedule => ({
  id: 's1',
  sessionKey: 1,
  name: null,
  rhythm: { cron, timeZone: 'UTC', startsAtMs: null, endsAtMs: null },
  maxOccurrences: null,
  enabled: true,
  to: '5511999999999',
  content: { text: 'Hello' },
  nextAtMs: NOON,
  made: 0,
  missed: 0,
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
  idempotency: null,
  ...fields,
});

describe('what a schedule is to do', () => {
  it('rests until the instant, and makes one message then', () => {
    const hourly = schedule('0 * * * *');
    expect(decide(hourly, NOON - 1)).toEqual({ kind: 'rest' });
    const next = NOON + 60 * MINUTE_MS;
    expect(decide(hourly, NOON)).toEqual({
      kind: 'make',
      occurrenceMs: NOON,
      step: { nextAtMs: next, missed: 0 },
      laterMs: next,
      expiresAtMs: next,
    });
    expect(decide({ ...hourly, nextAtMs: null }, NOON)).toEqual({ kind: 'rest' });
  });

  it('after an outage sends the newest missed one alone, and none that is over an hour old', () => {
    const daily = schedule('0 12 * * *');
    const days = 24 * 60 * MINUTE_MS;
    expect(decide(daily, NOON + 2 * days + 59 * MINUTE_MS)).toMatchObject({
      kind: 'make',
      occurrenceMs: NOON + 2 * days,
      step: { nextAtMs: NOON + 3 * days, missed: 2 },
    });
    expect(decide(daily, NOON + 2 * days + 61 * MINUTE_MS)).toEqual({
      kind: 'skip',
      step: { nextAtMs: NOON + 3 * days, missed: 3 },
    });
    const minutely = schedule('* * * * *');
    expect(decide(minutely, NOON + 400 * days)).toMatchObject({ step: { missed: 100 } });
  });

  it('ends with the last message, which waits as long as it must', () => {
    const once = schedule('0 12 * * *', { maxOccurrences: 3, made: 2 });
    expect(decide(once, NOON)).toMatchObject({ kind: 'make', step: { nextAtMs: null } });
    const { rhythm } = once;
    const ending = { ...once, maxOccurrences: null, rhythm: { ...rhythm, endsAtMs: NOON } };
    expect(decide(ending, NOON)).toMatchObject({ step: { nextAtMs: null }, expiresAtMs: null });
  });

  it('never makes an occurrence twice, looks at each once, and goes only forward', () => {
    const cron = fc.constantFrom('* * * * *', '*/7 * * * *', '0 * * * *', '30 9 * * 1-5');
    const looks = fc.array(fc.integer({ min: 0, max: 5 * 60 * MINUTE_MS }), {
      minLength: 1,
      maxLength: 15,
    });
    fc.assert(
      fc.property(cron, looks, (pattern, pauses) => {
        let current = schedule(pattern);
        current = { ...current, nextAtMs: nextOccurrence(current.rhythm, NOON - 1) };
        let nowMs = NOON;
        let seen = 0;
        const made = new Set<number>();
        for (const pause of pauses) {
          nowMs += pause;
          const decision = decide(current, nowMs);
          if (decision.kind === 'rest') continue;
          if (decision.kind === 'make') {
            const { occurrenceMs } = decision;
            expect(made.has(occurrenceMs)).toBe(false);
            expect(occurrenceMs).toBeLessThanOrEqual(nowMs);
            expect(occurrenceMs).toBeGreaterThanOrEqual(nowMs - GRACE_MS);
            made.add(occurrenceMs);
            seen++;
          }
          seen += decision.step.missed;
          expect(decision.step.nextAtMs).toBeGreaterThan(nowMs);
          current = { ...current, nextAtMs: decision.step.nextAtMs };
        }
        let all = 0;
        let next = nextOccurrence(current.rhythm, NOON - 1);
        while (next !== null && next <= nowMs) {
          all++;
          next = nextOccurrence(current.rhythm, next);
        }
        // Of one outage 100 are counted; within that, what was made and missed is all there was.
        if (!pauses.some((pause) => pause > 99 * MINUTE_MS)) expect(seen).toBe(all);
      }),
      { numRuns: 40 },
    );
  });
});
