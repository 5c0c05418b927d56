import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';

/**
 * WhatsApp's word for each kind of media in the key derivation. Sources: Baileys'
 * `MEDIA_HKDF_KEY_MAPPING` and whatsmeow's `MediaType` constants, which agree.
 */
const KEY_NAMES = {
  image: 'Image',
  sticker: 'Image',
  video: 'Video',
  ptv: 'Video',
  audio: 'Audio',
  document: 'Document',
  history: 'History',
  'app-state': 'App State',
  'thumbnail-link': 'Link Thumbnail',
} as const;

export type MediaType = keyof typeof KEY_NAMES;

export const MEDIA_KEY_LENGTH = 32;
const MAC_LENGTH = 10;

/** What a message says about its media, so that a receiver can fetch, check and decrypt it. */
export interface MediaDigest {
  readonly mediaKey: Uint8Array;
  /** SHA-256 of the plain bytes. */
  readonly fileSha256: Uint8Array;
  /** SHA-256 of the encrypted bytes, MAC included. */
  readonly fileEncSha256: Uint8Array;
  readonly fileLength: number;
}

export interface EncryptedMedia extends MediaDigest {
  /** AES-256-CBC ciphertext, then 10 bytes of HMAC-SHA256 over IV and ciphertext. */
  readonly encrypted: Uint8Array;
}

/** Which check media failed; `message` is for people. */
export type MediaFailure = 'encrypted-hash' | 'mac' | 'padding' | 'length' | 'hash';

export class MediaIntegrityError extends Error {
  readonly failure: MediaFailure;

  constructor(failure: MediaFailure) {
    super(`the media failed its ${failure} check`);
    this.name = 'MediaIntegrityError';
    this.failure = failure;
  }
}

/** Encrypts a whole file; a media key is used for one file only. */
export function encryptMedia(
  plain: Uint8Array,
  type: MediaType,
  mediaKey: Uint8Array,
): EncryptedMedia {
  const { iv, cipherKey, macKey } = deriveKeys(mediaKey, type);
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const encrypted = Buffer.concat([ciphertext, mac(macKey, iv, ciphertext)]);
  return {
    mediaKey,
    encrypted,
    fileSha256: sha256(plain),
    fileEncSha256: sha256(encrypted),
    fileLength: plain.length,
  };
}

/** Checks everything a receiver can check and returns the plain bytes. Throws `MediaIntegrityError`. */
export function decryptMedia(
  encrypted: Uint8Array,
  type: MediaType,
  digest: MediaDigest,
): Uint8Array {
  if (!equal(sha256(encrypted), digest.fileEncSha256))
    throw new MediaIntegrityError('encrypted-hash');
  const { iv, cipherKey, macKey } = deriveKeys(digest.mediaKey, type);
  const ciphertext = encrypted.subarray(0, Math.max(0, encrypted.length - MAC_LENGTH));
  if (!equal(mac(macKey, iv, ciphertext), encrypted.subarray(ciphertext.length))) {
    throw new MediaIntegrityError('mac');
  }
  const plain = openCbc(ciphertext, cipherKey, iv);
  if (plain.length !== digest.fileLength) throw new MediaIntegrityError('length');
  if (!equal(sha256(plain), digest.fileSha256)) throw new MediaIntegrityError('hash');
  return plain;
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

interface MediaKeys {
  readonly iv: Uint8Array;
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
}

/** HKDF-SHA256 without salt to 112 bytes; the last 32, a reference key, are not used any more. */
function deriveKeys(mediaKey: Uint8Array, type: MediaType): MediaKeys {
  const info = `WhatsApp ${KEY_NAMES[type]} Keys`;
  const expanded = new Uint8Array(hkdfSync('sha256', mediaKey, new Uint8Array(), info, 112));
  return {
    iv: expanded.subarray(0, 16),
    cipherKey: expanded.subarray(16, 48),
    macKey: expanded.subarray(48, 80),
  };
}

function mac(macKey: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return createHmac('sha256', macKey)
    .update(iv)
    .update(ciphertext)
    .digest()
    .subarray(0, MAC_LENGTH);
}

function openCbc(ciphertext: Uint8Array, cipherKey: Uint8Array, iv: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new MediaIntegrityError('padding');
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
