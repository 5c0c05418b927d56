import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SendHistory } from './history.ts';
import { releaseOf, type Waiting } from './pace.ts';
import { type Budget, DAY_MS, HOUR_MS, MINUTE_MS, type PacingPolicy } from './policy.ts';
import type { Happening } from './simulate.ts';
import { run, START, situation, waiting } from './testing/situations.ts';

// --- Arbitrary policies, small enough that their limits are felt within a short simulation ---

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { freq: 4 });
const budget: fc.Arbitrary<Budget> = fc.record({
  gapMs: fc
    .tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 20_000 }))
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  perMinute: limit(6),
  perHour: limit(40),
  perDay: limit(200),
});
const policies: fc.Arbitrary<PacingPolicy> = fc.record({
  preset: fc.constant('custom' as const),
  all: budget,
  warm: budget,
  cold: budget,
  burst: fc.option(
    fc.record({
      messages: fc.integer({ min: 1, max: 5 }),
      withinMs: fc.integer({ min: MINUTE_MS, max: 6 * HOUR_MS }),
    }),
  ),
  warmForMs: fc.integer({ min: HOUR_MS, max: 3 * DAY_MS }),
  typing: fc.option(
    fc.record({
      msPerCharacter: fc.integer({ min: 0, max: 100 }),
      minMs: fc.integer({ min: 0, max: 1000 }),
      maxMs: fc.integer({ min: 1000, max: 10_000 }),
    }),
  ),
  warmUp: fc.option(
    fc.record({
      shares: fc
        .array(fc.double({ min: 0.05, max: 1, noNaN: true }), { maxLength: 5 })
        .map((shares) => shares.sort((a, b) => a - b)),
      idleMs: fc.integer({ min: 12 * HOUR_MS, max: 3 * DAY_MS }),
      resumeAtDay: fc.integer({ min: 0, max: 3 }),
    }),
  ),
  quietHours: fc.option(
    fc.record({
      from: fc.constantFrom('21:00', '00:30', '12:00'),
      to: fc.constantFrom('08:00', '06:15', '13:00'),
      timeZone: fc.constantFrom('UTC', 'America/Sao_Paulo', 'Asia/Kolkata'),
      applies: fc.constantFrom('all' as const, 'unsolicited' as const),
    }),
  ),
  sameText: fc.option(
    fc.record({
      chats: fc.integer({ min: 1, max: 5 }),
      withinMs: fc.integer({ min: MINUTE_MS, max: 6 * HOUR_MS }),
    }),
  ),
  recovery: fc.option(
    fc.record({
      delayMs: fc.constant({ min: 1000, max: 3000 }),
      slowdown: fc.integer({ min: 1, max: 4 }),
      lastsMs: fc.integer({ min: 0, max: 5 * MINUTE_MS }),
    }),
  ),
});

const traffic: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.record({
      afterMs: fc.oneof(
        { weight: 5, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 * HOUR_MS }) },
      ),
      chat: fc.integer({ min: 0, max: 12 }),
      kind: fc.constantFrom('direct', 'direct', 'bulk', 'heard', 'opened'),
      text: fc.integer({ min: 0, max: 3 }),
      characters: fc.integer({ min: 0, max: 300 }),
    }),
    { maxLength: 150 },
  )
  .map((steps) => {
    let atMs = START;
    return steps.map(({ afterMs, chat, kind, text, characters }, index): Happening => {
      atMs += afterMs;
      const chatId = `${1000 + chat}@s.whatsapp.net`;
      if (kind === 'heard') return { type: 'heard', atMs, chatId };
      if (kind === 'opened') return { type: 'opened', atMs };
      return {
        type: 'accepted',
        atMs,
        messageId: String(index),
        chatId,
        priority: kind === 'bulk' ? 'bulk' : 'direct',
        textKey: text === 0 ? null : `text ${text}`,
        effort: { kind: 'typed', characters },
      };
    });
  });

const accepted = (happenings: readonly Happening[]) =>
  happenings.filter((happening) => happening.type === 'accepted');

