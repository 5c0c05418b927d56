import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { copyFile, ifThere, syncFolders, writeSynced } from './copying.ts';
import type { DatabaseFiles } from './database.ts';
import { CommandFailed } from './failure.ts';
import { CONTENTS, type Manifest, readManifest, verifyFiles } from './manifest.ts';

export interface RestoreDeps {
  readonly dataDir: string;
  readonly database: DatabaseFiles;
  readonly clock: Clock;
}

export interface Restored {
  readonly manifest: Manifest;
  /** The folder that holds what was there before; null when there was nothing. */
  readonly aside: string | null;
}

/** Below the data folder, so that moving is renaming also where that folder is a mounted volume. */
const UNFINISHED = '.restore-unfinished';
/** Under this name everything is decided, and only moving is left to do. */
const DECIDED = '.restore';
const PLAN = 'plan.json';
const ASIDE = '.replaced-';

/** What has to be moved out of the way, and where to. */
interface Plan {
  readonly aside: string;
  readonly names: readonly string[];
}

/**
 * Puts a backup in place of the data folder. Refuses while the service runs there, and over anything
 * that is there unless told to `replace`, which sets it aside in the folder. Everything is copied and
 * checked first; then one rename decides. Before it, the data folder is as it was; after it, an
 * interrupted restore is finished by the next start of the service, or by restoring again. Rejects
 * with `CommandFailed`, or with what the lock throws.
 */
export async function restore(
  source: string,
  replace: boolean,
  deps: RestoreDeps,
): Promise<Restored> {
  const { dataDir, database } = deps;
  const contents = join(resolve(source), CONTENTS);
  const manifest = await readManifest(resolve(source));
  if (manifest.schema > database.newestSchema) {
    throw new CommandFailed(
      `The backup was made by a newer version (${manifest.version}). Install that version or a later one.`,
    );
  }
  await verifyFiles(contents, manifest.files);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = database.lock(join(dataDir, database.name));
  try {
    await move(dataDir);
    const names = await occupants(dataDir, database);
    if (names.length > 0 && !replace) {
      throw new CommandFailed(
        `${dataDir} is not empty. Add --replace to set aside what is there, or choose another DATA_DIR.`,
      );
    }
    const aside = ASIDE + new Date(deps.clock.now()).toISOString().replaceAll(/[:.]/g, '-');
    await stage(contents, manifest, { aside, names }, deps);
    await rename(join(dataDir, UNFINISHED), join(dataDir, DECIDED));
    await move(dataDir);
    return { manifest, aside: names.length > 0 ? join(dataDir, aside) : null };
  } finally {
    lock.release();
  }
}

/** Finishes a restore that was interrupted after it was decided; to be called before the storage opens. */
export async function finishRestore(dataDir: string, database: DatabaseFiles): Promise<void> {
  if ((await ifThere(stat(join(dataDir, DECIDED)))) === null) return;
  const lock = database.lock(join(dataDir, database.name));
  try {
    await move(dataDir);
  } finally {
    lock.release();
  }
}

/** What counts as data: not the lock, nor what restoring itself and file systems leave behind. */
async function occupants(dataDir: string, database: DatabaseFiles): Promise<string[]> {
  const passed = new Set(['lost+found', UNFINISHED, DECIDED]);
  const isLock = (name: string) => name.startsWith(`${database.name}.lock`);
  const names = await readdir(dataDir);
  return names.filter((name) => !passed.has(name) && !isLock(name) && !name.startsWith(ASIDE));
}

async function stage(
  contents: string,
  { files }: Manifest,
  plan: Plan,
  { dataDir, database }: RestoreDeps,
): Promise<void> {
  const folder = join(dataDir, UNFINISHED);
  const staged = join(folder, CONTENTS);
  await rm(folder, { recursive: true, force: true });
  await mkdir(staged, { recursive: true, mode: 0o700 });
  for (const { path } of files) await copyFile(contents, staged, path);
  await verifyFiles(staged, files);
  const { faults } = database.inspect(join(staged, database.name));
  if (faults.length > 0) {
    throw new CommandFailed(`The database of the backup is damaged: ${faults.join('; ')}`);
  }
  await syncFolders(
    staged,
    files.map(({ path }) => path),
  );
  await writeSynced(join(folder, PLAN), JSON.stringify(plan));
  await syncFolders(folder, []);
}

/**
 * Carries out what was decided. May be cut off anywhere and called again: what lies aside already is
 * not moved a second time, so nothing of the backup is taken for something old.
 */
async function move(dataDir: string): Promise<void> {
  const decided = join(dataDir, DECIDED);
  const text = await ifThere(readFile(join(decided, PLAN), 'utf8'));
  if (text === null) return;
  const plan = JSON.parse(text) as Plan;
  const aside = join(dataDir, plan.aside);
  if (plan.names.length > 0) await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const name of plan.names) {
    if ((await ifThere(stat(join(aside, name)))) !== null) continue;
    await ifThere(rename(join(dataDir, name), join(aside, name)));
  }
  for (const name of await readdir(join(decided, CONTENTS))) {
    await rename(join(decided, CONTENTS, name), join(dataDir, name));
  }
  await syncFolders(dataDir, []);
  await rename(decided, join(dataDir, UNFINISHED));
  await rm(join(dataDir, UNFINISHED), { recursive: true, force: true });
}
