import type { EventBatch } from '../events/store.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Names, NamesHeard } from './names.ts';

/** Somebody whose name is known. */
export interface ContactRecord {
  /** Canonical: the phone address when the number is known, else the LID. */
  readonly chatId: string;
  readonly names: Names;
}

/** What was heard about one person. */
export interface ContactHeard {
  readonly chatId: string;
  readonly names: NamesHeard;
  /** True: older word than what is kept, which fills in names that are missing. */
  readonly isPast?: boolean;
}

/** Somebody whose names are not what they were; `before` is nameless for those who are new. */
export interface ContactChange extends ContactRecord {
  readonly before: Names;
}

/** One page, by address. */
export interface ContactPage {
  /** Only addresses behind this one; null: from the first on. */
  readonly after: string | null;
  readonly limit: number;
}

/** What the contact list needs of storage. A person has one row: `IdentityStore.learn` joins two. */
export interface ContactStore {
  /**
   * Lays what was heard over what is kept, in order. Answers those whose names changed; the events that
   * `report` makes of them are written in the same transaction, and it is not called when none did.
   */
  hear(
    key: SessionKey,
    heard: readonly ContactHeard[],
    report?: (changed: readonly ContactChange[]) => EventBatch,
  ): Promise<ContactChange[]>;
  /** The names of those of `chatIds` who have one. */
  names(key: SessionKey, chatIds: readonly string[]): Promise<Map<string, Names>>;
  contacts(key: SessionKey, page: ContactPage): Promise<ContactRecord[]>;
}
