import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem, type ProblemCode } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Download, NotSaved } from '../net/download.ts';
import type { MediaSource } from './catalogue/media-source.ts';
import { acceptsAnnounced, MEDIA_RULES, type MediaKind, type MediaRule } from './media-kinds.ts';
import { SNIFF_BYTES, sniff } from './sniff.ts';

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

export interface Media {
  /**
   * Brings a source into a new file of its own in `folder` (made when missing) and syncs it. Throws a
   * `Problem` (`media_*`, `invalid_media`, `url_not_allowed`) that points at the field; then no file is
   * left. The caller owns the file and removes it with `discard`.
   */
  fetch(
    source: MediaSource,
    kind: MediaKind,
    folder: string,
    signal?: AbortSignal,
  ): Promise<LocalMedia>;
  /** Removes a file; missing ones are fine. */
  discard(file: string): Promise<void>;
}

export interface MediaDeps {
  readonly download: Download;
  readonly ids: IdSource;
}

/** Fetches and checks media that is to be sent. */
export function createMedia({ download, ids }: MediaDeps): Media {
  const discard = (file: string) => rm(file, { force: true });

  async function bring(
    source: MediaSource,
    kind: MediaKind,
    file: string,
    signal?: AbortSignal,
  ): Promise<LocalMedia> {
    const rule = MEDIA_RULES[kind];
    const stated =
      source.kind === 'url'
        ? await save(download, source, file, rule, signal)
        : await decode(source, file, rule);
    const mimetype = await inspect(file, source, rule, stated.mimetype);
    return { file, mimetype, bytes: stated.bytes, fileName: source.fileName ?? stated.fileName };
  }

  return {
    discard,
    async fetch(source, kind, folder, signal) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, ids());
      try {
        return await bring(source, kind, file, signal);
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
    throw refused('invalid_media', 'The data is not valid base64.', source);
  }
  if (Math.floor((text.length * 3) / 4) > rule.maxBytes + 2) throw tooLarge(rule, source);
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
  if (bytes > rule.maxBytes) throw tooLarge(rule, source);
  return { bytes, mimetype: source.mimetype, fileName: null };
}

/** Looks at the bytes themselves, and makes sure that they survive a power cut. */
async function inspect(
  file: string,
  source: MediaSource,
  rule: MediaRule,
  stated: string | null,
): Promise<string> {
  const handle = await open(file, 'r+');
  try {
    const proven = sniff(await readHead(handle));
    await handle.sync();
    if (proven === null && (await handle.stat()).size === 0) {
      throw refused('invalid_media', 'The file is empty.', source);
    }
    if (rule.types === null) return stated ?? proven ?? 'application/octet-stream';
    if (proven !== null && rule.types.includes(proven)) return proven;
    throw refused(
      'media_wrong_type',
      `Expected ${rule.expected}, but the file is ${proven ?? 'of no known type'}.`,
      source,
    );
  } finally {
    await handle.close();
  }
}

async function readHead(handle: FileHandle): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

function refused(code: ProblemCode, message: string, { pointer }: MediaSource): Problem {
  return new Problem(code, message, [{ field: pointer, message }]);
}

const tooLarge = (rule: MediaRule, source: MediaSource): Problem =>
  refused('media_too_large', `The file has more than ${rule.maxBytes} bytes.`, source);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
