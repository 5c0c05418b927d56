import type { EventBatch } from '../events/store.ts';
import type { SessionKey } from '../sessions/store.ts';

/** How far a message has come. Receipts only ever move it to the right; `failed` is final. */
export type MessageStatus =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'played'
  | 'received'
  | 'failed';

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
  /** Encoded WhatsApp protobuf, to answer retry requests and to quote; null when too large to keep. */
  readonly encoded: Uint8Array | null;
}

/** What the inbound path needs of storage. */
export interface MessageStore {
  /**
   * Closes journal entries; stores the message, when there is one, and its events, all in one
   * transaction. Answers `duplicate`, and writes no event, when (session, chat, sender, message id) is
   * already there; the journal entries are closed all the same.
   */
  recordInbound(
    key: SessionKey,
    input: {
      readonly journalIds: readonly number[];
      readonly message: MessageRecord | null;
      readonly batch: EventBatch;
    },
  ): Promise<'stored' | 'duplicate'>;
  /**
   * Moves messages of ours forward. `batch` is asked for the events of those that really moved; status
   * never goes back, and `failed` is final.
   */
  advance(
    key: SessionKey,
    messageIds: readonly string[],
    status: MessageStatus,
    events: (moved: readonly MessageRecord[]) => EventBatch,
  ): Promise<number>;
  find(key: SessionKey, messageId: string): Promise<MessageRecord | null>;
  /** The encoded protobuf of a message in any chat of this session. */
  encoded(key: SessionKey, messageId: string): Promise<Uint8Array | null>;
}
