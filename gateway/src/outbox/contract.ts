import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';
import type { RestrictionSignal } from '../whatsapp/port.ts';
import type { Priority } from './pacing/pace.ts';
import type { PacingPolicy } from './pacing/policy.ts';
import type { SessionPacing } from './pacing/session-pacing.ts';
import type { IdempotencyMark, JobError, JobOrder, JobSummary, LinePlace } from './store.ts';
import type { QueueOverview, QueuePlace } from './waiting.ts';

/** A validated send, before it has an id. */
export interface NewSend {
  readonly chatId: string;
  readonly senderId: string;
  readonly content: OutgoingContent;
  /** Makes the payload of the message's events once the id is known. */
  data(messageId: string, nowMs: number): Readonly<Record<string, unknown>>;
  /** Not before this instant; absent: as soon as the pace allows. */
  readonly sendAtMs?: number;
  /** Not after this instant; it fails then with `send_expired`. */
  readonly expiresAtMs?: number;
  readonly priority?: Priority;
  /** Kept with the job, so that a repeated request finds it. */
  readonly idempotency?: IdempotencyMark;
  /** What ordered it, and the id reserved for it there; absent: it is a request, and gets an id now. */
  readonly order?: JobOrder;
  readonly messageId?: string;
}

/** How a send stands when the caller stops waiting. */
export type SendResult = { readonly messageId: string } & (
  | { readonly status: 'sent' }
  | { readonly status: 'failed'; readonly error: JobError }
  | { readonly status: 'queued' }
);

/** What the rest of the service asks of durable sending. */
export interface Outbox {
  /**
   * Looks after the queues that an earlier process left behind: also those of sessions that never open
   * again have messages that expire, and restrictions that run out.
   */
  start(): Promise<void>;
  /**
   * Commits the send, then waits up to `waitMs` for WhatsApp's answer. From the moment this resolves
   * the message goes out exactly once, whatever happens to the process. Rejects with `queue_full` when
   * the session has `MAX_QUEUED` unfinished (see `room`).
   */
  send(session: SessionRecord, send: NewSend, waitMs: number): Promise<SendResult>;
  /** The session can send (again): work goes on. */
  wake(key: SessionKey): void;
  /** A chat wrote to the session: it is warm, and its messages may go sooner. Never rejects. */
  heard(key: SessionKey, chatId: string): Promise<void>;
  /** The connection was lost without anybody asking for it. Never rejects. */
  disconnected(session: SessionRecord): Promise<void>;
  /** WhatsApp spoke about what the account may do. Never rejects. */
  restricted(session: SessionRecord, signal: RestrictionSignal): Promise<void>;
  /** Where a job stands; null when it is over. */
  place(session: SessionRecord, messageId: string): Promise<QueuePlace | null>;
  /** Ends a job before its first try: its message fails with `send_cancelled`. */
  cancel(session: SessionRecord, messageId: string): Promise<'cancelled' | 'sending' | 'over'>;
  /** Takes a job back before its first try, without a trace (see the store); its media is removed. */
  withdraw(session: SessionRecord, messageId: string): Promise<boolean>;
  /** Cancels all that was not tried yet; answers how many. */
  clear(session: SessionRecord): Promise<number>;
  list(session: SessionRecord, limit: number, after: LinePlace | null): Promise<JobSummary[]>;
  overview(session: SessionRecord): Promise<QueueOverview>;
  /** Nothing goes out until `resume`, across restarts too. */
  pause(session: SessionRecord): Promise<void>;
  resume(session: SessionRecord): Promise<void>;
  pacing(session: SessionRecord): Promise<SessionPacing>;
  /** When the connection in use opened; null while there is none. */
  openedAtMs(key: SessionKey): number | null;
  /** Null: the default of the service. */
  setPolicy(session: SessionRecord, policy: PacingPolicy | null): Promise<void>;
  /** The session was removed: keeps nothing of it in memory, and waits for its sends under way. */
  forget(key: SessionKey): Promise<void>;
  /** Lets every caller go with what is known, begins nothing new, waits for the sends under way. */
  stop(): Promise<void>;
}
