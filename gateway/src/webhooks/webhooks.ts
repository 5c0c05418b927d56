import type { Events } from '../events/events.ts';
import { EVERY_WORKSPACE } from '../events/selection.ts';
import type { EventBatch } from '../events/store.ts';
import { DEFAULT_WORKSPACE } from '../http/workspace.ts';
import type { Clock } from '../kernel/clock.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { Outbound } from '../net/outbound.ts';
import type { HealthNews } from './breaker.ts';
import { createDeliveryLog, type DeliveryLog } from './delivery-log.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { type EnvironmentWebhooks, environmentEndpoints } from './environment.ts';
import { type MessageMedia, NO_MEDIA } from './media.ts';
import { Roster } from './roster.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import type { Endpoint, EndpointHealth, WebhookStore } from './store.ts';

export interface WebhooksDeps {
  readonly store: WebhookStore;
  readonly outbound: Pick<Outbound, 'request' | 'inspect'>;
  readonly events: Pick<Events, 'onCommitted' | 'report'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly environment: EnvironmentWebhooks;
  /** Where the media of messages are to be had; absent: events go out without. */
  readonly media?: MessageMedia;
}

/** Durable delivery of events to endpoints. */
export interface Webhooks {
  /** Reads the endpoints and resumes what is pending. Must have resolved before the first event is planned. */
  start(): Promise<void>;
  /** Takes up nothing new and waits for the attempts under way, at most `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** The endpoints that get new events: active, and not switched off for failing. */
  subscribers(): readonly Endpoint[];
  readonly endpoints: Endpoints;
  readonly deliveries: DeliveryLog;
}

/** Attempts under way have this long to end when the service stops; the others are made again later. */
const STOP_GRACE_MS = 5_000;

/** Makes the webhooks; nothing is delivered before `start`. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { store, outbound, events, clock } = deps;
  const onNews = (endpoint: Endpoint, news: HealthNews, health: EndpointHealth) =>
    void tell(deps, endpoint, news, health);
  const roster = new Roster({
    ...deps,
    request: outbound.request,
    media: deps.media ?? NO_MEDIA,
    onNews,
  });
  const endpoints = createEndpoints({ ...deps, roster });
  let unsubscribe = () => {};

  return {
    endpoints,
    deliveries: createDeliveryLog({ endpoints, store, roster, clock }),
    subscribers: () => roster.subscribers(),
    async start() {
      const [saved, healths] = await Promise.all([store.endpoints(), store.healths()]);
      const healthOf = new Map(healths.map((health) => [health.endpointId, health]));
      unsubscribe = events.onCommitted(({ deliveries }: EventBatch) => {
        roster.wake(new Set(deliveries.map(({ endpointId }) => endpointId)));
      });
      for (const endpoint of environmentEndpoints(deps.environment)) {
        // A restart is how an operator repairs these, so they begin anew with it.
        await store.hasten(endpoint.id, clock.now());
        roster.put(endpoint);
      }
      for (const endpoint of saved) {
        // What an older version saved knows nothing of settings that came later.
        const settings = { ...DEFAULT_SETTINGS, ...endpoint.settings };
        roster.put({ ...endpoint, settings }, healthOf.get(endpoint.id));
      }
    },
    async stop(graceMs = STOP_GRACE_MS) {
      unsubscribe();
      await roster.stop(graceMs);
    },
  };
}

/** Says in log and events how an endpoint fares. */
async function tell(
  { events, logger }: WebhooksDeps,
  endpoint: Endpoint,
  news: HealthNews,
  health: EndpointHealth,
): Promise<void> {
  const { failures, failingSinceMs, disabled } = health;
  logger[news === 'recovered' ? 'info' : 'warn'](
    { endpointId: endpoint.id, failures },
    `webhook endpoint ${news}`,
  );
  const everywhere = endpoint.workspaceId === EVERY_WORKSPACE;
  try {
    await events.report([
      {
        event: `webhook.${news}`,
        workspaceId: everywhere ? DEFAULT_WORKSPACE : endpoint.workspaceId,
        sessionId: '',
        orderKey: `webhook:${endpoint.id}`,
        data: {
          endpointId: endpoint.id,
          name: endpoint.settings.name,
          failures,
          failingSince: failingSinceMs === null ? null : new Date(failingSinceMs).toISOString(),
          ...(disabled ? { reason: disabled.reason } : {}),
        },
      },
    ]);
  } catch (error) {
    logger.error({ err: error, endpointId: endpoint.id }, 'the news cannot be stored');
  }
}
