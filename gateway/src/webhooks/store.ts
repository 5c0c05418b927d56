/** Whose messages and which events an endpoint wants, and how its requests are made. */
export interface Endpoint {
  readonly id: string;
  readonly workspaceId: string;
  readonly url: string;
  /** `classic`: the names and headers of an environment endpoint; `standard`: signed, catalogue names. */
  readonly form: 'classic' | 'standard';
  /** Catalogue names; `*` and `message.*` are wildcards. */
  readonly events: readonly string[];
  readonly secret: string | null;
  readonly basicAuth: { readonly user: string; readonly password: string } | null;
  readonly active: boolean;
  readonly createdAtMs: number;
  /** All that only webhooks read; storage keeps it as one JSON value and looks at nothing in it. */
  readonly settings: EndpointSettings;
}

/** A kind of chat that an endpoint can leave out. */
export type ChatKind = 'direct' | 'group' | 'status' | 'broadcast' | 'newsletter';

/** How an endpoint wants the media of messages. */
export type MediaMode = 'link' | 'multipart' | 'inline' | 'none';

/** The finer settings of an endpoint. */
export interface EndpointSettings {
  readonly name: string | null;
  /** Sessions whose events are wanted; null for all. Events of the workspace itself always pass. */
  readonly sessions: readonly string[] | null;
  readonly ignoreChats: readonly ChatKind[];
  readonly headers: Readonly<Record<string, string>>;
  readonly bearerToken: string | null;
  /** The secret before the last rotation signs as well until `untilMs`. */
  readonly previousSecret: { readonly secret: string; readonly untilMs: number } | null;
  /** Also send `X-Hub-Signature-256`, the HMAC of the body alone. */
  readonly hubSignature: boolean;
  /** `none` gives up order for speed: each delivery stands for itself. */
  readonly ordering: 'chat' | 'none';
  readonly timeoutMs: number;
  /** Waits between attempts; their number is the number of retries. Null for the usual schedule. */
  readonly retryDelaysMs: readonly number[] | null;
  /** Attempts per second at most; null for no limit. */
  readonly ratePerSecond: number | null;
  /** Attempts at the same time at most. */
  readonly concurrency: number;
  readonly media: { readonly mode: MediaMode; readonly maxInlineBytes: number };
  /** Joins the messages of a chat that come within `quietMs` of each other, for `maxMs` at most. */
  readonly join: { readonly quietMs: number; readonly maxMs: number } | null;
}

/**
 * How an endpoint has fared: the circuit breaker's memory, which outlives a restart. Storage keeps it as
 * one JSON value under the endpoint's id, which need not be that of a saved endpoint.
 */
export interface EndpointHealth {
  readonly endpointId: string;
  /** Failed attempts since the last success. */
  readonly failures: number;
  /** When the present row of failures began; null after a success. */
  readonly failingSinceMs: number | null;
  /** How often the breaker opened since the last success. */
  readonly openings: number;
  /** No attempt before this instant; null when attempts may be made. */
  readonly openUntilMs: number | null;
  /** When `webhook.failing` was reported for the present row of failures; null when it was not. */
  readonly reportedAtMs: number | null;
  /** Set when the gateway itself stopped delivering: the receiver said 410, or failed for days. */
  readonly disabled: { readonly reason: 'gone' | 'failing'; readonly atMs: number } | null;
}

/** A delivery with all that is needed for the next attempt. */
export interface DueDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly orderKey: string;
  /** Attempts already made. */
  readonly attempts: number;
  /** The value of `attempts` when the retry schedule last began: 0, or as of the last replay or hastening. */
  readonly scheduleBase: number;
  readonly firstQueuedAtMs: number;
  readonly event: {
    readonly id: string;
    readonly event: string;
    readonly workspaceId: string;
    readonly sessionId: string;
    readonly timestampMs: number;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** How one attempt ended, as the delivery log keeps it. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly status: number | null;
  /** Where it went wrong; null on success. */
  readonly errorStage: 'guard' | 'dns' | 'connect' | 'tls' | 'timeout' | 'status' | 'body' | null;
  readonly error: string | null;
  /** The first 16 kB of the answer. */
  readonly responseExcerpt: string | null;
}

