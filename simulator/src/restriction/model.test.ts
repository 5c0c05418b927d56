import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Attempt,
  type Conduct,
  GOOD_CONDUCT,
  judge,
  type RestrictionParameters,
} from './model.ts';

const parameters: RestrictionParameters = {
  windowMs: 1000,
  warnAt: 3,
  restrictAt: 5,
  restrictionMs: 10_000,
  triesBeforeBan: 4,
  restrictionsBeforeBan: 2,
};

function play(attempts: readonly Attempt[], from: Conduct = GOOD_CONDUCT) {
  let conduct = from;
  return attempts.map((attempt) => {
    const judgement = judge(conduct, attempt, parameters);
    conduct = judgement.conduct;
    return judgement;
  });
}

const strangers = (count: number, startMs = 0, stepMs = 1): Attempt[] =>
  Array.from({ length: count }, (_, index) => ({
    to: `stranger ${startMs} ${index}`,
    isStranger: true,
    nowMs: startMs + index * stepMs,
  }));

describe('the restriction model', () => {
  it('warns, then restricts for a time, then lets strangers be written to again', () => {
    const judged = play(strangers(5));
    expect(judged.map(({ conduct }) => conduct.standing.kind)).toEqual([
      'good',
      'good',
      'warned',
      'warned',
      'restricted',
    ]);
    expect(judged.at(-1)?.verdict).toBe('restricted');
    expect(judged.at(-1)?.conduct.standing).toMatchObject({ untilMs: 4 + 10_000 });
    const [after] = play(strangers(1, 20_000), judged.at(-1)?.conduct);
    expect(after).toMatchObject({ verdict: 'accepted', conduct: { standing: { kind: 'good' } } });
  });

  it('bans whoever keeps trying while restricted', () => {
    const verdicts = play(strangers(9)).map(({ verdict }) => verdict);
    expect(verdicts.slice(-5)).toEqual([
      'restricted',
      'restricted',
      'restricted',
      'restricted',
      'banned',
    ]);
  });

  it('bans at the second restriction', () => {
    const attempts = [...strangers(5), ...strangers(5, 50_000)];
    expect(play(attempts).at(-1)?.verdict).toBe('banned');
  });

  const attempts = fc
    .array(
      fc.record({
        to: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
        isStranger: fc.boolean(),
        afterMs: fc.integer({ min: 0, max: 4000 }),
      }),
      { maxLength: 80 },
    )
    .map((steps) => {
      let nowMs = 0;
      return steps.map(({ afterMs, ...attempt }) => ({ ...attempt, nowMs: (nowMs += afterMs) }));
    });

  it('never refuses messages to acquaintances unless the account is banned', () => {
    fc.assert(
      fc.property(attempts, (given) => {
        const refused = play(given).filter(
          ({ verdict }, index) => verdict === 'restricted' && !given[index]?.isStranger,
        );
        expect(refused).toEqual([]);
      }),
    );
  });

  it('stays banned, and remembers no more than it needs', () => {
    fc.assert(
      fc.property(attempts, (given) => {
        let banned = false;
        for (const { conduct, verdict } of play(given)) {
          if (banned) expect(verdict).toBe('banned');
          banned ||= conduct.standing.kind === 'banned';
          expect(conduct.strangers.length).toBeLessThan(parameters.restrictAt);
        }
      }),
    );
  });
});
