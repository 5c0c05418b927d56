import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessRisk, type RiskSignals } from './risk.ts';

const quiet: RiskSignals = {
  sends: 200,
  cold: 0,
  sameTextChats: 0,
  begun: 0,
  answered: 0,
  refusals: 0,
  isRestricted: false,
  disconnects: 0,
  quotaUsed: null,
};

const signals: fc.Arbitrary<RiskSignals> = fc
  .record({
    warm: fc.nat(2_000),
    cold: fc.nat(2_000),
    sameTextChats: fc.nat(200),
    begun: fc.nat(500),
    answeredShare: fc.double({ min: 0, max: 1, noNaN: true }),
    refusals: fc.nat(10),
    isRestricted: fc.boolean(),
    disconnects: fc.nat({ max: 60 }),
    quotaUsed: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ warm, answeredShare, ...rest }) => ({
    ...rest,
    sends: warm + rest.cold,
    answered: Math.floor(rest.begun * answeredShare),
  }));

describe('the risk score', () => {
  it('is nothing for a number that only answers', () => {
    expect(assessRisk(quiet)).toEqual({ score: 0, level: 'low', reasons: [] });
  });

  it('is high for a blast of the same words to strangers, and says why', () => {
    const blast = { ...quiet, sends: 100, cold: 100, sameTextChats: 100, begun: 100 };
    const { level, reasons } = assessRisk(blast);
    expect(level).toBe('high');
    expect(reasons.map(({ signal }) => signal)).toEqual(['cold_ratio', 'same_text', 'few_answers']);
    expect(reasons[2]?.text).toContain('0 of 100');
  });

  it('is high while WhatsApp restricts', () => {
    expect(assessRisk({ ...quiet, isRestricted: true }).level).toBe('high');
  });

  it('rises when connections are lost often, but not much', () => {
    expect(assessRisk({ ...quiet, disconnects: 5 }).score).toBe(0);
    const { score, level, reasons } = assessRisk({ ...quiet, disconnects: 60 });
    expect({ score, level }).toEqual({ score: 10, level: 'low' });
    expect(reasons[0]).toMatchObject({
      signal: 'disconnects',
      text: expect.stringContaining('60'),
    });
  });

  it('lies between 0 and 100, is above 0 only with a reason, and tells the heaviest first', () => {
    fc.assert(
      fc.property(signals, (given) => {
        const { score, reasons } = assessRisk(given);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(score > 0).toBe(reasons.length > 0);
        const points = reasons.map((reason) => reason.points);
        expect(points).toEqual([...points].sort((a, b) => b - a));
      }),
    );
  });

  it('never falls when a signal gets worse', () => {
    const worse: readonly ((now: RiskSignals) => RiskSignals)[] = [
      (now) => ({ ...now, cold: now.cold + 10, sends: now.sends + 10 }),
      (now) => ({ ...now, sameTextChats: now.sameTextChats + 1 }),
      (now) => ({ ...now, begun: now.begun + 1 }),
      (now) => ({ ...now, answered: Math.max(0, now.answered - 1) }),
      (now) => ({ ...now, refusals: now.refusals + 1 }),
      (now) => ({ ...now, disconnects: now.disconnects + 1 }),
      (now) => ({ ...now, isRestricted: true }),
      (now) => ({ ...now, quotaUsed: 1 }),
    ];
    fc.assert(
      fc.property(signals, fc.constantFrom(...worse), (now, change) => {
        expect(assessRisk(change(now)).score).toBeGreaterThanOrEqual(assessRisk(now).score);
      }),
    );
  });
});
