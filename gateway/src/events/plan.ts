import type { IdSource } from '../kernel/ids.ts';
import type { Endpoint } from '../webhooks/store.ts';
import { wants } from './selection.ts';
import type { EventBatch, EventRecord, NewDelivery } from './store.ts';

/** Something to report, before it has an id. */
export interface EventDraft {
  /** Name from the catalogue. */
  readonly event: string;
  readonly workspaceId: string;
  /** Empty for an event of the workspace itself. */
  readonly sessionId: string;
  /** Within its session: what shares it is delivered in order. */
  readonly orderKey: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Gives drafts their ids and finds out who gets them. Pure but for `ids`. */
export function planEvents(
  drafts: readonly EventDraft[],
  endpoints: readonly Endpoint[],
  nowMs: number,
  ids: IdSource,
): EventBatch {
  const events: EventRecord[] = [];
  const deliveries: NewDelivery[] = [];
  for (const draft of drafts) {
    const event: EventRecord = {
      id: ids(),
      event: draft.event,
      workspaceId: draft.workspaceId,
      sessionId: draft.sessionId,
      timestampMs: nowMs,
      orderKey: orderKeyOf(draft.sessionId, draft.orderKey),
      data: draft.data,
    };
    events.push(event);
    for (const endpoint of endpoints) {
      if (wants(endpoint, event)) deliveries.push(deliveryOf(event, endpoint, ids()));
    }
  }
  return { events, deliveries };
}

/** The same contact writes to several numbers: a chat is a chat of one session. */
export function orderKeyOf(sessionId: string, orderKey: string): string {
  return `${sessionId}/${orderKey}`;
}

function deliveryOf(event: EventRecord, endpoint: Endpoint, id: string): NewDelivery {
  const { ordering, join } = endpoint.settings;
  return {
    id,
    eventId: event.id,
    endpointId: endpoint.id,
    // An order of its own makes a delivery stand for itself.
    orderKey: ordering === 'chat' ? event.orderKey : id,
    ...(join && event.event === 'message.received'
      ? { notBeforeMs: event.timestampMs + join.quietMs }
      : {}),
  };
}
