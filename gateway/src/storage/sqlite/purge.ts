import type { Connection } from './connection.ts';

export type PurgeKind = 'session' | 'endpoint';

/** Rows taken away per transaction: some milliseconds, so that nobody else waits for long. */
const STEP_ROWS = 500;

/**
 * Takes away what may be a million rows in small transactions, after the one that removed their owner
 * for all to see. What is left to do is written down, so that a crash in between leaves nothing behind.
 */
export interface Purger {
  /** Within the write that removes the owner. */
  note(kind: PurgeKind, ref: number): void;
  /** Removes the owner's rows; resolves when none is left. */
  run(kind: PurgeKind, ref: number): Promise<void>;
  /** Goes on with what an earlier process did not finish. */
  resume(): Promise<void>;
}

export function createPurger(db: Connection, write: <T>(work: () => T) => Promise<T>): Purger {
  const sql = {
    note: db.prepare<[PurgeKind, number]>('INSERT OR IGNORE INTO purges (kind, ref) VALUES (?, ?)'),
    finished: db.prepare<[PurgeKind, number]>('DELETE FROM purges WHERE kind = ? AND ref = ?'),
    noted: db.prepare<[], { kind: PurgeKind; ref: number }>('SELECT kind, ref FROM purges'),
    // Jobs go with their messages.
    session: db.prepare<[number]>(
      `DELETE FROM messages WHERE id IN
         (SELECT id FROM messages WHERE session_key = ? LIMIT ${STEP_ROWS})`,
    ),
    // Attempts go with their deliveries.
    endpoint: db.prepare<[number]>(
      `DELETE FROM deliveries WHERE ref IN
         (SELECT ref FROM deliveries WHERE endpoint_ref = ? LIMIT ${STEP_ROWS})`,
    ),
  };

  const step = (kind: PurgeKind, ref: number): boolean => {
    const more = sql[kind].run(ref).changes === STEP_ROWS;
    if (!more) sql.finished.run(kind, ref);
    return more;
  };

  async function run(kind: PurgeKind, ref: number): Promise<void> {
    while (await write(() => step(kind, ref)));
  }

  return {
    note: (kind, ref) => void sql.note.run(kind, ref),
    run,
    async resume() {
      for (const { kind, ref } of sql.noted.all()) await run(kind, ref);
    },
  };
}
