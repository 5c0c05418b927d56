import { type Clock, systemClock } from '../../../gateway/src/kernel/clock.ts';

/** Time that runs `factor` times as fast: waits of half a minute are seen to their end in seconds. */
export function fastClock(factor: number): Clock {
  const startMs = systemClock.now();
  return {
    now: () => startMs + (systemClock.now() - startMs) * factor,
    after: (delayMs, callback) => systemClock.after(delayMs / factor, callback),
  };
}
