import type { Clock } from '../kernel/clock.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Endpoint } from '../webhooks/store.ts';
import { follow } from './follow.ts';
import { type EventDraft, planEvents } from './plan.ts';
import type { EventBatch, EventFilter, EventStore, StoredEvent } from './store.ts';

/** The event log: what happened, in order, for webhooks, streams and readers with a cursor. */
export interface Events {
  /** Gives drafts their ids and finds the endpoints that get them; whoever asked writes the batch. */
  plan(drafts: readonly EventDraft[]): EventBatch;
  /** Must be called after a batch was committed: wakes webhooks and live streams. */
  committed(batch: EventBatch): void;
  /** For what is reported with nothing else to commit: plans, writes, wakes. */
  report(drafts: readonly EventDraft[]): Promise<void>;
  /** Calls back after each commit until the returned function is called. Listeners must not throw. */
  onCommitted(listener: (batch: EventBatch) => void): () => void;
  /** One page of the log, oldest first: events with `seq > after` that pass the filter. */
  read(
    workspaceId: string,
    after: number,
    limit: number,
    filter?: EventFilter,
  ): Promise<StoredEvent[]>;
  /** First and last number of the log; see the store. */
  bounds(workspaceId: string): Promise<{ readonly oldest: number; readonly newest: number }>;
  /**
   * Events with `seq > after`, then those still to come, until `signal` aborts. Nothing is buffered: a
   * slow consumer simply asks for its next page later.
   */
  subscribe(
    workspaceId: string,
    after: number,
    filter: EventFilter,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StoredEvent[], void, void>;
}

export interface EventsDeps {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** All endpoints as they are at the moment. */
  readonly endpoints: () => readonly Endpoint[];
}

/** Makes the event log over its store. */
export function createEvents({ store, clock, ids, endpoints }: EventsDeps): Events {
  const listeners = new Set<(batch: EventBatch) => void>();
  const onCommitted = (listener: (batch: EventBatch) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const plan = (drafts: readonly EventDraft[]) => planEvents(drafts, endpoints(), clock.now(), ids);
  const committed = (batch: EventBatch) => {
    for (const listener of listeners) listener(batch);
  };
  return {
    plan,
    committed,
    onCommitted,
    async report(drafts) {
      const batch = plan(drafts);
      await store.append(batch);
      committed(batch);
    },
    read: (...args) => store.read(...args),
    bounds: (workspaceId) => store.bounds(workspaceId),
    subscribe: (workspaceId, after, filter, signal) =>
      follow({ store, onCommitted }, { workspaceId, after, filter }, signal),
  };
}
