import type { Reading } from './metrics.ts';

/** One result of an attempt to deliver, as it goes to storage. */
interface Result {
  readonly attempt: { readonly number: number; readonly durationMs: number } | null;
  readonly after: { readonly state: 'delivered' | 'failed' | 'pending' };
}

/** What is asked of the queue of deliveries. */
interface DeliveryQueue {
  nextDueAtMs(endpointId: string): Promise<number | null>;
}

/** Counts what became of attempts to deliver. */
export interface WebhookMeter {
  /** To be called with what was recorded. */
  note(results: readonly Result[]): void;
  readings(
    queue: DeliveryQueue,
    endpoints: () => readonly { readonly id: string }[],
    now: () => number,
  ): Reading[];
}

/** Endpoints that are asked for their lag at each scrape, one indexed read each. */
const MAX_ASKED = 200;

export function createWebhookMeter(): WebhookMeter {
  const attempts = { delivered: 0, retry: 0, failed: 0 };
  let repeated = 0;
  let seconds = 0;
  return {
    note(results) {
      for (const { attempt, after } of results) {
        if (attempt === null) continue;
        attempts[after.state === 'pending' ? 'retry' : after.state]++;
        if (attempt.number > 1) repeated++;
        seconds += attempt.durationMs / 1000;
      }
    },
    readings: (queue, endpoints, now) => [
      {
        name: 'webhook_attempts_total',
        help: 'Attempts to deliver, by what became of the delivery',
        label: 'outcome',
        read: () => attempts,
      },
      {
        name: 'webhook_retries_total',
        help: 'Attempts that were not the first of their delivery',
        label: null,
        read: () => ({ '': repeated }),
      },
      {
        name: 'webhook_attempt_seconds_total',
        help: 'Time that receivers took for all attempts',
        label: null,
        read: () => ({ '': seconds }),
      },
      {
        name: 'webhook_lag_seconds',
        help: 'How long the delivery that waits longest is overdue; one that waits for its retry is not',
        label: null,
        read: async () => ({ '': await lagSeconds(queue, endpoints(), now()) }),
      },
    ],
  };
}

async function lagSeconds(
  queue: DeliveryQueue,
  endpoints: readonly { readonly id: string }[],
  nowMs: number,
): Promise<number> {
  const due = await Promise.all(
    endpoints.slice(0, MAX_ASKED).map(({ id }) => queue.nextDueAtMs(id)),
  );
  const lags = due.map((atMs) => (atMs === null ? 0 : Math.max(0, nowMs - atMs) / 1000));
  return Math.max(0, ...lags);
}
