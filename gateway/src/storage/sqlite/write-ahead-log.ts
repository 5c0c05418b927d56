import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const synced = promisify(fdatasync);

/** The file that commits are written to first. */
export interface WriteAheadLog {
  /** Resolves when all that was committed before the call survives a power failure. */
  sync(): Promise<void>;
  /** No sync may be under way. */
  close(): void;
}

/**
 * The log of a database that is open: its file stays the same as long as a connection is. Syncing works
 * on the file, whoever has written to it, and SQLite keeps no lock on this one that closing a second
 * handle would lose (it does on the other two: https://sqlite.org/howtocorrupt.html, section 2.2).
 */
export function openLog(databaseFile: string): WriteAheadLog {
  const handle = openSync(`${databaseFile}-wal`, 'r+');
  return {
    sync: () => synced(handle),
    close: () => closeSync(handle),
  };
}
