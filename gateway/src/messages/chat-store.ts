import type { SessionKey } from '../sessions/store.ts';

/** How a chat is listed on the phone. */
export interface ChatSettings {
  readonly archived: boolean;
  readonly pinned: boolean;
  /** Marked as unread, by hand or because nobody looked yet. */
  readonly unread: boolean;
  /** Unix milliseconds; null: not muted. */
  readonly mutedUntilMs: number | 'forever' | null;
}

/** All that is kept of a chat beside its messages. */
export interface ChatState extends ChatSettings {
  /** Of groups; null while it is not known. */
  readonly subject: string | null;
  /**
   * `seq` of the newest message that was marked as read with its chat here; null: none was, or no
   * message as new as that is kept any more.
   */
  readonly readUpTo: number | null;
}

/** What was told of a chat; what is absent stays as it was. */
export interface ChatTold extends Partial<ChatState> {
  /** Canonical address. */
  readonly chatId: string;
  /** When its last message came, by the phone's history. */
  readonly listedAtMs?: number;
  /** True: older word than what is kept, which fills in subject and settings that nobody told yet. */
  readonly isPast?: boolean;
}

/** A chat that the phone lists and of which no message is kept. */
export interface ListedChat {
  readonly chatId: string;
  readonly listedAtMs: number;
}

/** One page, from newest to oldest. */
export interface ListedPage {
  /** Only chats behind this one; null: from the newest on. */
  readonly behind: ListedChat | null;
  readonly limit: number;
  /** Null: either. */
  readonly archived: boolean | null;
}

/** What is known of chats beside their messages. A person has one: `IdentityStore.learn` joins two. */
export interface ChatStore {
  note(key: SessionKey, told: readonly ChatTold[]): Promise<void>;
  /** The phone no longer lists these chats; subjects stay. */
  unlist(key: SessionKey, chatIds: readonly string[]): Promise<void>;
  /** Those of `chatIds` of which something is known. */
  states(key: SessionKey, chatIds: readonly string[]): Promise<Map<string, ChatState>>;
  /** Chats that the phone lists and of which no message is kept, newest first. */
  listed(key: SessionKey, page: ListedPage): Promise<ListedChat[]>;
}

/** A chat of which the phone told nothing. */
export const PLAIN_CHAT: ChatState = {
  subject: null,
  readUpTo: null,
  archived: false,
  pinned: false,
  unread: false,
  mutedUntilMs: null,
};
