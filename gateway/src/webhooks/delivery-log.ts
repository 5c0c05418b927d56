import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { Endpoints } from './endpoints.ts';
import type { Roster } from './roster.ts';
import type { DeliveryFilter, DeliveryRecord, WebhookStore } from './store.ts';

/** Looking into the deliveries of an endpoint and making them again. Rejects with a `Problem`. */
export interface DeliveryLog {
  /** Newest first; `before` is the id of the last one already seen. */
  list(
    workspaceId: string,
    endpointId: string,
    filter: DeliveryFilter & { readonly limit: number; readonly before?: string },
  ): Promise<DeliveryRecord[]>;
  /** Rejects with `delivery_not_found`. */
  find(workspaceId: string, endpointId: string, deliveryId: string): Promise<DeliveryRecord>;
  count(workspaceId: string, endpointId: string, filter: DeliveryFilter): Promise<number>;
  /**
   * Makes finished deliveries pending again; resolves with their number. Each keeps its id, so that a
   * receiver can tell, and its place in the order of its chat.
   */
  replay(workspaceId: string, endpointId: string, filter: DeliveryFilter): Promise<number>;
}

export interface DeliveryLogDeps {
  readonly endpoints: Pick<Endpoints, 'find'>;
  readonly store: Pick<WebhookStore, 'deliveries' | 'countDeliveries' | 'replay'>;
  readonly roster: Pick<Roster, 'wake'>;
  readonly clock: Clock;
}

/** Deliveries replayed in one transaction; others write in between. */
const REPLAY_STEP = 500;

export function createDeliveryLog({ endpoints, store, roster, clock }: DeliveryLogDeps) {
  const log: DeliveryLog = {
    async list(workspaceId, endpointId, filter) {
      endpoints.find(workspaceId, endpointId);
      return store.deliveries(endpointId, filter);
    },
    async find(workspaceId, endpointId, deliveryId) {
      const filter = { ids: [deliveryId], limit: 1 };
      const [record] = await log.list(workspaceId, endpointId, filter);
      if (!record) throw new Problem('delivery_not_found', `There is no delivery ${deliveryId}.`);
      return record;
    },
    async count(workspaceId, endpointId, filter) {
      endpoints.find(workspaceId, endpointId);
      return store.countDeliveries(endpointId, filter);
    },
    async replay(workspaceId, endpointId, filter) {
      endpoints.find(workspaceId, endpointId);
      const nowMs = clock.now();
      let replayed = 0;
      for (let after: string | null = null; ; ) {
        const step = await store.replay(endpointId, filter, nowMs, { limit: REPLAY_STEP, after });
        replayed += step.replayed;
        roster.wake([endpointId]);
        if (step.last === null) return replayed;
        after = step.last;
      }
    },
  };
  return log;
}
