import { matchesName, passes } from '../../events/selection.ts';
import type {
  EventBatch,
  EventFilter,
  EventStore,
  NewDelivery,
  StoredEvent,
} from '../../events/store.ts';
import type {
  AfterAttempt,
  Attempt,
  AttemptRecord,
  DeliveryFilter,
  DeliveryRecord,
  DueDelivery,
  Endpoint,
  EndpointHealth,
  WebhookStore,
} from '../store.ts';

interface Row {
  readonly delivery: NewDelivery;
  readonly event: StoredEvent;
  readonly attempts: Attempt[];
  after: AfterAttempt;
  scheduleBase: number;
}

/** Both stores in memory, as plain as can be: what the tests of this folder and the drivers agree on. */
export class MemoryLog implements EventStore, WebhookStore {
  readonly events: StoredEvent[] = [];
  readonly rows: Row[] = [];
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #healths = new Map<string, EndpointHealth>();

  async append({ events, deliveries }: EventBatch): Promise<void> {
    for (const event of events) this.events.push({ ...event, seq: this.events.length + 1 });
    for (const delivery of deliveries) {
      const event = this.events.findLast(({ id }) => id === delivery.eventId);
      if (!event) throw new Error('a delivery without its event');
      const nextAttemptAtMs = delivery.notBeforeMs ?? 0;
      const after: AfterAttempt = { state: 'pending', nextAttemptAtMs };
      this.rows.push({ delivery, event, attempts: [], after, scheduleBase: 0 });
    }
  }

  async read(workspaceId: string, after: number, limit: number, filter: EventFilter = {}) {
    return this.events
      .filter((event) => event.workspaceId === workspaceId && event.seq > after)
      .filter((event) => passes(filter, event))
      .slice(0, limit);
  }

  async bounds() {
    return { oldest: 1, newest: this.events.length };
  }

  async prune() {
    return 0;
  }

  async endpoints() {
    return [...this.#endpoints.values()];
  }

  async saveEndpoint(endpoint: Endpoint) {
    this.#endpoints.set(endpoint.id, endpoint);
  }

  async removeEndpoint(endpointId: string) {
    this.#endpoints.delete(endpointId);
    this.#healths.delete(endpointId);
    const kept = this.rows.filter(({ delivery }) => delivery.endpointId !== endpointId);
    this.rows.splice(0, this.rows.length, ...kept);
  }

  async healths() {
    return [...this.#healths.values()];
  }

  async saveHealth(health: EndpointHealth) {
    this.#healths.set(health.endpointId, health);
  }

  async due(endpointId: string, nowMs: number, limit: number) {
    return this.#heads(endpointId)
      .filter((row) => dueAtMs(row) <= nowMs)
      .slice(0, limit)
      .map(toDue);
  }

  async nextDueAtMs(endpointId: string, afterMs = -1) {
    const instants = this.#heads(endpointId)
      .map(dueAtMs)
      .filter((atMs) => atMs > afterMs);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  async pendingInOrder(endpointId: string, orderKey: string, limit: number) {
    return this.#pending(endpointId)
      .filter(({ delivery }) => delivery.orderKey === orderKey)
      .slice(0, limit)
      .map(toDue);
  }

  recordAttempt(deliveryId: string, attempt: Attempt, after: AfterAttempt) {
    return this.recordAttempts([{ deliveryId, attempt, after }]);
  }

  async recordAttempts(records: readonly AttemptRecord[]) {
    for (const { deliveryId, attempt, after } of records) {
      const row = this.rows.find(({ delivery }) => delivery.id === deliveryId);
      if (!row) continue;
      if (attempt) row.attempts.push(attempt);
      row.after = after;
    }
  }

  async hasten(endpointId: string, nowMs: number) {
    const late = this.#heads(endpointId).filter((row) => dueAtMs(row) > nowMs);
    for (const row of late) again(row, nowMs);
    return late.length;
  }

  async replay(
    endpointId: string,
    filter: DeliveryFilter,
    nowMs: number,
    step: { limit: number; after: string | null },
  ) {
    const rows = this.#matching(endpointId, filter)
      .filter(({ after }) => after.state !== 'pending')
      .filter(({ delivery }) => step.after === null || delivery.id > step.after)
      .slice(0, step.limit);
    for (const row of rows) again(row, nowMs);
    return { replayed: rows.length, last: rows.at(-1)?.delivery.id ?? null };
  }

  async deliveries(
    endpointId: string,
    filter: DeliveryFilter & { limit: number; before?: string },
  ): Promise<DeliveryRecord[]> {
    return this.#matching(endpointId, filter)
      .filter(({ delivery }) => filter.before === undefined || delivery.id < filter.before)
      .reverse()
      .slice(0, filter.limit)
      .map(toRecord);
  }

  async countDeliveries(endpointId: string, filter: DeliveryFilter) {
    return this.#matching(endpointId, filter).length;
  }

  #pending(endpointId: string): Row[] {
    return this.rows.filter(
      ({ delivery, after }) => delivery.endpointId === endpointId && after.state === 'pending',
    );
  }

  #heads(endpointId: string): Row[] {
    const seen = new Set<string>();
    return this.#pending(endpointId).filter(({ delivery: { orderKey } }) => {
      if (seen.has(orderKey)) return false;
      seen.add(orderKey);
      return true;
    });
  }

  #matching(endpointId: string, filter: DeliveryFilter): Row[] {
    const { ids, state, event, orderKey, fromMs, toMs } = filter;
    return this.rows.filter(
      (row) =>
        row.delivery.endpointId === endpointId &&
        (ids?.includes(row.delivery.id) ?? true) &&
        (state === undefined || row.after.state === state) &&
        (event === undefined || matchesName([event], row.event.event)) &&
        (orderKey === undefined || row.delivery.orderKey === orderKey) &&
        row.event.timestampMs >= (fromMs ?? 0) &&
        row.event.timestampMs < (toMs ?? Number.POSITIVE_INFINITY),
    );
  }
}

function dueAtMs({ after }: Row): number {
  return after.state === 'pending' ? after.nextAttemptAtMs : Number.POSITIVE_INFINITY;
}

function again(row: Row, nowMs: number): void {
  row.after = { state: 'pending', nextAttemptAtMs: nowMs };
  row.scheduleBase = row.attempts.length;
}

function toDue({ delivery, event, attempts, scheduleBase }: Row): DueDelivery {
  return {
    id: delivery.id,
    endpointId: delivery.endpointId,
    orderKey: delivery.orderKey,
    attempts: attempts.length,
    scheduleBase,
    firstQueuedAtMs: event.timestampMs,
    event,
  };
}

function toRecord({ delivery, event, attempts, after }: Row): DeliveryRecord {
  return {
    id: delivery.id,
    endpointId: delivery.endpointId,
    eventId: event.id,
    event: event.event,
    sessionId: event.sessionId,
    orderKey: delivery.orderKey,
    state: after.state,
    queuedAtMs: event.timestampMs,
    nextAttemptAtMs: after.state === 'pending' ? after.nextAttemptAtMs : null,
    attempts,
  };
}
