import type { Events } from '../events/events.ts';
import type { EventBatch } from '../events/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { Outbound } from '../net/outbound.ts';
import { type HealthNews, healthy } from './breaker.ts';
import { type EnvironmentWebhooks, environmentEndpoints } from './environment.ts';
import type { Endpoint, EndpointHealth, WebhookStore } from './store.ts';
import { EndpointWorker } from './worker.ts';

export interface WebhooksDeps {
  readonly store: WebhookStore;
  readonly outbound: Pick<Outbound, 'request'>;
  readonly events: Pick<Events, 'onCommitted' | 'report'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly environment: EnvironmentWebhooks;
}

/** Durable delivery of events to endpoints. */
export interface Webhooks {
  /** Reads the endpoints and resumes what is pending. Must have resolved before the first event is planned. */
  start(): Promise<void>;
  /** Takes up nothing new and waits for the attempts under way, at most `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** The endpoints that get new events: active, and not switched off for failing. */
  subscribers(): readonly Endpoint[];
}

/** Attempts under way have this long to end when the service stops; the others are made again later. */
const STOP_GRACE_MS = 5_000;

export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { store, events, logger } = deps;
  const workers = new Map<string, EndpointWorker>();
  let subscribers: readonly Endpoint[] = [];
  let unsubscribe = () => {};

  const onNews = (endpoint: Endpoint, news: HealthNews, health: EndpointHealth) => {
    logger.warn({ endpointId: endpoint.id, failures: health.failures }, `webhook ${news}`);
  };

  const wakeAll = ({ deliveries }: EventBatch) => {
    for (const id of new Set(deliveries.map(({ endpointId }) => endpointId))) {
      workers.get(id)?.wake();
    }
  };

  return {
    subscribers: () => subscribers,
    async start() {
      const [saved, healths] = await Promise.all([store.endpoints(), store.healths()]);
      const endpoints = [...environmentEndpoints(deps.environment), ...saved];
      const healthOf = new Map(healths.map((health) => [health.endpointId, health]));
      for (const endpoint of endpoints) {
        const health = healthOf.get(endpoint.id) ?? healthy(endpoint.id);
        const worker = new EndpointWorker(
          { ...deps, request: deps.outbound.request, onNews },
          endpoint,
          health,
        );
        workers.set(endpoint.id, worker);
      }
      subscribers = endpoints;
      unsubscribe = events.onCommitted(wakeAll);
      for (const worker of workers.values()) worker.wake();
    },
    async stop(graceMs = STOP_GRACE_MS) {
      unsubscribe();
      await Promise.all([...workers.values()].map((worker) => worker.stop(graceMs)));
    },
  };
}
