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
  /**
   * Returns the existing record when the workspace already has that id. A new one is `running`: it is
   * made by being started, and a crash right after that must not forget the wish.
   */
  create(workspaceId: string, id: string, createdAtMs: number): Promise<SessionRecord>;
  /** Writes the change and its events in one transaction. */
  update(key: SessionKey, change: SessionChange, batch: EventBatch): Promise<void>;
  /**
   * Removes the session with its credentials, Signal records, journal and contacts in one transaction,
   * then its messages and jobs, which may be very many, step by step; resolves when nothing is left. A
   * crash in between leaves no session, and the rest is taken away at the next start. Its events stay,
   * for consumers that still catch up. Removing what is gone writes nothing.
   */
  remove(key: SessionKey, batch: EventBatch): Promise<void>;
}