/** The largest number of instants in any window, counted naively. */
function fullest(instants: readonly number[], windowMs: number): number {
  let most = 0;
  for (let from = 0, to = 0; to < instants.length; to++) {
    while ((instants[to] ?? 0) - (instants[from] ?? 0) >= windowMs) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

const runs = { numRuns: 300 };
const anyRun = fc.tuple(policies, traffic, fc.integer());

describe('pacing over virtual time', () => {
  it('never exceeds a window', () => {
    fc.assert(
      fc.property(anyRun, ([policy, happenings, seed]) => {
        const sends = run(policy, happenings, seed);
        for (const name of ['all', 'warm', 'cold'] as const) {
          const instants = sends
            .filter((send) => name === 'all' || send.budget === name)
            .map(({ atMs }) => atMs);
          const { perMinute, perHour, perDay } = policy[name];
          expect(fullest(instants, MINUTE_MS)).toBeLessThanOrEqual(perMinute ?? Infinity);
          expect(fullest(instants, HOUR_MS)).toBeLessThanOrEqual(perHour ?? Infinity);
          expect(fullest(instants, DAY_MS)).toBeLessThanOrEqual(perDay ?? Infinity);
        }
      }),
      runs,
    );
  });

  it('keeps the pause between sends, but for a burst of first messages', () => {
    fc.assert(
      fc.property(anyRun, ([policy, happenings, seed]) => {
        const sends = run(policy, happenings, seed);
        const coldOnes = sends.filter(({ budget: name }) => name === 'cold');
        for (const [line, { gapMs }, burst] of [
          [sends, policy.all, null],
          [coldOnes, policy.cold, policy.burst],
        ] as const) {
          line.slice(1).forEach((send, index) => {
            const before = burst ? line[index + 1 - burst.messages]?.atMs : send.atMs;
            const inBurst = burst && send.atMs - (before ?? -Infinity) >= burst.withinMs;
            if (inBurst) return;
            expect(send.atMs - (line[index]?.atMs ?? 0)).toBeGreaterThanOrEqual(gapMs.min);
          });
        }
      }),
      runs,
    );
  });

  it('sends everything, each once, and keeps the order of every chat', () => {
    fc.assert(
      fc.property(anyRun, ([policy, happenings, seed]) => {
        const sends = run(policy, happenings, seed);
        const byChat = (list: readonly { chatId: string; messageId: string }[]) =>
          [...new Set(list.map(({ chatId }) => chatId))]
            .sort()
            .map((chatId) => list.filter((one) => one.chatId === chatId))
            .map((chat) => chat.map(({ messageId }) => messageId));
        expect(byChat(sends)).toEqual(byChat(accepted(happenings)));
      }),
      runs,
    );
  });

  it('sends nothing in quiet hours that cover everything', () => {
    fc.assert(
      fc.property(anyRun, ([policy, happenings, seed]) => {
        const quietHours = {
          from: '22:00',
          to: '07:00',
          timeZone: 'Asia/Kolkata',
          applies: 'all',
        } as const;
        for (const { atMs } of run({ ...policy, quietHours }, happenings, seed)) {
          const minute = (Math.floor(atMs / MINUTE_MS) + 330) % (24 * 60);
          expect(minute >= 7 * 60 && minute < 22 * 60).toBe(true);
        }
      }),
      runs,
    );
  });

  it('decides the same after a restart, with the history read back', () => {
    fc.assert(
      fc.property(
        policies,
        traffic,
        fc.double({ min: 0, max: 0.99 }),
        (policy, happenings, chance) => {
          const sends = run(policy, happenings, 1);
          const history = new SendHistory();
          const reread = new SendHistory();
          const past = sends.map((send) => ({ ...send, textKey: null }));
          for (const send of past) history.add(send);
          for (const send of structuredClone(past)) reread.add(send);
          const nowMs = (sends.at(-1)?.atMs ?? START) + 1;
          const job = waiting({ dueAtMs: nowMs });
          expect(releaseOf(policy, job, situation({ nowMs, chance, history: reread }))).toEqual(
            releaseOf(policy, job, situation({ nowMs, chance, history })),
          );
        },
      ),
      runs,
    );
  });

  it('never releases a message earlier under a stricter policy', () => {
    fc.assert(
      fc.property(
        anyRun,
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.integer({ min: 0, max: 2 * DAY_MS }),
        fc.constantFrom<Partial<Waiting>>(
          {},
          { heardAtMs: START },
          { priority: 'bulk', textKey: 'text 1' },
          { effort: { kind: 'typed', characters: 80 } },
        ),
        ([policy, happenings, seed], chance, laterMs, over) => {
          const history = new SendHistory();
          for (const send of run(policy, happenings, seed)) {
            if (send.atMs > START + laterMs) break;
            history.add({ ...send, textKey: `text ${send.messageId.length}` });
          }
          const nowMs = Math.max(START + laterMs, history.all.lastMs ?? 0);
          const now = situation({ nowMs, chance, history });
          const job = waiting({ dueAtMs: nowMs, ...over });
          expect(releaseOf(stricter(policy), job, now).atMs).toBeGreaterThanOrEqual(
            releaseOf(policy, job, now).atMs,
          );
        },
      ),
      runs,
    );
  });
});

/** Every part of a policy made tighter. */
function stricter(policy: PacingPolicy): PacingPolicy {
  const less = (most: number | null) => (most === null ? 5 : Math.max(1, Math.floor(most / 2)));
  const tighter = (one: Budget): Budget => ({
    gapMs: { min: one.gapMs.min + 1, max: one.gapMs.max * 2 + 1 },
    perMinute: less(one.perMinute),
    perHour: less(one.perHour),
    perDay: less(one.perDay),
  });
  return {
    ...policy,
    all: tighter(policy.all),
    warm: tighter(policy.warm),
    cold: tighter(policy.cold),
    burst: policy.burst && policy.burst.messages > 1 ? { ...policy.burst, messages: 1 } : null,
    typing: policy.typing && { ...policy.typing, msPerCharacter: 200, maxMs: 20_000 },
    warmUp: policy.warmUp && {
      ...policy.warmUp,
      shares: policy.warmUp.shares.map((share) => share / 2),
    },
    sameText: policy.sameText && {
      ...policy.sameText,
      chats: 1,
      withinMs: policy.sameText.withinMs * 2,
    },
    recovery: policy.recovery && {
      ...policy.recovery,
      slowdown: policy.recovery.slowdown + 1,
      lastsMs: policy.recovery.lastsMs * 2,
    },
  };
}
