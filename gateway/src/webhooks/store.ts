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
}

/** A delivery with all that is needed for the next attempt. */
export interface DueDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly orderKey: string;
  /** Attempts already made. */
  readonly attempts: number;
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

export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** What becomes of a delivery after an attempt. */
export type AfterAttempt =
  | { readonly state: 'delivered' }
  | { readonly state: 'failed' }
  | { readonly state: 'pending'; readonly nextAttemptAtMs: number };

/** A delivery as the log shows it. */
export interface DeliveryRecord {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly orderKey: string;
  readonly state: DeliveryState;
  readonly nextAttemptAtMs: number | null;
  readonly attempts: readonly Attempt[];
}

/** What webhooks need of storage. */
export interface WebhookStore {
  endpoints(): Promise<Endpoint[]>;
  saveEndpoint(endpoint: Endpoint): Promise<void>;
  removeEndpoint(endpointId: string): Promise<void>;
  /**
   * Pending deliveries of one endpoint that are due at `nowMs`, oldest first, at most `limit`. Only the
   * head of each order key is returned: what stands behind a pending delivery waits for it.
   */
  due(endpointId: string, nowMs: number, limit: number): Promise<DueDelivery[]>;
  /** The instant at which the endpoint's next pending head is due; null when nothing is pending. */
  nextDueAtMs(endpointId: string): Promise<number | null>;
  /** Writes the attempt and the delivery's new state in one transaction. */
  recordAttempt(deliveryId: string, attempt: Attempt, after: AfterAttempt): Promise<void>;
  deliveries(
    endpointId: string,
    filter: { readonly state?: DeliveryState; readonly limit: number; readonly before?: string },
  ): Promise<DeliveryRecord[]>;
}
