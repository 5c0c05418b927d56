import type { proto } from 'baileys';
import type { Random } from '../kernel/random.ts';
import {
  decryptMedia,
  encryptMedia,
  MEDIA_KEY_LENGTH,
  type MediaDigest,
  type MediaType,
} from '../media/crypto.ts';
import type { MediaServer } from '../media/port.ts';
import { given, toNumber } from './given.ts';

/** Where a file lies encrypted and how to open it. */
export interface MediaReference extends MediaDigest {
  /** Decides the keys that are derived. */
  readonly mediaType: MediaType;
  readonly directPath: string;
  readonly url?: string;
}

/** A file to upload, or one that is uploaded already: forwarding needs no second upload. */
export type MediaSource = { readonly bytes: Uint8Array } | MediaReference;

/** What composing media needs. */
export interface MediaContext {
  readonly media: Pick<MediaServer, 'store'>;
  readonly random: Random;
  readonly nowMs: number;
}

/** Nothing is stored where the reference points to: it expired, or lies on another server. */
export class MediaMissingError extends Error {
  constructor() {
    super('the media is not on the server any more');
    this.name = 'MediaMissingError';
  }
}

/**
 * The plain bytes of a file, every hash, the MAC and the length checked. Throws `MediaMissingError` or
 * `MediaIntegrityError`.
 */
export function fetchMedia(
  reference: MediaReference,
  server: Pick<MediaServer, 'read'>,
): Uint8Array {
  const encrypted = server.read(reference.directPath);
  if (!encrypted) throw new MediaMissingError();
  return decryptMedia(encrypted, reference.mediaType, reference);
}

/** Encrypts and stores a file under a media key of its own. */
export function uploadMedia(
  bytes: Uint8Array,
  mediaType: MediaType,
  context: Pick<MediaContext, 'media' | 'random'>,
): MediaReference {
  const mediaKey = context.random.bytes(MEDIA_KEY_LENGTH);
  const { encrypted, ...digest } = encryptMedia(bytes, mediaType, mediaKey);
  const { directPath, url } = context.media.store(STORE_KINDS[mediaType] ?? mediaType, encrypted);
  return { ...digest, mediaType, directPath, url };
}

/** Where clients upload kinds that have no path of their own. */
const STORE_KINDS: Partial<Record<MediaType, string>> = {
  sticker: 'image',
  ptv: 'video',
  history: 'md-app-state',
  'app-state': 'md-app-state',
  'thumbnail-link': 'image',
};

/** The fields that all media messages of the protobuf share. */
type MediaFields = Pick<
  proto.Message.IImageMessage,
  | 'url'
  | 'directPath'
  | 'mediaKey'
  | 'fileSha256'
  | 'fileEncSha256'
  | 'fileLength'
  | 'mediaKeyTimestamp'
>;

export function composeMedia(
  source: MediaSource | null,
  mediaType: MediaType,
  context: MediaContext,
): MediaFields {
  if (source === null) return {};
  const reference = 'bytes' in source ? uploadMedia(source.bytes, mediaType, context) : source;
  return {
    ...given({ url: reference.url }),
    directPath: reference.directPath,
    mediaKey: reference.mediaKey,
    fileSha256: reference.fileSha256,
    fileEncSha256: reference.fileEncSha256,
    fileLength: reference.fileLength,
    mediaKeyTimestamp: Math.floor(context.nowMs / 1000),
  };
}

/** Null when the message does not say where its file is, or not how to open it. */
export function readMedia(message: MediaFields, mediaType: MediaType): MediaReference | null {
  const { mediaKey, fileSha256, fileEncSha256, url } = message;
  const directPath = message.directPath || pathOf(url);
  if (!directPath || !mediaKey || !fileSha256 || !fileEncSha256) return null;
  return {
    mediaType,
    directPath,
    mediaKey,
    fileSha256,
    fileEncSha256,
    fileLength: toNumber(message.fileLength) ?? 0,
    ...given({ url }),
  };
}

function pathOf(url: string | null | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