/** `failed`: no further attempt comes by itself; it can be replayed. */
export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** What becomes of a delivery after an attempt. */
export type AfterAttempt =
  | { readonly state: 'delivered' }
  | { readonly state: 'failed' }
  | { readonly state: 'pending'; readonly nextAttemptAtMs: number };

/** One line of the log to write. */
export interface AttemptRecord {
  readonly deliveryId: string;
  /** Null when the delivery only moves: it waits longer, or went out inside another delivery. */
  readonly attempt: Attempt | null;
  readonly after: AfterAttempt;
}

/** A delivery as the log shows it. */
export interface DeliveryRecord {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  /** The event's catalogue name. */
  readonly event: string;
  readonly sessionId: string;
  readonly orderKey: string;
  readonly state: DeliveryState;
  readonly queuedAtMs: number;
  readonly nextAttemptAtMs: number | null;
  /** Oldest first; of very many the newest 50. */
  readonly attempts: readonly Attempt[];
}

/** Which deliveries of an endpoint are meant. Absent fields do not narrow. */
export interface DeliveryFilter {
  readonly ids?: readonly string[];
  readonly state?: DeliveryState;
  /** A catalogue name; one that ends in `*` is a prefix. */
  readonly event?: string;
  readonly orderKey?: string;
  /** Queued at or after this instant. */
  readonly fromMs?: number;
  /** Queued before this instant. */
  readonly toMs?: number;
}

/** What webhooks need of storage. Deliveries of one order key stand in the order of their writing. */
export interface WebhookStore {
  endpoints(): Promise<Endpoint[]>;
  saveEndpoint(endpoint: Endpoint): Promise<void>;
  /** Also removes its health, its deliveries and their attempts. */
  removeEndpoint(endpointId: string): Promise<void>;
  healths(): Promise<EndpointHealth[]>;
  saveHealth(health: EndpointHealth): Promise<void>;
  /**
   * Pending deliveries of one endpoint that are due at `nowMs`, longest due first, at most `limit`. Only the
   * head of each order key is returned: what stands behind a pending delivery waits for it. The cost
   * must depend on `limit` only, not on how many deliveries wait (a million may).
   */
  due(endpointId: string, nowMs: number, limit: number): Promise<DueDelivery[]>;
  /** When the endpoint's next pending head is due, of those due after `afterMs`; null when there is none. */
  nextDueAtMs(endpointId: string, afterMs?: number): Promise<number | null>;
  /** The pending deliveries of one order key, oldest first, due or not. */
  pendingInOrder(endpointId: string, orderKey: string, limit: number): Promise<DueDelivery[]>;
  /** Writes the attempt and the delivery's new state in one transaction. */
  recordAttempt(deliveryId: string, attempt: Attempt, after: AfterAttempt): Promise<void>;
  /** The same for several, all in one transaction. Unknown and finished deliveries are passed over. */
  recordAttempts(records: readonly AttemptRecord[]): Promise<void>;
  /**
   * Makes every pending head that would be due later due at `nowMs`, with `scheduleBase` set to its
   * attempts: the receiver is back, and what failed meanwhile shall not count. Resolves with their number.
   */
  hasten(endpointId: string, nowMs: number): Promise<number>;
  /**
   * One step of a replay: the next `limit` finished deliveries that match, in the order of their ids
   * after `after`, become pending again and due at `nowMs`, in one transaction; they keep id, attempts
   * and place in their order key, and `scheduleBase` becomes their attempts.
   * `last` is the id to go on after; null when the replay is complete.
   */
  replay(
    endpointId: string,
    filter: DeliveryFilter,
    nowMs: number,
    step: { readonly limit: number; readonly after: string | null },
  ): Promise<{ readonly replayed: number; readonly last: string | null }>;
  /** Newest first; `before` is the id of the last one already seen. */
  deliveries(
    endpointId: string,
    filter: DeliveryFilter & { readonly limit: number; readonly before?: string },
  ): Promise<DeliveryRecord[]>;
  countDeliveries(endpointId: string, filter: DeliveryFilter): Promise<number>;
}
