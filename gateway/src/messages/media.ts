import { copyFile, link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem, type ProblemCode } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Download, NotSaved } from '../net/download.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { MediaSource } from './catalogue/media-source.ts';
import { inspectMedia, mediaTooLarge, refusedMedia } from './inspect.ts';
import { acceptsAnnounced, MEDIA_RULES, type MediaKind, type MediaRule } from './media-kinds.ts';
import type { Uploads } from './uploads/uploads.ts';

/** A fetch that takes longer is given up; an HTTP caller is waiting for it. */
const FETCH_DEADLINE_MS = 60_000;
const MAX_REDIRECTS = 5;

/** Base64 is decoded in pieces: a multiple of 4 characters, so that each piece stands alone. */
const DECODE_CHARS = 4 * 64 * 1024;

/** A medium on this machine, of the type its bytes prove. */
export interface LocalMedia {
  readonly file: string;
  /** Proven by the bytes; for kinds that take anything, else what the sender or server stated. */
  readonly mimetype: string;
  readonly bytes: number;
  /** As stated by the sender or the server; not safe as a path. */
  readonly fileName: string | null;
}

/** Where a medium is brought to, and whose uploads may be meant. */
export interface MediaPlace {
  readonly session: Pick<SessionRecord, 'key'>;
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** Media to send, from wherever they are given to files on disk. */
export interface Media {
  /**
   * Brings a source into a new file of its own in the folder (made when missing) and syncs it. Throws a
   * `Problem` (`media_*`, `invalid_media`, `url_not_allowed`, `upload_not_found`) that points at the
   * field; then no file is left. The caller owns the file and removes it with `discard`.
   */
  fetch(source: MediaSource, kind: MediaKind, place: MediaPlace): Promise<LocalMedia>;
  /** Removes a file; missing ones are fine. */
  discard(file: string): Promise<void>;
}

export interface MediaDeps {
  readonly download: Download;
  readonly uploads: Pick<Uploads, 'find'>;
  readonly ids: IdSource;
}

/** Fetches and checks media that is to be sent. */
export function createMedia({ download, uploads, ids }: MediaDeps): Media {
  const discard = (file: string) => rm(file, { force: true });

  async function prepared(
    source: MediaSource,
    kind: MediaKind,
    file: string,
    { session, signal }: MediaPlace,
  ): Promise<LocalMedia> {
    const rule = MEDIA_RULES[kind];
    const bring = () => {
      switch (source.kind) {
        case 'url':
          return save(download, source, file, rule, signal);
        case 'base64':
          return decode(source, file, rule);
        case 'upload':
          return takeUpload(uploads, session.key, source, file, rule);
      }
    };
    const stated = await bring();
    const mimetype = await inspectMedia(file, rule, stated.mimetype, source.pointer);
    return { file, mimetype, bytes: stated.bytes, fileName: source.fileName ?? stated.fileName };
  }

  return {
    discard,
    async fetch(source, kind, place) {
      await mkdir(place.folder, { recursive: true, mode: 0o700 });
      const file = join(place.folder, ids());
      try {
        return await prepared(source, kind, file, place);
      } catch (error) {
        await discard(file);
        throw error;
      }
    },
  };
}

/** What is said about a file, not what it is. */
interface Stated {
  readonly bytes: number;
  readonly mimetype: string | null;
  readonly fileName: string | null;
}

async function save(
  download: Download,
  source: MediaSource & { kind: 'url' },
  file: string,
  rule: MediaRule,
  signal?: AbortSignal,
): Promise<Stated> {
  const result = await download(source.url, file, {
    maxBytes: rule.maxBytes,
    deadlineMs: FETCH_DEADLINE_MS,
    maxRedirects: MAX_REDIRECTS,
    accepts: (mediaType) => acceptsAnnounced(rule, mediaType),
    ...(signal ? { signal } : {}),
  });
  if (result.kind === 'not_saved') throw fetchProblem(result, source, rule);
  return {
    bytes: result.bytes,
    mimetype: source.mimetype ?? (result.mediaType || null),
    fileName: result.fileName,
  };
}

function fetchProblem(failure: NotSaved, { pointer }: MediaSource, rule: MediaRule): Problem {
  const [code, advice] = explain(failure.reason, rule);
  return new Problem(code, `${sentence(failure.message)} ${advice}`, [
    { field: pointer, message: failure.message },
  ]);
}

function explain(reason: NotSaved['reason'], rule: MediaRule): readonly [ProblemCode, string] {
  switch (reason) {
    case 'blocked':
      return ['url_not_allowed', 'Use a public URL, or let the operator allow the host.'];
    case 'not_found':
      return ['media_not_found', 'Open the URL in a private browser window to see what it holds.'];
    case 'html':
    case 'wrong_type':
      return ['media_wrong_type', `Expected ${rule.expected}: give the direct link to the file.`];
    case 'too_large':
      return ['media_too_large', 'Make the file smaller or send it as a document.'];
    case 'too_slow':
      return ['media_timeout', 'Try again, or send the file itself instead of a URL.'];
    case 'dns':
    case 'connect':
    case 'tls':
    case 'http_error':
    case 'too_many_redirects':
    case 'broken':
      return ['media_fetch_failed', 'Check the URL, or send the file itself.'];
    case 'aborted':
      return ['shutting_down', 'Send the request again in a moment.'];
    case 'disk':
      return ['storage_unavailable', 'The operator should look at the disk.'];
  }
}

async function decode(
  source: MediaSource & { kind: 'base64' },
  file: string,
  rule: MediaRule,
): Promise<Stated> {
  const text = /\s/.test(source.data) ? source.data.replace(/\s+/g, '') : source.data;
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw refusedMedia('invalid_media', 'The data is not valid base64.', source.pointer);
  }
  if (Math.floor((text.length * 3) / 4) > rule.maxBytes + 2)
    throw mediaTooLarge(rule, source.pointer);
  const handle = await open(file, 'wx', 0o600);
  let bytes = 0;
  try {
    for (let at = 0; at < text.length; at += DECODE_CHARS) {
      const piece = Buffer.from(text.slice(at, at + DECODE_CHARS), 'base64');
      bytes += piece.length;
      await handle.appendFile(piece);
    }
  } finally {
    await handle.close();
  }
  if (bytes > rule.maxBytes) throw mediaTooLarge(rule, source.pointer);
  return { bytes, mimetype: source.mimetype, fileName: null };
}

/**
 * A second name for the upload: nothing is copied where the disk can do that. Whatever changes a medium
 * writes a new file, so that the upload stays as it is.
 */
async function takeUpload(
  uploads: Pick<Uploads, 'find'>,
  session: SessionKey,
  { mediaId, mimetype, pointer }: MediaSource & { kind: 'upload' },
  file: string,
  rule: MediaRule,
): Promise<Stated> {
  const upload = await uploads.find(session, mediaId);
  if (upload === null) throw unknownUpload(pointer);
  if (upload.bytes > rule.maxBytes) throw mediaTooLarge(rule, pointer);
  try {
    await link(upload.path, file).catch(() => copyFile(upload.path, file));
  } catch (error) {
    // It expired in between.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unknownUpload(pointer);
    throw error;
  }
  return { bytes: upload.bytes, mimetype: mimetype ?? upload.mimetype, fileName: upload.fileName };
}

const unknownUpload = (pointer: string): Problem =>
  refusedMedia(
    'upload_not_found',
    'There is no upload with this mediaId in this session, or it has expired. Upload the file again.',
    pointer,
  );

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
