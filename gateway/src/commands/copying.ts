import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One regular file below a folder. */
export interface FoundFile {
  /** Relative, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  readonly changedAtMs: number;
}

/** What was copied. */
export interface CopiedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Every regular file below a folder but for those left out by their path. Links to folders are
 * followed, once each, since media may lie on another disk; what vanishes meanwhile is left out.
 */
export async function filesBelow(
  folder: string,
  leaveOut: (path: string) => boolean,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const visited = new Set<string>();
  async function walk(below: string): Promise<void> {
    const place = await ifThere(realpath(join(folder, below)));
    if (place === null || visited.has(place)) return;
    visited.add(place);
    for (const name of (await ifThere(readdir(place))) ?? []) {
      const path = below === '' ? name : `${below}/${name}`;
      if (leaveOut(path)) continue;
      const entry = await ifThere(stat(join(folder, path)));
      if (entry?.isDirectory()) await walk(path);
      else if (entry?.isFile()) {
        found.push({ path, bytes: entry.size, changedAtMs: entry.mtimeMs });
      }
    }
  }
  await walk('');
  return found;
}

/**
 * Copies one file so that it is on the disk and its owner's alone; null when it is gone. Answers the
 * hash of what was written.
 */
export async function copyFile(from: string, to: string, path: string): Promise<CopiedFile | null> {
  const source = await ifThere(open(join(from, path), 'r'));
  if (source === null) return null;
  try {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const copy = await open(target, 'w', 0o600);
    try {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of source.createReadStream({ autoClose: false })) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        await copy.writeFile(chunk as Buffer);
      }
      await copy.sync();
      return { path, bytes, sha256: hash.digest('hex') };
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

/** Reads a file that was copied before. */
export async function describeFile(folder: string, path: string): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, path))) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** Null when the file or folder is not there. */
export async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Puts the names of files on the disk, not only their contents; Windows does so by itself. */
export async function syncFolders(folder: string, paths: readonly string[]): Promise<void> {
  if (process.platform === 'win32') return;
  const folders = new Set([folder]);
  for (const path of paths) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) folders.add(join(folder, at));
  }
  for (const each of folders) {
    const handle = await open(each, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** Writes a small file so that it is on the disk and its owner's alone. */
export async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
