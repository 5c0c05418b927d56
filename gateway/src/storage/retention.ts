import type { Clock, Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';

/** One kind of thing that must not grow for ever. */
export interface Chore {
  readonly name: string;
  /** Removes a bounded number; resolves with how many went, 0 when done. */
  readonly step: () => Promise<number>;
}

/** Keeps the storage from growing without end. */
export interface Retention {
  /** Resolves once the step under way is done. */
  stop(): Promise<void>;
}

/** The first round waits until the start is over; a round costs little when there is nothing to do. */
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 10 * 60_000;

/** Runs every chore to its end, one step at a time, again and again; a failing one waits for the next round. */
export function startRetention(deps: {
  readonly chores: readonly Chore[];
  readonly clock: Clock;
  readonly logger: Logger;
}): Retention {
  const { chores, clock, logger } = deps;
  let stopped = false;
  let round: Promise<void> = Promise.resolve();
  let timer: Timer;

  async function runAll(): Promise<void> {
    for (const { name, step } of chores) {
      try {
        let gone = 0;
        for (let last = 1; last > 0 && !stopped; gone += last) last = await step();
        if (gone > 0) logger.debug({ chore: name, gone }, 'retention');
      } catch (error) {
        logger.warn({ err: error, chore: name }, 'retention could not do its work');
      }
    }
  }

  const schedule = (delayMs: number): Timer =>
    clock.after(delayMs, () => {
      round = runAll().then(() => {
        if (!stopped) timer = schedule(EVERY_MS);
      });
    });
  timer = schedule(FIRST_AFTER_MS);

  return {
    async stop() {
      stopped = true;
      timer.cancel();
      await round;
    },
  };
}
