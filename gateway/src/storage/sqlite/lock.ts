import Database from 'better-sqlite3';
import { StorageRefused } from '../errors.ts';

/** Held while a process uses the database. */
export interface ProcessLock {
  release(): void;
}

/**
 * Makes sure that one process at a time uses the database: two would both connect every session, and
 * WhatsApp ends a device that connects twice. The lock is SQLite's exclusive lock on a side file, which
 * is the operating system's own (`fcntl`): it goes with the process, also on `kill -9`, and a file left
 * behind means nothing. It does not reach across machines on most network file systems.
 */
export function lockForProcess(databaseFile: string): ProcessLock {
  const file = `${databaseFile}.lock`;
  const db = new Database(file, { timeout: 0 });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) {
      throw error;
    }
    throw new StorageRefused(
      'in_use',
      'Another running process uses this data folder. Stop it first, or choose another folder.',
      error,
    );
  }
  return { release: () => db.close() };
}
