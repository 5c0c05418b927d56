import type { SessionKey } from '../sessions/store.ts';
import type { MessageRecord } from './store.ts';

/** Of what is about one message this much is read: a message of 1,024 people with reactions and votes. */
export const MAX_ABOUT = 5_000;

/** A message as it is read back. */
export interface HistoryEntry extends MessageRecord {
  /**
   * Its place in the history: grows with the order in which messages came here, below zero for those
   * from before the number was linked; serves as a cursor.
   */
  readonly seq: number;
}

/** When one person received, read and played a message of ours; null: not yet, as far as told. */
export interface PersonReceipt {
  /** Canonical address. */
  readonly person: string;
  readonly deliveredAtMs: number | null;
  readonly readAtMs: number | null;
  readonly playedAtMs: number | null;
}

/** One page, from newest to oldest. */
export interface HistoryPage {
  /** Only entries with a smaller `seq`; null: from the newest on. */
  readonly before: number | null;
  readonly limit: number;
}

/** What reading the history needs of storage. Messages about others (see `targetId`) are no entries. */
export interface HistoryStore {
  /** The newest entry of each chat, newest chat first; `archived` keeps such chats only, or the others. */
  chats(
    key: SessionKey,
    page: HistoryPage & { readonly archived?: boolean | null },
  ): Promise<HistoryEntry[]>;
  /** The entries of one chat, newest first. */
  messages(key: SessionKey, chatId: string, page: HistoryPage): Promise<HistoryEntry[]>;
  /** One message under its id, ours before those of others; null when it is not kept. */
  message(key: SessionKey, messageId: string): Promise<HistoryEntry | null>;
  /** Messages about a message (edits, reactions, votes ...), oldest first, the first `limit`. */
  about(key: SessionKey, messageId: string, limit: number): Promise<HistoryEntry[]>;
  /** Who received and read a message of ours. */
  receipts(key: SessionKey, messageId: string): Promise<PersonReceipt[]>;
  /** The newest list or buttons that we sent into a chat since `sinceMs`; null when there is none. */
  lastChoice(key: SessionKey, chatId: string, sinceMs: number): Promise<MessageRecord | null>;
}
