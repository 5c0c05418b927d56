import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './policy.ts';
import {
  afterRefusal,
  afterSignal,
  afterSuccess,
  afterTime,
  endOf,
  NO_RESTRICTIONS,
  type Restrictions,
} from './restrictions.ts';

const NOW = 1_760_000_000_000;

describe('restrictions', () => {
  it('hold cold sends ever longer while new chats are refused, two days at most', () => {
    let restrictions = NO_RESTRICTIONS;
    const holds: number[] = [];
    for (let refusal = 0; refusal < 6; refusal++) {
      restrictions = afterRefusal(restrictions, 463, NOW);
      holds.push(((restrictions.cold?.untilMs ?? 0) - NOW) / HOUR_MS);
    }
    expect(holds).toEqual([6, 12, 24, 48, 48, 48]);
    expect(restrictions.all).toBeNull();
  });

  it('end when WhatsApp says so', () => {
    const untilMs = NOW + 3 * HOUR_MS;
    const locked = afterSignal(NO_RESTRICTIONS, { type: 'reach_out', active: true, untilMs }, NOW);
    expect(locked.cold).toEqual({ untilMs, cause: 'reach_out_timelock' });
    expect(afterRefusal(locked, 463, NOW).cold?.untilMs).toBe(untilMs);
    const freed = afterSignal(locked, { type: 'reach_out', active: false, untilMs: null }, NOW);
    expect(freed.cold).toBeNull();
  });

  it('hold everything when WhatsApp asks for fewer messages, until one goes through', () => {
    const once = afterRefusal(NO_RESTRICTIONS, 429, NOW);
    expect(once.all).toEqual({ untilMs: NOW + MINUTE_MS });
    const twice = afterRefusal(once, 429, NOW);
    expect(twice.all).toEqual({ untilMs: NOW + 2 * MINUTE_MS });
    expect(afterSuccess(twice, false).refusals.rate).toBe(0);
  });

  it('run out, each at its end and not before, and change nothing else', () => {
    const hold = fc.option(fc.record({ untilMs: fc.nat(100) }));
    fc.assert(
      fc.property(hold, hold, fc.nat(120), (all, cold, nowMs) => {
        const cause = 'refused_new_chat' as const;
        const before: Restrictions = {
          ...NO_RESTRICTIONS,
          all,
          cold: cold && { ...cold, cause },
          refusals: { newChat: 1, rate: 2 },
        };
        const after = afterTime(before, nowMs);
        const stays = (one: { readonly untilMs: number } | null) =>
          one !== null && one.untilMs > nowMs;
        expect(after).toEqual({
          ...before,
          all: stays(all) ? before.all : null,
          cold: stays(cold) ? before.cold : null,
        });
        expect(afterTime(after, nowMs)).toBe(after);
        expect(endOf(after) ?? Infinity).toBeGreaterThan(nowMs);
      }),
    );
  });

  it('do not come from refusals that are about one message', () => {
    expect(afterRefusal(NO_RESTRICTIONS, 479, NOW)).toBe(NO_RESTRICTIONS);
  });

  it('count the new chats that are left', () => {
    const signal = { type: 'new_chats', total: 10, used: 8, capped: false } as const;
    const quota = afterSignal(NO_RESTRICTIONS, { ...signal, resetsAtMs: null }, NOW);
    expect(quota.newChats).toEqual({ left: 2, total: 10, resetsAtMs: NOW + DAY_MS });
    expect(afterSuccess(quota, false).newChats?.left).toBe(2);
    const used = [1, 2, 3].reduce((state) => afterSuccess(state, true), quota);
    expect(used.newChats?.left).toBe(0);
    const capped = afterSignal(quota, { ...signal, capped: true, resetsAtMs: NOW + 5 }, NOW);
    expect(capped.newChats).toMatchObject({ left: 0, resetsAtMs: NOW + 5 });
  });
});
