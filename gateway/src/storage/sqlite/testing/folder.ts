import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../kernel/logger.ts';
import type { MakeVessel } from '../../conformance/harness.ts';
import { openSqlite } from '../open.ts';

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

/** Vessels of this driver for the conformance suites. */
export function sqliteVessels(dataKey: Uint8Array | null): MakeVessel {
  return async (clock) => {
    const folder = await makeTestFolder();
    return {
      open: () => openSqlite({ file: folder.file, clock, dataKey, logger: silentLogger }),
      destroy: () => folder.remove(),
    };
  };
}
