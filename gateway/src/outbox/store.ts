import type { EventBatch } from '../events/store.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';

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

/** What the dispatcher needs of storage. A job's row is also the message's row (see `messages/store`). */
export interface OutboxStore {
  /** Commits the job and its message in state `queued`; rejects when the session has that id already. */
  enqueue(job: Job): Promise<void>;
  /** The oldest unfinished jobs of a session, in the order they were accepted. */
  pending(key: SessionKey, limit: number): Promise<Job[]>;
  /** Sessions that have unfinished jobs. */
  sessionsWithPending(): Promise<SessionKey[]>;
  /**
   * Keeps the protobuf before anything is sent, counts the attempt; the message becomes `sending`.
   * Rejects when the job is over or gone: then it must not be sent.
   */
  markSending(key: SessionKey, messageId: string, encoded: Uint8Array): Promise<void>;
  /**
   * Ends the job; the message becomes `sent` or `failed`, with its events, in one transaction. A
   * message that a receipt has already moved past `sent` stays where it is; `sent` is reported then all
   * the same, `failed` is not. A job that is over, or was removed with its session, is passed over
   * without a word: nothing is reported twice.
   */
  finish(
    key: SessionKey,
    messageId: string,
    outcome: { readonly status: 'sent' | 'failed'; readonly error?: JobError },
    batch: EventBatch,
  ): Promise<void>;
}

/** Why a job failed: a stable code from the error registry, and WhatsApp's own number where it gave one. */
export interface JobError {
  readonly code: ProblemCode;
  readonly whatsappCode: number | null;
  readonly message: string;
}
