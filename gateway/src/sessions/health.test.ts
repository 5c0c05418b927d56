import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Vitals } from '../whatsapp/port.ts';
import { judgeHealth, LOOK_EVERY_MS } from './health.ts';

const PING_EVERY_MS = 20_000;
const WELL: Vitals = {
  lastFrameAtMs: 0,
  pingWaitingSinceMs: null,
  roundTripMs: 30,
  unackedSends: 0,
  unackedSinceMs: null,
};

/** What is measured at `nowMs` of a connection whose other end fell silent at `goneAtMs`. */
function halfOpen(goneAtMs: number, nowMs: number): Vitals {
  const lastPing = (ms: number) => Math.floor(ms / PING_EVERY_MS) * PING_EVERY_MS;
  const missed = goneAtMs === lastPing(goneAtMs) ? goneAtMs : lastPing(goneAtMs) + PING_EVERY_MS;
  return {
    ...WELL,
    lastFrameAtMs: Math.min(lastPing(goneAtMs), nowMs),
    pingWaitingSinceMs: nowMs >= missed ? missed : null,
  };
}

describe('the health of a connection', () => {
  it('that is half open is bad within 35 seconds and dead within 45', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(LOOK_EVERY_MS - 1), (goneAtMs, offsetMs) => {
        let ailedAfterMs: number | null = null;
        for (let nowMs = offsetMs; ; nowMs += LOOK_EVERY_MS) {
          const { kind } = judgeHealth(halfOpen(goneAtMs, nowMs), nowMs);
          if (nowMs < goneAtMs) expect(kind).toBe('well');
          if (kind === 'ailing') ailedAfterMs ??= nowMs - goneAtMs;
          if (kind !== 'dead') continue;
          expect(nowMs - goneAtMs).toBeLessThanOrEqual(45_000);
          break;
        }
        expect(ailedAfterMs).not.toBeNull();
        expect(ailedAfterMs).toBeLessThanOrEqual(35_000);
      }),
    );
  });

  it('that answers pings but no sends is bad after 15 seconds and dead after 60', () => {
    const judged = (nowMs: number) =>
      judgeHealth({ ...WELL, lastFrameAtMs: nowMs, unackedSinceMs: 0 }, nowMs);
    expect(judged(15_000)).toEqual({ kind: 'well' });
    expect(judged(15_001)).toEqual({ kind: 'ailing', reason: 'unacked_sends' });
    expect(judged(60_000)).toEqual({ kind: 'ailing', reason: 'unacked_sends' });
    expect(judged(60_001)).toEqual({ kind: 'dead', reason: 'unacked_sends' });
  });

  it('that is slow is bad, and never dead for that', () => {
    expect(judgeHealth({ ...WELL, roundTripMs: 5_001 }, 1)).toEqual({
      kind: 'ailing',
      reason: 'slow',
    });
  });

  it('never gets better by more silence', () => {
    const rank = { well: 0, ailing: 1, dead: 2 };
    const instant = fc.option(fc.nat(100_000), { nil: null });
    fc.assert(
      fc.property(
        fc.record({
          lastFrameAtMs: fc.nat(100_000),
          pingWaitingSinceMs: instant,
          roundTripMs: instant,
          unackedSends: fc.nat(50),
          unackedSinceMs: instant,
        }),
        fc.nat(100_000),
        fc.nat(100_000),
        (vitals, nowMs, laterMs) => {
          const before = judgeHealth(vitals, 100_000 + nowMs);
          const after = judgeHealth(vitals, 100_000 + nowMs + laterMs);
          expect(rank[after.kind]).toBeGreaterThanOrEqual(rank[before.kind]);
        },
      ),
    );
  });
});
