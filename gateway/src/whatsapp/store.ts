import type { SessionKey } from '../sessions/store.ts';

/** Credentials as they were found. `corrupt` is never treated as absent: the identity would be lost. */
export type StoredCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly data: Uint8Array }
  | { readonly kind: 'corrupt'; readonly reason: string };

/** A write of one keyed record (pre-key, Signal session, sender key, ...); null deletes it. */
export interface RecordWrite {
  readonly type: string;
  readonly id: string;
  readonly value: Uint8Array | null;
}

/**
 * A decrypted message that is not yet an event. WhatsApp is told "delivered" right after decryption,
 * so from that instant this row is the only copy there is.
 */
export interface JournalDraft {
  readonly receivedAtMs: number;
  /** The stanza as received, in WhatsApp's binary encoding. */
  readonly stanza: Uint8Array;
  /** Which `<enc>` child of the stanza this is, counted from 0. */
  readonly encIndex: number;
  /** The decrypted, still padded protobuf. */
  readonly plaintext: Uint8Array;
}

/** A row of the journal; ids grow, and a lower one was written earlier. */
export interface JournalEntry extends JournalDraft {
  readonly id: number;
}

/** All that one protocol step changed; written in one transaction or not at all. */
export interface DeviceChange {
  /** The whole credentials; the previous generation is kept beside it. */
  readonly credentials?: Uint8Array;
  readonly records?: readonly RecordWrite[];
  readonly journal?: JournalDraft;
  /** Further rows, behind `journal` and in this order: their ids follow on its id without a gap. */
  readonly furtherJournal?: readonly JournalDraft[];
}

/** All that a device keeps but the messages that it has not processed yet. */
export interface DeviceSnapshot {
  readonly credentials: StoredCredentials;
  readonly records: readonly (RecordWrite & { readonly value: Uint8Array })[];
}

/** What a linked device keeps: identity, Signal records, and messages decrypted but not yet processed. */
export interface DeviceStore {
  loadCredentials(key: SessionKey): Promise<StoredCredentials>;
  /** The credentials as they were before the last save, with which a person may go on. */
  previousCredentials(key: SessionKey): Promise<StoredCredentials>;
  /** Records that exist among `ids`, by id. */
  readRecords(
    key: SessionKey,
    type: string,
    ids: readonly string[],
  ): Promise<Map<string, Uint8Array>>;
  /** Credentials and every record, as they were at one instant; in no particular order. */
  snapshot(key: SessionKey): Promise<DeviceSnapshot>;
  /** Resolves, after the commit, with the id of the (first) journal row if there is one. */
  commit(key: SessionKey, change: DeviceChange): Promise<number | null>;
  /** Open journal entries with `id > after`, oldest first. */
  openJournal(key: SessionKey, after: number, limit: number): Promise<JournalEntry[]>;
  /**
   * Closes journal entries that turned out to hold nothing to record. Ids that are unknown, closed
   * already or of another session are ignored; an empty list does nothing. Resolves after the commit.
   */
  closeJournal(key: SessionKey, ids: readonly number[]): Promise<void>;
  /** Forgets credentials, records and journal: the device is no longer linked. */
  clear(key: SessionKey): Promise<void>;
}
