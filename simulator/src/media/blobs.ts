import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where blobs lie. Ids are made of `A-Za-z0-9_` only. */
export interface BlobShelf {
  put(id: string, bytes: Uint8Array): void;
  get(id: string): Uint8Array | null;
  delete(id: string): void;
  /** What lies there already, oldest first. */
  list(): { readonly id: string; readonly size: number }[];
}

/** Blobs in memory; gone with the process. */
export function createMemoryShelf(): BlobShelf {
  const blobs = new Map<string, Uint8Array>();
  return {
    put: (id, bytes) => void blobs.set(id, bytes),
    get: (id) => blobs.get(id) ?? null,
    delete: (id) => void blobs.delete(id),
    list: () => Array.from(blobs, ([id, bytes]) => ({ id, size: bytes.length })),
  };
}

const SUFFIX = '.blob';

/** Blobs as files in a folder, which is made when it is missing; they survive the process. */
export function createFolderShelf(folder: string): BlobShelf {
  mkdirSync(folder, { recursive: true });
  const pathOf = (id: string) => join(folder, id + SUFFIX);
  return {
    put: (id, bytes) => writeFileSync(pathOf(id), bytes),
    get(id) {
      try {
        return readFileSync(pathOf(id));
      } catch {
        return null;
      }
    },
    delete: (id) => rmSync(pathOf(id), { force: true }),
    list: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => name.slice(0, -SUFFIX.length))
        .map((id) => ({ id, size: statSync(pathOf(id)).size }))
        .sort((a, b) => sequenceOf(a.id) - sequenceOf(b.id)),
  };
}

/** Keeps blobs within a number of bytes. */
export interface BlobStore {
  /** Throws `RangeError` when the bytes alone are more than the store holds. */
  add(digest: string, bytes: Uint8Array): string;
  get(id: string): Uint8Array | null;
  delete(id: string): void;
}

/**
 * A store on a shelf that forgets the oldest blobs when a new one would take it over `maxBytes`: their
 * downloads answer 404, as expired media does. Ids start with a running number, so that the same bytes
 * stored again get another id, also after a restart on the same folder.
 */
export function createBlobStore(shelf: BlobShelf, maxBytes: number): BlobStore {
  const sizes = new Map(shelf.list().map(({ id, size }) => [id, size]));
  let total = 0;
  let sequence = 0;
  for (const [id, size] of sizes) {
    total += size;
    sequence = Math.max(sequence, sequenceOf(id));
  }
  const forget = (id: string): void => {
    const size = sizes.get(id);
    if (size === undefined) return;
    total -= size;
    sizes.delete(id);
    shelf.delete(id);
  };
  return {
    add(digest, bytes) {
      if (bytes.length > maxBytes) throw new RangeError(`the store holds ${maxBytes} bytes`);
      for (const id of sizes.keys()) {
        if (total + bytes.length <= maxBytes) break;
        forget(id);
      }
      const id = `${++sequence}_${digest}`;
      shelf.put(id, bytes);
      sizes.set(id, bytes.length);
      total += bytes.length;
      return id;
    },
    get: (id) => (sizes.has(id) ? shelf.get(id) : null),
    delete: forget,
  };
}

function sequenceOf(id: string): number {
  return Number.parseInt(id, 10) || 0;
}
