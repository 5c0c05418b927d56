import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Fetched } from './fetcher.ts';

/** Downloads at once; sending and receiving go first. */
const AT_ONCE = 2;

/** What waits beyond this is not fetched until somebody asks for it. */
const MAX_WAITING = 1_000;

/** After a failure that may pass: half a minute, five minutes, then only when asked for. */
const RETRY_MS = [30_000, 300_000];

interface Task {
  readonly fetch: () => Promise<Fetched>;
  readonly tries: number;
}

/** Fetches what nobody asked for yet, in the order it came. What a crash loses is fetched when asked for. */
export interface Eager {
  add(fetch: () => Promise<Fetched>): void;
  /** Starts nothing more and waits for what runs. */
  stop(): Promise<void>;
}

export function createEager(clock: Clock): Eager {
  const waiting: Task[] = [];
  const running = new Set<Promise<void>>();
  const timers = new Set<Timer>();
  let stopped = false;

  function add(task: Task): void {
    if (stopped || waiting.length >= MAX_WAITING) return;
    waiting.push(task);
    startNext();
  }

  function startNext(): void {
    while (!stopped && running.size < AT_ONCE) {
      const task = waiting.shift();
      if (!task) return;
      const work = run(task).finally(() => {
        running.delete(work);
        startNext();
      });
      running.add(work);
    }
  }

  async function run({ fetch, tries }: Task): Promise<void> {
    const fetched = await fetch().catch(() => null);
    const mayPass = fetched === null || isPassing(fetched);
    const delayMs = RETRY_MS[tries];
    if (!mayPass || delayMs === undefined || stopped || timers.size >= MAX_WAITING) return;
    const timer = clock.after(delayMs, () => {
      timers.delete(timer);
      add({ fetch, tries: tries + 1 });
    });
    timers.add(timer);
  }

  return {
    add: (fetch) => add({ fetch, tries: 0 }),
    async stop() {
      stopped = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
      waiting.length = 0;
      await Promise.all(running);
    },
  };
}

/** Whether the same fetch may end better later. */
function isPassing(fetched: Fetched): boolean {
  if (fetched.kind === 'gone') return fetched.phone !== 'not_found';
  return fetched.kind === 'unreachable' && fetched.retryable;
}
