import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { MediaReference } from './reference.ts';

const MAC_BYTES = 10;
const BLOCK_BYTES = 16;
const PIECE_BYTES = 256 * 1024;

/** What of a medium did not fit to its message; nothing is kept then. */
export type Damage = 'too_short' | 'wrong_hash' | 'wrong_mac' | 'wrong_plain_hash' | 'bad_padding';

/**
 * Decrypts WhatsApp's media encryption from one file into another, in pieces: AES-256-CBC with an
 * HMAC-SHA256 over IV and ciphertext, cut to 10 bytes, at the end; keys by HKDF-SHA256 from the media
 * key. MAC and both hashes are checked before the file counts as whole. Null: it is.
 */
export async function decryptMedia(
  from: string,
  to: string,
  reference: MediaReference,
): Promise<Damage | null> {
  const source = await open(from, 'r');
  try {
    const { size } = await source.stat();
    const length = size - MAC_BYTES;
    if (length < BLOCK_BYTES || length % BLOCK_BYTES !== 0) return 'too_short';
    const damage = await checkSource(source, length, reference);
    if (damage !== null) return damage;
    const damaged = await writePlain(source, length, to, reference);
    if (damaged !== null) await rm(to, { force: true });
    return damaged;
  } finally {
    await source.close();
  }
}

/** The whole is proven before a single byte of it is decrypted. */
async function checkSource(
  source: FileHandle,
  length: number,
  reference: MediaReference,
): Promise<Damage | null> {
  const { iv, macKey } = keysOf(reference);
  const hash = createHash('sha256');
  const mac = createHmac('sha256', macKey).update(iv);
  for await (const piece of pieces(source, 0, length)) {
    hash.update(piece);
    mac.update(piece);
  }
  const { buffer: end } = await source.read(Buffer.alloc(MAC_BYTES), 0, MAC_BYTES, length);
  const digest = hash.update(end).digest();
  const { encryptedSha256 } = reference;
  if (encryptedSha256 !== null && !timingSafeEqual(digest, encryptedSha256)) return 'wrong_hash';
  return timingSafeEqual(mac.digest().subarray(0, MAC_BYTES), end) ? null : 'wrong_mac';
}

async function writePlain(
  source: FileHandle,
  length: number,
  to: string,
  reference: MediaReference,
): Promise<Damage | null> {
  const { iv, cipherKey } = keysOf(reference);
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const hash = createHash('sha256');
  const target = await open(to, 'wx', 0o600);
  const write = async (plain: Buffer) => {
    hash.update(plain);
    if (plain.length > 0) await target.appendFile(plain);
  };
  try {
    for await (const piece of pieces(source, 0, length)) await write(decipher.update(piece));
    const last = finish(decipher);
    if (last === null) return 'bad_padding';
    await write(last);
    await target.sync();
  } finally {
    await target.close();
  }
  const { plainSha256 } = reference;
  return plainSha256 === null || timingSafeEqual(hash.digest(), plainSha256)
    ? null
    : 'wrong_plain_hash';
}

function finish(decipher: ReturnType<typeof createDecipheriv>): Buffer | null {
  try {
    return decipher.final();
  } catch {
    return null;
  }
}

async function* pieces(source: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = from; at < to; ) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(PIECE_BYTES, to - at), at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** The keys that belong to a medium. */
export function keysOf({ kind, mediaKey }: Pick<MediaReference, 'kind' | 'mediaKey'>) {
  const expanded = Buffer.from(
    hkdfSync('sha256', mediaKey, Buffer.alloc(0), `WhatsApp ${kind} Keys`, 112),
  );
  return {
    iv: expanded.subarray(0, 16),
    cipherKey: expanded.subarray(16, 48),
    macKey: expanded.subarray(48, 80),
  };
}
