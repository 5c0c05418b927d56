import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../kernel/logger.ts';
import type { MakeVessel } from '../../conformance/harness.ts';
import type { Storage } from '../../port.ts';
import { connect } from '../connection.ts';
import { type Disk, openWith, type SqliteOptions } from '../open.ts';
import type { WriteAheadLog } from '../write-ahead-log.ts';

/** A folder of its own for one test. */
export interface TestFolder {
  /** Path of the database in it. */
  readonly file: string;
  remove(): Promise<void>;
}

export async function makeTestFolder(): Promise<TestFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-storage-'));
  return {
    file: join(folder, 'gateway.db'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Takes commits for durable as soon as the operating system has them. */
export const unsyncedLog: WriteAheadLog = { sync: async () => {}, close: () => {} };

/** No test on it is about power failures, and fsync would take most of the time. */
export const unsynced: Disk = {
  connect: (file, role) => {
    const db = connect(file, role);
    db.pragma('synchronous = OFF');
    return db;
  },
  openLog: () => unsyncedLog,
};

/** `openSqlite` for tests on a virtual clock: a write needs some turns of the loop, and no time. */
export const openUnsynced = (options: SqliteOptions): Promise<Storage> =>
  openWith(options, unsynced);

/** A new database of the present schema, as a file. */
async function emptyDatabase(dataKey: Uint8Array | null): Promise<Buffer> {
  const folder = await makeTestFolder();
  const { file } = folder;
  const storage = await openWith({ file, dataKey, logger: silentLogger }, unsynced);
  await storage.close();
  const bytes = await readFile(file);
  await folder.remove();
  return bytes;
}

/** Vessels of this driver for the conformance suites. */
export function sqliteVessels(dataKey: Uint8Array | null): MakeVessel {
  let empty: Promise<Buffer> | null = null;
  return async (clock) => {
    const folder = await makeTestFolder();
    empty ??= emptyDatabase(dataKey);
    await writeFile(folder.file, await empty);
    return {
      open: () => openWith({ file: folder.file, clock, dataKey, logger: silentLogger }, unsynced),
      destroy: () => folder.remove(),
    };
  };
}
