/** What happened, once and for all. `data` is the payload that consumers see; it never changes. */
export interface EventRecord {
  /** ULID; the same in every webhook attempt, in the stream and in the cursor API. */
  readonly id: string;
  /** Name from the catalogue, such as `message.received`. */
  readonly event: string;
  readonly workspaceId: string;
  /** The session's public id; empty for an event of the workspace itself. */
  readonly sessionId: string;
  readonly timestampMs: number;
  /** Events with the same key reach an endpoint in order: the chat, or the session for its own events. */
  readonly orderKey: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as read back: `seq` counts up without gaps within its workspace and serves as the cursor. */
export interface StoredEvent extends EventRecord {
  readonly seq: number;
}

/** One event on its way to one endpoint. */
export interface NewDelivery {
  readonly id: string;
  readonly eventId: string;
  /** Environment endpoints are never saved, so this need not name a saved endpoint. */
  readonly endpointId: string;
  readonly orderKey: string;
  /** No attempt before this instant; absent: at once. */
  readonly notBeforeMs?: number;
}

/**
 * Events and the deliveries they cause. Stores that report something take a batch and write it in the
 * same transaction as what it reports, so that neither can exist without the other.
 */
export interface EventBatch {
  readonly events: readonly EventRecord[];
  readonly deliveries: readonly NewDelivery[];
}

/** Which events a reader wants. An absent field wants them all. */
export interface EventFilter {
  /** Catalogue names and patterns (`message.*`, `*`); see `matchesName`. */
  readonly events?: readonly string[];
  readonly sessionId?: string;
}

/** What the event log needs of storage. */
export interface EventStore {
  /**
   * Events and deliveries whose ids are already there are passed over, so that a batch can be written
   * again after a failure. A delivery may name an event of an earlier batch; when that is no longer
   * kept, the whole batch is refused.
   */
  append(batch: EventBatch): Promise<void>;
  /** Events of a workspace with `seq > after` that pass the filter, oldest first. */
  read(
    workspaceId: string,
    after: number,
    limit: number,
    filter?: EventFilter,
  ): Promise<StoredEvent[]>;
  /**
   * How far a workspace's log reaches. `newest` is the last number given out, also when retention has
   * removed that event since, and 0 before the first; `oldest` is the smallest that is still kept,
   * `newest + 1` when none is.
   */
  bounds(workspaceId: string): Promise<{ readonly oldest: number; readonly newest: number }>;
  /**
   * Retention, in small steps: removes at most `limit` events, oldest first, each with its finished
   * deliveries and their attempts, in one transaction; resolves with how many went, 0 when done. An
   * event goes when it was written before `beforeMs`, then also with its pending deliveries; or when its
   * workspace keeps more than `keepRows`, but then only when no delivery of it is pending.
   */
  prune(
    rule: { readonly beforeMs: number; readonly keepRows: number },
    limit: number,
  ): Promise<number>;
}
