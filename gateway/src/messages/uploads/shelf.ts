import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SessionKey } from '../../sessions/store.ts';

/** What is known of a file that was uploaded. */
export const uploadFacts = z.object({
  mimetype: z.string(),
  fileName: z.string().nullable(),
  bytes: z.number(),
  sha256: z.string(),
  expiresAtMs: z.number(),
});

export type UploadFacts = z.output<typeof uploadFacts>;

/**
 * Uploads on disk: a folder per session, a file per upload and one beside it that says what it is. That
 * one is written last, so an upload that has it is whole.
 */
export interface Shelf {
  /** A path for a new file, which `keep` puts on the shelf or the caller removes. */
  blank(key: SessionKey): Promise<string>;
  keep(key: SessionKey, mediaId: string, file: string, facts: UploadFacts): Promise<string>;
  find(key: SessionKey, mediaId: string): Promise<{ path: string; facts: UploadFacts } | null>;
  remove(key: SessionKey, mediaId: string): Promise<void>;
  /** Removes what has expired, and what a crash left an hour ago; answers how many files went. */
  sweep(key: SessionKey, nowMs: number): Promise<number>;
  /** Bytes of the files that lie there, however they came there. */
  size(key: SessionKey): Promise<number>;
  forget(key: SessionKey): Promise<void>;
}

const FACTS = '.json';
const UNFINISHED = '.part';
const LEFT_BEHIND_MS = 3_600_000;

/** Ids come from outside: only those of our own making become a path. */
const MEDIA_ID = /^[0-9A-Z]{26}$/;

export function createShelf(folder: string, unique: () => string): Shelf {
  const home = (key: SessionKey) => join(folder, String(key));

  async function entries(key: SessionKey) {
    const names = await readdir(home(key)).catch(() => []);
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(home(key), name);
        const info = await stat(path).catch(() => null);
        return info?.isFile() ? [{ name, path, bytes: info.size, atMs: info.mtimeMs }] : [];
      }),
    );
    return found.flat();
  }

  const remove = async (path: string) => {
    await rm(`${path}${FACTS}`, { force: true });
    await rm(path, { force: true });
  };

  return {
    async blank(key) {
      await mkdir(home(key), { recursive: true, mode: 0o700 });
      return join(home(key), `${unique()}${UNFINISHED}`);
    },
    async keep(key, mediaId, file, facts) {
      const path = join(home(key), mediaId);
      await rename(file, path);
      const draft = `${path}${UNFINISHED}`;
      await writeFile(draft, JSON.stringify(facts), { mode: 0o600, flush: true });
      await rename(draft, `${path}${FACTS}`);
      return path;
    },
    async find(key, mediaId) {
      if (!MEDIA_ID.test(mediaId)) return null;
      const path = join(home(key), mediaId);
      const facts = await readFacts(path);
      return facts && { path, facts };
    },
    remove: (key, mediaId) => remove(join(home(key), mediaId)),
    async sweep(key, nowMs) {
      let removed = 0;
      for (const { name, path, atMs } of await entries(key)) {
        if (name.endsWith(FACTS)) continue;
        const facts = name.endsWith(UNFINISHED) ? null : await readFacts(path);
        const isOver = facts === null ? nowMs - atMs > LEFT_BEHIND_MS : facts.expiresAtMs <= nowMs;
        if (!isOver) continue;
        await remove(path);
        removed++;
      }
      return removed;
    },
    async size(key) {
      return (await entries(key)).reduce((sum, { bytes }) => sum + bytes, 0);
    },
    forget: (key) => rm(home(key), { recursive: true, force: true }),
  };
}

/** Null when there are none, or what is there is damaged. */
async function readFacts(path: string): Promise<UploadFacts | null> {
  const text = await readFile(`${path}${FACTS}`, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return uploadFacts.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
