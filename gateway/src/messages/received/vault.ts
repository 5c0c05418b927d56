import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionKey } from '../../sessions/store.ts';

/** A file in the vault. */
export interface VaultFile {
  readonly path: string;
  readonly bytes: number;
}

/** What is kept on disk, and for how long. */
export interface VaultLimits {
  readonly keepMs: number;
  /** Per session; the oldest go first. */
  readonly quotaBytes: number;
}

/**
 * Media of messages on disk: a folder per session, a file per message, named by a hash so that no id from
 * outside becomes a path. A file that is there is whole: it was moved in under its name at the end.
 */
export interface Vault {
  find(key: SessionKey, messageId: string): Promise<VaultFile | null>;
  /** Makes room for a new file: where to write it, and how to take it in. */
  prepare(key: SessionKey, messageId: string): Promise<VaultSlot>;
  /** Removes what is too old or over the quota; answers how many files went. */
  sweep(key: SessionKey, limits: VaultLimits, nowMs: number): Promise<number>;
  /** Removes everything of a session. */
  forget(key: SessionKey): Promise<void>;
}

/** A place for one file that is being fetched: `keep` or `clear` ends it. */
export interface VaultSlot {
  /** Two paths that nobody else uses: for the encrypted and for the plain file. */
  readonly encrypted: string;
  readonly plain: string;
  /** Puts the plain file in its place. */
  keep(): Promise<VaultFile>;
  /** Removes what was written and not kept. */
  clear(): Promise<void>;
}

/** Files that are being written carry this; those of a crash are swept after an hour. */
const UNFINISHED = '.part';
const UNFINISHED_MS = 3_600_000;

/** Makes the vault in a folder; `unique` names what is being written. */
export function createVault(folder: string, unique: () => string): Vault {
  const home = (key: SessionKey) => join(folder, String(key));
  const place = (key: SessionKey, messageId: string) =>
    join(home(key), createHash('sha256').update(messageId).digest('hex').slice(0, 40));

  return {
    async find(key, messageId) {
      return fileAt(place(key, messageId));
    },
    async prepare(key, messageId) {
      await mkdir(home(key), { recursive: true, mode: 0o700 });
      const name = join(home(key), unique());
      const [encrypted, plain] = [`${name}.enc${UNFINISHED}`, `${name}${UNFINISHED}`];
      const path = place(key, messageId);
      return {
        encrypted,
        plain,
        async keep() {
          await rename(plain, path);
          const { size } = await stat(path);
          return { path, bytes: size };
        },
        clear: async () => {
          await Promise.all([encrypted, plain].map((file) => rm(file, { force: true })));
        },
      };
    },
    async sweep(key, { keepMs, quotaBytes }, nowMs) {
      const files = await filesIn(home(key));
      let total = 0;
      let removed = 0;
      for (const { path, bytes, atMs } of files.toSorted((a, b) => b.atMs - a.atMs)) {
        const ageMs = nowMs - atMs;
        const unfinished = path.endsWith(UNFINISHED);
        if (!unfinished) total += bytes;
        if (unfinished ? ageMs > UNFINISHED_MS : ageMs > keepMs || total > quotaBytes) {
          await rm(path, { force: true });
          removed++;
        }
      }
      return removed;
    },
    forget: (key) => rm(home(key), { recursive: true, force: true }),
  };
}

async function fileAt(path: string): Promise<VaultFile | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? { path, bytes: found.size } : null;
}

async function filesIn(folder: string) {
  const names = await readdir(folder).catch(() => []);
  const files = [];
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) files.push({ path, bytes: found.size, atMs: found.mtimeMs });
  }
  return files;
}
