import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOOK_EVERY_MS, verdict } from './vitality.ts';

describe('signs of life', () => {
  it('find every silence within 45 seconds, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat(120_000), (gapMs, liveMs) => {
        // Frames every `gapMs` until `liveMs`, then silence; looked at every five seconds.
        const lastFrameAtMs = liveMs - (liveMs % gapMs);
        for (let nowMs = LOOK_EVERY_MS; ; nowMs += LOOK_EVERY_MS) {
          const seen = Math.min(lastFrameAtMs, nowMs - (nowMs % gapMs));
          const signs = { startedAtMs: 0, lastFrameAtMs: seen, answered: true };
          const found = verdict(signs, nowMs);
          if (nowMs <= lastFrameAtMs) expect(found).toBeNull();
          if (found) {
            expect(nowMs - lastFrameAtMs).toBeLessThanOrEqual(45_000);
            return;
          }
        }
      }),
    );
  });

  it('give a login 30 seconds of silence and 90 in all', () => {
    const signs = { startedAtMs: 0, lastFrameAtMs: null, answered: false };
    expect(verdict(signs, 30_000)).toBeNull();
    expect(verdict(signs, 30_001)).toBe('WhatsApp does not answer');
    expect(verdict({ ...signs, lastFrameAtMs: 85_000 }, 90_001)).toBe('the login takes too long');
  });
});
