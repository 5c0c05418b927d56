import Database from 'better-sqlite3';

export type Connection = Database.Database;

/** Opens one connection to a database file. Tests pass their own to make chosen operations fail. */
export type Connect = (file: string, role: 'writer' | 'reader') => Connection;

/** How long an operation waits for a lock held by a foreign tool (a backup, the sqlite3 shell). */
const BUSY_TIMEOUT_MS = 5_000;

/** Pages in the write-ahead log before it is copied into the database: 16 MB, fewer stalls than at 4. */
const CHECKPOINT_PAGES = 4_000;

/** The log file is cut to this size after a burst has made it grow. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * `synchronous=NORMAL`: checkpoints wait for the disk, commits do not. That they survive a power failure
 * as well is the writer's part, which syncs the log beside the event loop before it tells anybody.
 * `secure_delete=FAST` wipes removed keys and texts where that costs no extra write.
 */
export const connect: Connect = (file, role) => {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('secure_delete = FAST');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`);
    if (role === 'reader') db.pragma('query_only = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};
