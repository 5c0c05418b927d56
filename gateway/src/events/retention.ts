import { type Clock, sleep } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EventStore } from './store.ts';

export interface RetentionDeps {
  readonly store: Pick<EventStore, 'prune'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Events older than this go, with their deliveries. */
  readonly keepMs: number;
  /** Events beyond this many in a workspace go, unless a delivery of theirs is pending. */
  readonly keepRows: number;
}

/** Removes old events in the background. */
export interface Retention {
  start(): void;
  /** Resolves when no step is under way. */
  stop(): Promise<void>;
}

const ROUND_EVERY_MS = 10 * 60_000;

/** Events removed in one transaction, and the pause after it in which others write. */
const STEP = 500;
const STEP_PAUSE_MS = 50;

export function createRetention(deps: RetentionDeps): Retention {
  const { clock, logger } = deps;
  const controller = new AbortController();
  const { signal } = controller;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await sleep(clock, ROUND_EVERY_MS, signal);
      try {
        const removed = await round(deps, signal);
        if (removed > 0) logger.info({ removed }, 'old events removed');
      } catch (error) {
        logger.error({ err: error }, 'old events cannot be removed');
      }
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      controller.abort();
      await running;
    },
  };
}

async function round(deps: RetentionDeps, signal: AbortSignal): Promise<number> {
  const { store, clock, keepMs, keepRows } = deps;
  const rule = { beforeMs: clock.now() - keepMs, keepRows };
  let removed = 0;
  while (!signal.aborted) {
    const step = await store.prune(rule, STEP);
    if (step === 0) break;
    removed += step;
    await sleep(clock, STEP_PAUSE_MS, signal);
  }
  return removed;
}
