import type { EventBatch } from '../events/store.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';
import type { PastSend } from './pacing/history.ts';
import type { Effort, Priority, Waiting } from './pacing/pace.ts';
import type { PacingPolicy } from './pacing/policy.ts';
import type { Restrictions } from './pacing/restrictions.ts';

/** A send that was accepted. It goes out once: the WhatsApp message id is fixed before the first try. */
export interface Job {
  readonly messageId: string;
  readonly sessionKey: SessionKey;
  readonly chatId: string;
  /** Our own address: the author of the message row. */
  readonly senderId: string;
  /** What is to be sent, as JSON. */
  readonly content: OutgoingContent;
  /** The flat payload of the message's events. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The protobuf that goes on the wire, once media is uploaded; a retry sends these very bytes. */
  readonly encoded: Uint8Array | null;
  /** Tries so far that may have reached WhatsApp. */
  readonly attempts: number;
  readonly createdAtMs: number;
}

/** When and how a job is to go out, and what is written with it. */
export interface JobPlan {
  /** Its place in line: the instant it was accepted, or the one it is scheduled for. */
  readonly dueAtMs: number;
  /** Not sent after this instant. */
  readonly expiresAtMs: number | null;
  readonly priority: Priority;
  /** See `pacing/texts`. */
  readonly textKey: string | null;
  readonly effort: Effort;
  /** Events of the acceptance. */
  readonly batch?: EventBatch;
  /** What a repeated request is recognised by. */
  readonly idempotency?: IdempotencyMark;
  /** What ordered the job, when it was no request. */
  readonly order?: JobOrder;
}

/**
 * What makes a job without a request: one recipient of a bulk send, or one occurrence of a schedule. It
 * is noted as done in the transaction that makes the job, so each makes one job, whatever happens to the
 * process.
 */
export type JobOrder =
  | { readonly kind: 'bulk'; readonly bulkId: string; readonly position: number }
  | {
      readonly kind: 'schedule';
      readonly scheduleId: string;
      /** The order stands only while the schedule is as it was when it was given. */
      readonly revision: number;
      readonly occurrenceMs: number;
      /** How the schedule moves on with it. */
      readonly step: { readonly nextAtMs: number | null; readonly missed: number };
    };

/** The order has its job already, or stands no more (paused, cancelled, removed): no job was made. */
export class OrderOver extends Error {}

/** A key that a caller chose for a request, and a hash of that request. */
export interface IdempotencyMark {
  readonly key: string;
  readonly requestHash: string;
}

/** A repeated request: the id of what the first one made. */
export interface RememberedRequest {
  readonly requestHash: string;
  readonly id: string;
}

/** Why a job failed: a stable code from the error registry, and WhatsApp's own number where it gave one. */
export interface JobError {
  readonly code: ProblemCode;
  readonly whatsappCode: number | null;
  readonly message: string;
}

/** What the dispatcher needs of storage. A job's row is also the message's row (see `messages/store`). */
export interface OutboxStore {
  /**
   * Commits the job and its message in state `queued`; rejects when the session has that id already,
   * or the idempotency key; with `OrderOver` when the plan's order wants no job (any more), and
   * with `duplicate_recipient` when its bulk send has the chat already. Without a plan it is a direct send,
   * due at `createdAtMs`. Resolves with the job as it stands in line, in the order of the calls.
   */
  enqueue(job: Job, plan?: JobPlan): Promise<Queued>;
  /** The oldest unfinished jobs of a session by place in line; of equal places the first accepted. */
  pending(key: SessionKey, limit: number): Promise<Job[]>;
  /** Sessions that have unfinished jobs. */
  sessionsWithPending(): Promise<SessionKey[]>;
  /**
   * Keeps the protobuf before anything is sent, counts the attempt; the message becomes `sending`. With
   * `send`, that is kept for pacing in the same transaction, and the chat counts as written to. Rejects
   * with `message_not_found` when the job is over.
   */
  markSending(
    key: SessionKey,
    messageId: string,
    encoded: Uint8Array,
    send?: PastSend,
  ): Promise<void>;
  /**
   * Ends the job; the message becomes `sent` or `failed`, with its events, in one transaction. A
   * message that a receipt has already moved past `sent` stays where it is, and so do its events: the
   * receipt has told. Answers whether the events were written. `visible` is called as soon as readers see
   * the end, before it is sure to survive a power failure.
   */
  finish(
    key: SessionKey,
    messageId: string,
    outcome: { readonly status: 'sent' | 'failed'; readonly error?: JobError },
    batch: EventBatch,
    visible?: () => void,
  ): Promise<boolean>;
}

/** Where a job stands in line: by the instant it is due, then in the order of acceptance. */
export interface LinePlace {
  readonly dueAtMs: number;
  readonly serial: number;
}

