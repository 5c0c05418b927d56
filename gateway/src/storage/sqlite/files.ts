import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../../kernel/logger.ts';
import { StorageRefused } from '../errors.ts';

const OWNER_FOLDER = 0o700;
const OWNER_FILE = 0o600;
const OTHERS = 0o077;

/**
 * Makes the folder (0700) and the files (0600) where they are missing, before SQLite would make them
 * readable for everyone; its `-wal` and `-shm` files take over the mode of the database. A file that is
 * open to others is closed to them. A folder that was there before belongs to the operator: if others
 * can enter it, that is only logged.
 */
export function prepareFiles(databaseFile: string, logger: Logger): void {
  const folder = dirname(databaseFile);
  try {
    if (existsSync(folder)) {
      if (isOpenToOthers(folder)) {
        logger.warn('the data folder can be entered by other users of this machine (chmod 700)');
      }
    } else {
      mkdirSync(folder, { recursive: true, mode: OWNER_FOLDER });
    }
    for (const file of [databaseFile, `${databaseFile}.lock`]) {
      closeSync(openSync(file, 'a', OWNER_FILE));
      if (isOpenToOthers(file)) chmodSync(file, OWNER_FILE);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageRefused('not_accessible', `The data folder cannot be used: ${reason}`, error);
  }
}

const isOpenToOthers = (path: string) => (statSync(path).mode & OTHERS) !== 0;

/** Size of the database with its write-ahead log. */
export function bytesOnDisk(databaseFile: string): number {
  return [databaseFile, `${databaseFile}-wal`]
    .map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
