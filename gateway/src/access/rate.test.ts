import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateLimiter, type RateState, takeOne } from './rate.ts';

const rule = fc.record({
  limit: fc.integer({ min: 1, max: 50 }),
  periodMs: fc.integer({ min: 1, max: 60_000 }),
});

describe('takeOne', () => {
  it('allows the whole limit at once, and then says exactly when to come back', () => {
    fc.assert(
      fc.property(rule, fc.nat(2_000_000_000), (rule, startMs) => {
        let state: RateState | undefined;
        for (let i = 0; i < rule.limit; i++) {
          const taken = takeOne(rule, state, startMs);
          expect(taken.decision).toMatchObject({ allowed: true, remaining: rule.limit - i - 1 });
          state = taken.state;
        }
        const refused = takeOne(rule, state, startMs).decision;
        expect(refused).toMatchObject({ allowed: false, remaining: 0 });
        expect(refused.retryAfterMs).toBeGreaterThan(0);
        const later = takeOne(rule, state, startMs + refused.retryAfterMs).decision;
        expect(later.allowed).toBe(true);
      }),
    );
  });

  it('allows at most twice the limit in any period, however it is asked', () => {
    const gaps = fc.array(fc.nat(500), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(rule, gaps, (rule, gaps) => {
        let nowMs = 1_000;
        let state: RateState | undefined;
        const allowedAt: number[] = [];
        for (const gap of gaps) {
          nowMs += gap;
          const taken = takeOne(rule, state, nowMs);
          state = taken.state;
          if (taken.decision.allowed) allowedAt.push(nowMs);
        }
        for (const startMs of allowedAt) {
          const inPeriod = allowedAt.filter((at) => at >= startMs && at < startMs + rule.periodMs);
          expect(inPeriod.length).toBeLessThanOrEqual(2 * rule.limit);
        }
      }),
    );
  });

  it('does not make a refused try wait longer', () => {
    const rule = { limit: 1, periodMs: 1_000 };
    const { state } = takeOne(rule, undefined, 0);
    const refused = takeOne(rule, state, 500);
    expect(refused.decision).toMatchObject({ allowed: false, retryAfterMs: 500 });
    expect(takeOne(rule, refused.state, 1_000).decision.allowed).toBe(true);
  });
});

describe('createRateLimiter', () => {
  it('keeps callers apart and remembers a bounded number of them', () => {
    const limiter = createRateLimiter({ limit: 1, periodMs: 1_000 }, 2);
    expect(limiter.take('a', 0).allowed).toBe(true);
    expect(limiter.take('b', 0).allowed).toBe(true);
    expect(limiter.take('a', 0).allowed).toBe(false);
    expect(limiter.take('c', 0).allowed).toBe(true);
    expect(limiter.size).toBe(2);
    expect(limiter.peek('a', 0).allowed).toBe(false);
    expect(limiter.peek('b', 0).allowed).toBe(true);
  });
});
