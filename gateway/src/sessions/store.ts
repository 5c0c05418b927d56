import type { EventBatch } from '../events/store.ts';

/**
 * Storage's own number for a session: never reused, so that a session made anew under an old id can
 * never see what the old one left behind.
 */
export type SessionKey = number;

/** What is kept of a session besides its WhatsApp credentials. */
export interface SessionRecord {
  readonly key: SessionKey;
  readonly workspaceId: string;
  /** The public id, unique in its workspace. */
  readonly id: string;
  /** What the operator wants; `running` sessions are connected at start. */
  readonly desired: 'running' | 'stopped';
  /** A state that outlives a restart (`logged_out`, `replaced`, ...), with its reason; null otherwise. */
  readonly terminal: {
    readonly state: string;
    readonly reason: string;
    readonly sinceMs: number;
  } | null;
  /** Known once paired. Digits only. */
  readonly phone: string | null;
  /** The LID's user part. */
  readonly lid: string | null;
  readonly pushName: string | null;
  readonly createdAtMs: number;
}

/** The fields that change during a session's life. */
export type SessionChange = Partial<
  Pick<SessionRecord, 'desired' | 'terminal' | 'phone' | 'lid' | 'pushName'>
>;

/** What the session supervisor needs of storage. */
export interface SessionStore {
  /** Every session of every workspace, oldest first. */
  all(): Promise<SessionRecord[]>;
  /** Returns the existing record when the workspace already has that id. */
  create(workspaceId: string, id: string, createdAtMs: number): Promise<SessionRecord>;
  /** Writes the change and its events in one transaction. */
  update(key: SessionKey, change: SessionChange, batch: EventBatch): Promise<void>;
  /**
   * Removes the session and everything that belongs to it (credentials, Signal records, journal,
   * messages, jobs) in one transaction; its events stay, for consumers that still catch up.
   */
  remove(key: SessionKey, batch: EventBatch): Promise<void>;
}
