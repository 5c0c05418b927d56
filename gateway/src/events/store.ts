/** What happened, once and for all. `data` is the payload that consumers see; it never changes. */
export interface EventRecord {
  /** ULID; the same in every webhook attempt, in the stream and in the cursor API. */
  readonly id: string;
  /** Name from the catalogue, such as `message.received`. */
  readonly event: string;
  readonly workspaceId: string;
  /** The session's public id. */
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
  readonly endpointId: string;
  readonly orderKey: string;
}

/**
 * Events and the deliveries they cause. Stores that report something take a batch and write it in the
 * same transaction as what it reports, so that neither can exist without the other.
 */
export interface EventBatch {
  readonly events: readonly EventRecord[];
  readonly deliveries: readonly NewDelivery[];
}

/** What the event log needs of storage. */
export interface EventStore {
  append(batch: EventBatch): Promise<void>;
  /** Events of a workspace with `seq > after`, oldest first. */
  read(workspaceId: string, after: number, limit: number): Promise<StoredEvent[]>;
}
