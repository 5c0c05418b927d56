import { describe, expect, it } from 'vitest';
import { Ledger } from './history.ts';
import { DAY_MS, HOUR_MS, presetPolicy, type WarmUp } from './policy.ts';
import { rampedFreeAtMs, rampedLimit, rampStartMs } from './warm-up.ts';

const START = 1_760_000_000_000;
const warmUp: WarmUp = { shares: [0.1, 0.5], idleMs: 10 * DAY_MS, resumeAtDay: 1 };

describe('the warm-up', () => {
  it('lets more through each day and all of it in the end', () => {
    expect([0, 1, 2, 99].map((day) => rampedLimit(warmUp, 20, day))).toEqual([2, 10, 20, 20]);
    expect(rampedLimit(warmUp, 3, 0)).toBe(1);
    expect(rampedLimit(null, 3, 0)).toBe(3);
  });

  it('holds until a send leaves the window or the next day of the ramp allows more', () => {
    const ledger = new Ledger();
    ledger.add(START + HOUR_MS);
    expect(rampedFreeAtMs(ledger, warmUp, 20, START, START + HOUR_MS)).toBe(START + HOUR_MS);
    ledger.add(START + 2 * HOUR_MS);
    expect(rampedFreeAtMs(ledger, warmUp, 20, START, START + 3 * HOUR_MS)).toBe(START + DAY_MS);
    expect(rampedFreeAtMs(ledger, null, 2, START, START + 3 * HOUR_MS)).toBe(
      START + HOUR_MS + DAY_MS,
    );
  });

  it('begins again after long idleness, but never further than it had come', () => {
    const nowMs = START + 100 * DAY_MS;
    expect(rampStartMs(warmUp, START, nowMs - DAY_MS, nowMs)).toBe(START);
    expect(rampStartMs(warmUp, START, nowMs - 20 * DAY_MS, nowMs)).toBe(nowMs - DAY_MS);
    const early = START + HOUR_MS;
    expect(rampStartMs(warmUp, START, early - 20 * DAY_MS, early)).toBe(START);
    expect(rampStartMs(warmUp, START, null, nowMs)).toBe(START);
  });

  it('of the presets never falls', () => {
    for (const name of ['gentle', 'strict'] as const) {
      const { warmUp: ramp, cold } = presetPolicy(name, 'UTC');
      const limits = (ramp?.shares ?? []).map((_, day) => rampedLimit(ramp, cold.perDay ?? 0, day));
      expect(limits).toEqual([...limits].sort((a, b) => a - b));
    }
  });
});
