import { chmod, mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../kernel/random.ts';
import { looksLikeKey, makeKey } from './key.ts';

const FILE = 'operator.key';

/** The operator's key as it was found. */
export interface OperatorKey {
  readonly text: string;
  readonly path: string;
  /** Made just now: the caller shows it to the operator, once. */
  readonly created: boolean;
  /** Others could read the file until now. */
  readonly wasExposed: boolean;
}

/**
 * Reads `operator.key` in the data folder, or makes it (mode 0600) when there is none. Throws, naming
 * the file, when it holds something else: replacing it would lock out whoever has the key.
 */
export async function loadOperatorKey(dataDir: string, random: Random): Promise<OperatorKey> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, FILE);
  const text = await readIfThere(path);
  if (text === null) return create(path, random);
  if (!looksLikeKey(text)) {
    throw new Error(`${path} does not hold a key. Remove the file to have a new key made.`);
  }
  return { text, path, created: false, wasExposed: await closeToOthers(path) };
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function create(path: string, random: Random): Promise<OperatorKey> {
  const { text } = makeKey(random);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return { text, path, created: true, wasExposed: false };
}

/** Windows knows no such modes; there the folder's own rights have to do. */
async function closeToOthers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const isOpen = ((await stat(path)).mode & 0o077) !== 0;
  if (isOpen) await chmod(path, 0o600);
  return isOpen;
}
