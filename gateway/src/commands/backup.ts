import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import {
  type CopiedFile,
  copyFile,
  describeFile,
  type FoundFile,
  filesBelow,
  ifThere,
  syncFolders,
  writeSynced,
} from './copying.ts';
import type { DatabaseFiles } from './database.ts';
import { CommandFailed } from './failure.ts';
import { CONTENTS, MANIFEST, type Manifest, verifyFiles } from './manifest.ts';

export interface BackupDeps {
  readonly dataDir: string;
  readonly database: DatabaseFiles;
  readonly clock: Clock;
  /** The program's own. */
  readonly version: string;
}

/** What restoring leaves in a data folder, and files that are being written: no part of a backup. */
const LEFT_OUT = /^\.restore|^\.replaced-|\.part$/;

/**
 * Writes everything the service keeps into a new folder, also while the service runs: the database as
 * it is at one instant, and every other file of the data folder. What the database speaks of is there,
 * because files are copied before that instant and again what is new after it; only a file whose whole
 * life fell between the two is missing. All of it is read again before the folder gets its name.
 * Rejects with `CommandFailed`.
 */
export async function backUp(target: string, deps: BackupDeps): Promise<Manifest> {
  const folder = resolve(target);
  await checkPlaces(folder, deps);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(unfinished, CONTENTS), { recursive: true, mode: 0o700 });
  try {
    const manifest = await fill(unfinished, deps);
    await rename(unfinished, folder);
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function checkPlaces(folder: string, { dataDir, database }: BackupDeps): Promise<void> {
  if ((await ifThere(stat(join(dataDir, database.name)))) === null) {
    throw new CommandFailed(`Nothing to back up: ${dataDir} holds no database. Check DATA_DIR.`);
  }
  if (isWithin(dataDir, folder)) {
    throw new CommandFailed('The backup must not lie in the data folder itself.');
  }
  if ((await ifThere(stat(folder))) !== null) {
    throw new CommandFailed(`${folder} is there already. Name a folder that is not.`);
  }
}

const isWithin = (folder: string, path: string) => {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
};

async function fill(folder: string, deps: BackupDeps): Promise<Manifest> {
  const { dataDir, database, clock, version } = deps;
  const contents = join(folder, CONTENTS);
  const leaveOut = (path: string) => LEFT_OUT.test(path) || path.startsWith(database.name);
  const copied = new Map<string, Copied>();
  await copyNew(dataDir, contents, await filesBelow(dataDir, leaveOut), copied);
  const createdAt = new Date(clock.now()).toISOString();
  await database.copy(join(dataDir, database.name), join(contents, database.name));
  await copyNew(dataDir, contents, await filesBelow(dataDir, leaveOut), copied);

  const { schema, encrypted, faults } = database.inspect(join(contents, database.name));
  if (faults.length > 0) {
    throw new CommandFailed(`The database is damaged, no backup was made: ${faults.join('; ')}`);
  }
  const files = [
    await describeFile(contents, database.name),
    ...[...copied.values()].map(({ file }) => file),
  ];
  await verifyFiles(contents, files);
  await syncFolders(
    contents,
    files.map(({ path }) => path),
  );
  const manifest: Manifest = { format: 1, version, createdAt, schema, encrypted, files };
  await writeSynced(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** A copy, and what its source looked like before. */
interface Copied {
  readonly source: FoundFile;
  readonly file: CopiedFile;
}

/** Copies what is not copied yet or has changed since. */
async function copyNew(
  from: string,
  to: string,
  found: readonly FoundFile[],
  copied: Map<string, Copied>,
): Promise<void> {
  for (const source of found) {
    const former = copied.get(source.path)?.source;
    if (former?.bytes === source.bytes && former.changedAtMs === source.changedAtMs) continue;
    const file = await copyFile(from, to, source.path);
    if (file) copied.set(source.path, { source, file });
  }
}
