import type { EventBatch } from '../events/store.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import type { JobError } from '../outbox/store.ts';
import type { SessionKey } from '../sessions/store.ts';

/**
 * How far a message has come. Messages of ours only ever move to the right along `queued`, `sending`,
 * `sent`, `delivered`, `read`, `played`. `failed` is reached only from `queued`, `sending` or `sent`:
 * what somebody received did not fail. It is final, but for messages that were given up `unconfirmed`: a
 * receipt for one proves that it was sent, and lifts it. Messages of others are `received` and stay so.
 */
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** How far a message is; `received` is for those of others. `mayBecome` says which may follow which. */
export const MESSAGE_STATUSES = [
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'played',
  'received',
  'failed',
] as const;

/** The code of messages of ours that WhatsApp never answered: they may have gone out. */
export const UNCONFIRMED = 'unconfirmed' satisfies ProblemCode;

/** A message as it is kept, either way. */
export interface MessageRecord {
  readonly messageId: string;
  /** Canonical chat: the phone address when known, else the LID, group or broadcast address. */
  readonly chatId: string;
  /** Who wrote it; the own number for messages of ours. */
  readonly senderId: string;
  readonly fromMe: boolean;
  readonly type: string;
  readonly status: MessageStatus;
  readonly timestampMs: number;
  /** The flat payload of the event. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The message that this one is about (an edit, a reaction, ...); absent when it stands for itself. */
  readonly targetId?: string;
  /** Encoded WhatsApp protobuf, to answer retry requests and to quote; null when too large to keep. */
  readonly encoded: Uint8Array | null;
  /** Why it failed; only on messages read back. */
  readonly error?: JobError;
}

/** Who sent a receipt, and when. */
export interface ReceiptSource {
  /** Canonical address. */
  readonly person: string;
  readonly atMs: number;
}

/** What one message from WhatsApp leaves behind. */
export interface InboundEntry {
  readonly journalIds: readonly number[];
  readonly message: MessageRecord | null;
  readonly batch: EventBatch;
}

/** A message of ours with its new status, and the one `before`. */
export interface MovedMessage extends MessageRecord {
  readonly before: MessageStatus;
}

/** What the inbound path needs of storage. */
export interface MessageStore {
  /**
   * For each entry in turn: closes its journal entries and stores its message, when there is one, and its
   * events; all in one transaction, so that either all are recorded or none. Answers for each, in order:
   * `duplicate`, and none of its events is written, when (session, chat, sender, message id) is already
   * there, for messages of ours (session, message id); the journal entries are closed all the same.
   * Without a message it is a duplicate when there were entries to close and all of them had been closed
   * before.
   */
  recordInbound(
    key: SessionKey,
    entries: readonly InboundEntry[],
  ): Promise<('stored' | 'duplicate')[]>;
  /**
   * Keeps messages from before the number was linked, newest first: below every message that is kept
   * already, without events. Those that are there stay as they are; answers how many were not. One that
   * comes again by `recordInbound` is news there and takes its place. They count as stored when they
   * were written.
   */
  recordPast(key: SessionKey, messages: readonly MessageRecord[]): Promise<number>;
  /**
   * Moves messages of ours forward; resolves with how many moved. `events` is asked, synchronously and
   * inside the transaction, for the events of those that really moved, with their new status, and not
   * called when none did. Unknown ids are passed over; status never goes back. `failed` also ends the
   * message's job: what consumers were told has failed does not go out any more. With `by`, the step of
   * that person is kept as well, once and at its first instant; in chats of several people a message
   * then also counts as moved when only that person's step is news.
   */
  advance(
    key: SessionKey,
    messageIds: readonly string[],
    status: MessageStatus,
    events: (moved: readonly MovedMessage[]) => EventBatch,
    by?: ReceiptSource,
  ): Promise<number>;
  /** A message of ours before one of others with the same id, the newest of several. */
  find(key: SessionKey, messageId: string): Promise<MessageRecord | null>;
  /** The encoded protobuf of a message in any chat of this session. */
  encoded(key: SessionKey, messageId: string): Promise<Uint8Array | null>;
  /** Puts another protobuf in place of that of the message that `find` answers; none: nothing happens. */
  replaceEncoded(key: SessionKey, messageId: string, encoded: Uint8Array): Promise<void>;
}

/** Retention of messages, apart from the inbound path. */
export interface MessageRetention {
  /**
   * Removes at most `limit` messages that were stored before `beforeMs`, oldest first, in one
   * transaction; resolves with how many went, 0 when done. Messages whose job is unfinished stay. A
   * message that is gone is no longer known as a duplicate: WhatsApp redelivers for about 30 days.
   */
  prune(beforeMs: number, limit: number): Promise<number>;
}
