import { describe, expect, it } from 'vitest';
import { silentLogger } from '../kernel/logger.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { startRetention } from './retention.ts';

describe('retention', () => {
  it('runs each chore to its end, round after round, also when another one fails', async () => {
    const clock = new VirtualClock();
    let left = 250;
    const steps: number[] = [];
    const retention = startRetention({
      clock,
      logger: silentLogger,
      chores: [
        { name: 'broken', step: () => Promise.reject(new Error('disk')) },
        {
          name: 'events',
          step: async () => {
            const gone = Math.min(100, left);
            left -= gone;
            steps.push(gone);
            return gone;
          },
        },
      ],
    });
    await clock.advance(59_000);
    expect(steps).toEqual([]);
    await clock.advance(2_000);
    expect(steps).toEqual([100, 100, 50, 0]);
    left = 10;
    await clock.advance(10 * 60_000);
    expect(steps.slice(4)).toEqual([10, 0]);
    await retention.stop();
    expect(clock.pending).toBe(0);
  });
});
