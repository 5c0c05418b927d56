import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { Problem } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { jsonPointer } from '../../kernel/json-pointer.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { inspectMedia, mediaTooLarge } from '../inspect.ts';
import { MEDIA_RULES, type MediaKind } from '../media-kinds.ts';
import { receiveFile } from './receive.ts';
import { createShelf, type Shelf, type UploadFacts } from './shelf.ts';

/** A file that a client handed over, to be sent by its id. */
export interface Upload extends UploadFacts {
  readonly mediaId: string;
  readonly path: string;
}

/** A file on its way in. */
export interface IncomingFile {
  /** Of its part in the form: where the file is refused, this field is meant. */
  readonly name: string;
  readonly stream: Readable;
  readonly kind: MediaKind;
  readonly mimetype: string | null;
  readonly fileName: string | null;
}

/** An upload that is there for one request only. */
export interface BorrowedUpload extends Upload {
  release(): Promise<void>;
}

/**
 * Files of clients, per session: streamed to disk, checked, and kept for a day, across restarts. Each may
 * be sent any number of times meanwhile. At most 2 GiB per session are kept; then `uploads_full` is
 * thrown until some expire or are removed.
 */
export interface Uploads {
  /**
   * Throws `media_too_large`, `media_wrong_type`, `invalid_media`, `uploads_full` or
   * `storage_unavailable`; then nothing is kept.
   */
  keep(key: SessionKey, incoming: IncomingFile): Promise<Upload>;
  /** The same, but the file goes with the request that brought it; equal bytes have equal ids. */
  borrow(key: SessionKey, incoming: IncomingFile): Promise<BorrowedUpload>;
  /** Null when there is none (any more). */
  find(key: SessionKey, mediaId: string): Promise<Upload | null>;
  /** Throws `upload_not_found`. */
  remove(key: SessionKey, mediaId: string): Promise<void>;
  sweep(keys: readonly SessionKey[]): Promise<number>;
  forget(key: SessionKey): Promise<void>;
}

const KEPT_MS = 24 * 3_600_000;
const QUOTA_BYTES = 2 * 1024 ** 3;

export function createUploads({
  folder,
  ids,
  clock,
  quotaBytes = QUOTA_BYTES,
}: {
  readonly folder: string;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Per session. */
  readonly quotaBytes?: number;
}): Uploads {
  const shelf = createShelf(folder, ids);
  const borrowed = new Map<string, BorrowedUpload[]>();

  const receive = (key: SessionKey, incoming: IncomingFile) =>
    checkedIn({ shelf, clock, quotaBytes }, key, incoming);

  async function find(key: SessionKey, mediaId: string): Promise<Upload | null> {
    const here = borrowed.get(`${key}/${mediaId}`)?.[0];
    if (here) return here;
    const found = await shelf.find(key, mediaId);
    if (found === null || found.facts.expiresAtMs <= clock.now()) return null;
    return { mediaId, path: found.path, ...found.facts };
  }

  return {
    find,
    async keep(key, incoming) {
      const { path, facts } = await receive(key, incoming);
      const mediaId = ids();
      return { mediaId, path: await shelf.keep(key, mediaId, path, facts), ...facts };
    },
    async borrow(key, incoming) {
      const { path, facts } = await receive(key, incoming);
      const mediaId = `sha256-${facts.sha256}`;
      const name = `${key}/${mediaId}`;
      const upload: BorrowedUpload = {
        mediaId,
        path,
        ...facts,
        async release() {
          const others = (borrowed.get(name) ?? []).filter((other) => other !== upload);
          if (others.length > 0) borrowed.set(name, others);
          else borrowed.delete(name);
          await rm(path, { force: true });
        },
      };
      borrowed.set(name, [...(borrowed.get(name) ?? []), upload]);
      return upload;
    },
    async remove(key, mediaId) {
      if ((await shelf.find(key, mediaId)) === null) {
        throw new Problem(
          'upload_not_found',
          'There is no upload with this id, or it has expired.',
        );
      }
      await shelf.remove(key, mediaId);
    },
    async sweep(keys) {
      let removed = 0;
      for (const key of keys) removed += await shelf.sweep(key, clock.now());
      return removed;
    },
    forget: (key) => shelf.forget(key),
  };
}

/** Streams a file to the shelf and checks it; it is not on the shelf yet. */
async function checkedIn(
  { shelf, clock, quotaBytes }: { shelf: Shelf; clock: Clock; quotaBytes: number },
  key: SessionKey,
  { name, stream, kind, mimetype, fileName }: IncomingFile,
): Promise<{ readonly path: string; readonly facts: UploadFacts }> {
  const rule = MEDIA_RULES[kind];
  const field = jsonPointer([name]);
  const path = await shelf.blank(key);
  const held = await shelf.size(key);
  let arrived = 0;
  try {
    const { bytes, sha256 } = await receiveFile(stream, path, (more) => {
      arrived += more;
      if (arrived > rule.maxBytes) throw mediaTooLarge(rule, field);
      if (held + arrived > quotaBytes) throw full(quotaBytes);
    });
    // Others may have come in meanwhile: the sum is what counts.
    if ((await shelf.size(key)) > quotaBytes) throw full(quotaBytes);
    const proven = await inspectMedia(path, rule, mimetype, field);
    const expiresAtMs = clock.now() + KEPT_MS;
    return { path, facts: { mimetype: proven, fileName, bytes, sha256, expiresAtMs } };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function full(quotaBytes: number): Problem {
  return new Problem(
    'uploads_full',
    `A session keeps up to ${quotaBytes} bytes of uploads. Remove some, or wait until they expire.`,
  );
}
