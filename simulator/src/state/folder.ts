import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../kernel/clock.ts';
import { createLocalCertificates, type LocalCertificates } from '../media/certificates.ts';
import type { StoredWorld } from './stored.ts';

/** What outlives the process beside the world itself. */
interface Surroundings {
  readonly seed: number;
  /** How often the folder was opened: chance must not repeat itself. */
  readonly generation: number;
  readonly certificates: LocalCertificates;
  /** Messages name the media server's port. */
  readonly mediaPort: number;
}

export interface StateFolder extends Surroundings {
  readonly mediaFolder: string;
  /** The world as it was stored last; null when the folder is new. */
  readonly world: StoredWorld | null;
  /** Notes the port that the media server got, for the next start. */
  remember(mediaPort: number): Promise<void>;
  /** Replaces the stored world; a crash in the middle leaves the one before. */
  save(world: StoredWorld): Promise<void>;
}

/**
 * Opens a folder that keeps a simulator's state, and makes it when it is missing. Rejects when what lies
 * there was made with another seed or cannot be read: nothing is ever thrown away silently.
 */
export async function openStateFolder(
  folder: string,
  seed: number,
  nowMs: number,
): Promise<StateFolder> {
  const file = (name: string) => join(folder, name);
  await mkdir(folder, { recursive: true });
  const known = await readJson<Surroundings>(file('simulator.json'));
  if (known && known.seed !== seed) {
    throw new Error(`${folder} keeps a simulator with seed ${known.seed}, not ${seed}`);
  }
  const surroundings: Surroundings = {
    seed,
    generation: (known?.generation ?? -1) + 1,
    certificates: known?.certificates ?? (await createLocalCertificates(nowMs)),
    mediaPort: known?.mediaPort ?? 0,
  };
  await writeJson(file('simulator.json'), surroundings);
  return {
    ...surroundings,
    mediaFolder: file('media'),
    world: await readJson<StoredWorld>(file('world.json')),
    remember: (mediaPort) => writeJson(file('simulator.json'), { ...surroundings, mediaPort }),
    save: (world) => writeJson(file('world.json'), world),
  };
}

async function readJson<T>(path: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return JSON.parse(text) as T;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
  await rename(draft, path);
}

export interface KeeperDeps {
  readonly clock: Clock;
  readonly folder: Pick<StateFolder, 'save'>;
  /** Takes a picture of the world. */
  readonly capture: () => StoredWorld;
  /** A save failed; the next change tries again. */
  readonly failed: (error: unknown) => void;
}

/** After a change the world is saved within this time, however many changes follow. */
const SAVE_WITHIN_MS = 2_000;

/** Saves the world soon after it changed, never twice at once, and a last time when closed. */
export class StateKeeper {
  readonly #deps: KeeperDeps;
  #timer: Timer | null = null;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** Something changed. */
  changed(): void {
    this.#timer ??= this.#deps.clock.after(SAVE_WITHIN_MS, () => {
      this.#timer = null;
      void this.save();
    });
  }

  save(): Promise<void> {
    const { folder, capture, failed } = this.#deps;
    this.#saving = this.#saving.then(() => folder.save(capture())).catch(failed);
    return this.#saving;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.save();
  }
}
