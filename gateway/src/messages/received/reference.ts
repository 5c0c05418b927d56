import { mediaInfo } from '../normalise/media-info.ts';
import type { MediaInfo } from '../normalise/payload.ts';
import { bytes, fields, text } from '../normalise/read.ts';
import { unwrap } from '../normalise/unwrap.ts';

/** What a medium is encrypted as; each kind has keys of its own. */
export type MediaSecretKind = 'Image' | 'Video' | 'Audio' | 'Document';

/** Where a received medium lies and how it is opened. */
export interface MediaReference {
  readonly kind: MediaSecretKind;
  /** 32 bytes. */
  readonly mediaKey: Uint8Array;
  /** Path on WhatsApp's media servers. */
  readonly directPath: string | null;
  /** As the sender wrote it: not to be trusted. */
  readonly url: string | null;
  /** Of the encrypted and of the plain file; null when the sender left it out. */
  readonly encryptedSha256: Uint8Array | null;
  readonly plainSha256: Uint8Array | null;
  readonly info: MediaInfo;
}

const KINDS: Readonly<Record<string, MediaSecretKind>> = {
  imageMessage: 'Image',
  stickerMessage: 'Image',
  videoMessage: 'Video',
  ptvMessage: 'Video',
  audioMessage: 'Audio',
  documentMessage: 'Document',
};

/** Reads the reference out of a decoded message; null when it carries no medium that can be fetched. */
export function mediaReference(content: unknown): MediaReference | null {
  const { rawType, value } = unwrap(content);
  const kind = rawType !== null && Object.hasOwn(KINDS, rawType) ? KINDS[rawType] : undefined;
  const object = fields(value);
  const mediaKey = bytes(object, 'mediaKey');
  if (kind === undefined || object === null || mediaKey?.length !== 32) return null;
  return {
    kind,
    mediaKey,
    directPath: text(object, 'directPath'),
    url: text(object, 'url'),
    encryptedSha256: sha256(object, 'fileEncSha256'),
    plainSha256: sha256(object, 'fileSha256'),
    info: mediaInfo(object),
  };
}

/** WhatsApp's own servers; `directPath` comes from the sender and must stay a path. */
export function whatsappMediaUrl({ directPath }: MediaReference): string | null {
  if (directPath === null || !/^\/[^/\\]/.test(directPath)) return null;
  return `https://mmg.whatsapp.net${directPath}`;
}

/** A simulator's media server has an address of its own, which only the message tells. */
export function simulatedMediaUrl({ url, directPath }: MediaReference): string | null {
  if (url === null || !URL.canParse(url)) return null;
  return directPath === null ? url : new URL(directPath, url).href;
}

function sha256(object: Parameters<typeof bytes>[0], name: string): Uint8Array | null {
  const value = bytes(object, name);
  return value?.length === 32 ? value : null;
}