/** A job as lists show it. */
export interface JobSummary extends LinePlace {
  readonly messageId: string;
  readonly chatId: string;
  readonly type: string;
  readonly priority: Priority;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly attempts: number;
}

/** How many jobs a session has. `due` are those whose time has come. */
export interface QueueCounts {
  readonly total: number;
  readonly due: number;
  readonly scheduled: number;
  readonly bulk: number;
  /** Tried at least once. */
  readonly tried: number;
}

/** What is next in a chat, and how often it was tried. */
export interface Head extends Waiting {
  readonly attempts: number;
}

/** A job with what pacing asks about it. */
export interface Queued {
  readonly job: Job;
  readonly head: Head;
  readonly expiresAtMs: number | null;
}

/** What pacing and the queue's routes need of storage, besides the dispatcher. */
export interface QueueStore {
  /** The first jobs in line that are due, heads of their chats or not. */
  due(
    key: SessionKey,
    query: {
      readonly dueByMs: number;
      readonly exceptChats: readonly string[];
      readonly exceptMessages: readonly string[];
      readonly limit: number;
    },
  ): Promise<Queued[]>;
  /**
   * Heads of chats whose turn could be next: per priority up to `perKind` of chats heard of since
   * `heardSinceMs` (and of shared chats), of others written to since `wroteSinceMs`, and of the rest,
   * each by place in line and due by `dueByMs`. The cost must not grow with the length of the queue.
   */
  heads(
    key: SessionKey,
    query: {
      readonly dueByMs: number;
      readonly heardSinceMs: number;
      readonly wroteSinceMs: number;
      readonly perKind: number;
    },
  ): Promise<Head[]>;
  /** One job; null when it is over. */
  find(key: SessionKey, messageId: string): Promise<Queued | null>;
  /**
   * Takes back a job that was never tried, with its message, as if it had not been made: a recipient of a
   * bulk send waits again. False when it was tried or is over.
   */
  withdraw(key: SessionKey, messageId: string): Promise<boolean>;
  /** How many jobs stand before this one in line, counted up to `most`. */
  ahead(key: SessionKey, messageId: string, most: number): Promise<number>;
  /** The next instant after `nowMs` at which a job becomes due, and the first at which one expires. */
  nextChange(
    key: SessionKey,
    nowMs: number,
  ): Promise<{ readonly dueAtMs: number | null; readonly expiresAtMs: number | null }>;
  /** Jobs whose time is over, at most `limit`. */
  expired(key: SessionKey, nowMs: number, limit: number): Promise<Job[]>;
  /** By place in line; `after` is the last place already seen, whether its job still waits or not. */
  list(key: SessionKey, limit: number, after: LinePlace | null): Promise<JobSummary[]>;
  counts(key: SessionKey, nowMs: number): Promise<QueueCounts>;
  /** Which message a request with this key made since `sinceMs`; older keys are forgotten. */
  remembered(key: SessionKey, mark: string, sinceMs: number): Promise<RememberedRequest | null>;
}

/** What is kept of a session's pacing. */
export interface PacingRecord {
  /** Null: the default of the service. */
  readonly policy: PacingPolicy | null;
  /** Set while a person has stopped the queue. */
  readonly pausedAtMs: number | null;
  /** When the warm-up began (anew). */
  readonly warmUpFromMs: number;
  readonly restrictions: Restrictions;
  /** When the connection was lost lately, oldest first; absent in records from before it was kept. */
  readonly disconnectedAtMs?: readonly number[];
}

/** How people took to being written to. */
export interface Replies {
  readonly begun: number;
  readonly answered: number;
}

/** What pacing keeps. */
export interface PacingStore {
  load(key: SessionKey): Promise<PacingRecord | null>;
  /** Sessions whose restrictions hold sends, or did when they were last kept. */
  restricted(): Promise<SessionKey[]>;
  save(key: SessionKey, record: PacingRecord, batch: EventBatch): Promise<void>;
  /** A chat wrote to us; earlier instants than the one that is known change nothing. */
  heard(key: SessionKey, chatId: string, atMs: number): Promise<void>;
  /** The newest `limit` sends after `sinceMs`, and the newest of all in any case; oldest first. */
  sends(key: SessionKey, sinceMs: number, limit: number): Promise<PastSend[]>;
  /** Of the chats that sends of the budget `cold` began after `sinceMs`: how many, and how many wrote since. */
  replies(key: SessionKey, sinceMs: number): Promise<Replies>;
  /** Forgets sends up to `beforeMs`, and all but the newest `keep`; never the newest. */
  forgetSends(key: SessionKey, beforeMs: number, keep: number): Promise<void>;
}
