import type { Config } from '../config/config.ts';
import type { createEvents } from '../events/events.ts';
import type { Logger } from '../kernel/logger.ts';
import type { createOutbound } from '../net/outbound.ts';
import type { Storage } from '../storage/port.ts';
import { createWebhookMeter, type WebhookMeter } from '../telemetry/webhook-readings.ts';
import type { MessageMedia } from '../webhooks/media.ts';
import { createWebhooks } from '../webhooks/webhooks.ts';
import { clock, ids, random } from './system.ts';

/** Durable delivery to endpoints, and what counts its attempts. */
export function composeWebhooks(parts: {
  readonly config: Config;
  readonly logger: Logger;
  readonly storage: Storage;
  readonly events: ReturnType<typeof createEvents>;
  readonly outbound: ReturnType<typeof createOutbound>;
  readonly media: MessageMedia;
}) {
  const { config, storage, ...rest } = parts;
  const webhookMeter = createWebhookMeter();
  const webhooks = createWebhooks({
    ...rest,
    store: metered(storage.webhooks, webhookMeter),
    clock,
    random,
    ids,
    environment: config.webhooks,
  });
  return { webhooks, webhookMeter };
}

/** The store of webhooks, with an ear on what is recorded. */
function metered(store: Storage['webhooks'], meter: WebhookMeter): Storage['webhooks'] {
  return {
    ...store,
    async recordAttempts(records) {
      await store.recordAttempts(records);
      meter.note(records);
    },
  };
}
