import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, afterGone, afterSuccess, gateOf, healthy } from './breaker.ts';
import type { EndpointHealth } from './store.ts';

const S = 1_000;
const M = 60 * S;
const DAY = 24 * 60 * M;
const HALF = { chance: 0.5, throttleMs: null, canDisable: true };

/** Fails at each instant, one after the other. */
function failAt(instants: readonly number[], how = HALF, start = healthy('one')): EndpointHealth {
  return instants.reduce((health, nowMs) => afterFailure(health, nowMs, how).health, start);
}

describe('the breaker', () => {
  it('stays closed for a few failures and opens at the fifth in a row', () => {
    expect(gateOf(healthy('one'), 0)).toEqual({ kind: 'open' });
    expect(gateOf(failAt([0, 1, 2, 3]), 4)).toEqual({ kind: 'open' });
    const open = failAt([0, 1, 2, 3, 4]);
    expect(gateOf(open, 5)).toEqual({ kind: 'wait', untilMs: 4 + 5 * S });
    expect(gateOf(open, 4 + 5 * S)).toEqual({ kind: 'probe' });
  });

  it('pauses twice as long after each failed probe, five minutes at most', () => {
    let health = failAt([0, 0, 0, 0, 0]);
    const pauses: number[] = [];
    for (let probe = 0; probe < 8; probe++) {
      const nowMs = health.openUntilMs ?? 0;
      health = afterFailure(health, nowMs, HALF).health;
      pauses.push((health.openUntilMs ?? 0) - nowMs);
    }
    expect(pauses).toEqual([10 * S, 20 * S, 40 * S, 80 * S, 160 * S, 5 * M, 5 * M, 5 * M]);
  });

  it('is not opened further by attempts that were under way when it opened', () => {
    const open = failAt([0, 0, 0, 0, 0]);
    const after = failAt([1, 2, 3], HALF, open);
    expect(after).toMatchObject({ openUntilMs: open.openUntilMs, openings: 1, failures: 8 });
  });

  it('closes at one success, and then what waits is hastened', () => {
    const few = afterSuccess(failAt([0, 1]));
    expect(few).toEqual({ health: healthy('one'), news: null, hasten: false });
    const many = afterSuccess(failAt([0, 1, 2, 3, 4]));
    expect(many).toEqual({ health: healthy('one'), news: null, hasten: true });
  });

  it('gives a receiver the patience it asks for, within bounds', () => {
    const patient = afterFailure(healthy('one'), 0, { ...HALF, throttleMs: 20 * S });
    expect(gateOf(patient.health, 1)).toEqual({ kind: 'wait', untilMs: 20 * S });
    const greedy = afterFailure(healthy('one'), 0, { ...HALF, throttleMs: DAY });
    expect(gateOf(greedy.health, 1)).toEqual({ kind: 'wait', untilMs: 5 * M });
  });

  it('tells people once when it fails for ten minutes, and when it recovers', () => {
    const early = afterFailure(healthy('one'), 0, HALF);
    const late = afterFailure(early.health, 10 * M, HALF);
    const later = afterFailure(late.health, 11 * M, HALF);
    expect([early.news, late.news, later.news]).toEqual([null, 'failing', null]);
    expect(afterSuccess(later.health).news).toBe('recovered');
  });

  it('switches an endpoint off after five days, or when it is gone', () => {
    const failing = failAt([0, DAY, 2 * DAY]);
    const off = afterFailure(failing, 5 * DAY, HALF);
    expect(off).toMatchObject({
      news: 'disabled',
      health: { disabled: { reason: 'failing', atMs: 5 * DAY } },
    });
    expect(gateOf(off.health, 6 * DAY)).toEqual({ kind: 'disabled' });
    expect(afterFailure(failing, 5 * DAY, { ...HALF, canDisable: false }).news).not.toBe(
      'disabled',
    );
    const gone = afterGone(healthy('one'), 3);
    expect(gone).toMatchObject({
      news: 'disabled',
      health: { disabled: { reason: 'gone', atMs: 3 } },
    });
    expect(afterGone(gone.health, 4).news).toBeNull();
  });

  it('always lets an attempt through within six minutes, and never counts backwards', () => {
    const step = fc.record({
      success: fc.boolean(),
      afterMs: fc.nat({ max: 10 * M }),
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      throttleMs: fc.option(fc.nat({ max: DAY })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        let health = healthy('one');
        let nowMs = 0;
        for (const { success, afterMs, chance, throttleMs } of steps) {
          nowMs += afterMs;
          const before = health;
          health = success
            ? afterSuccess(health).health
            : afterFailure(health, nowMs, { chance, throttleMs, canDisable: false }).health;
          const gate = gateOf(health, nowMs);
          const waitMs = gate.kind === 'wait' ? gate.untilMs - nowMs : 0;
          expect(waitMs).toBeLessThanOrEqual(6 * M);
          expect(gate.kind).not.toBe('disabled');
          expect(health.failures).toBe(success ? 0 : before.failures + 1);
        }
      }),
    );
  });
});
