import Database from 'better-sqlite3';
import { StorageUnavailable } from '../errors.ts';

/** Result codes that speak of the disk, not of the statement (https://sqlite.org/rescode.html). */
const UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|NOMEM|READONLY|INTERRUPT|IOERR|CORRUPT|FULL|CANTOPEN|PROTOCOL|NOTADB|PERM|AUTH)/;

/** Turns what SQLite says about its disk into `StorageUnavailable`; anything else stays what it is. */
export function asStorageFailure(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || !UNAVAILABLE.test(error.code)) return error;
  return new StorageUnavailable(`The database answered ${error.code}: ${error.message}`, error);
}
