import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../kernel/random.ts';

const derive = promisify(
  (passphrase: string, salt: Uint8Array, done: (error: Error | null, key: Buffer) => void) =>
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, SCRYPT, done),
);

/** The first eight bytes: a name, and the version of the format. */
const MAGIC = Buffer.from('WAGSESS');
const VERSION = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const SALT_AT = MAGIC.length + 1;
const NONCE_AT = SALT_AT + SALT_BYTES;
const BODY_AT = NONCE_AT + NONCE_BYTES;
/** One guess costs 64 MiB and some tenths of a second (the OWASP cheat sheet's figures for scrypt). */
const SCRYPT = { N: 2 ** 16, r: 8, p: 2, maxmem: 128 * 1024 * 1024 };

/** What a file turned out to be. */
export type OpenedExport =
  | { readonly kind: 'opened'; readonly content: Uint8Array }
  /** Not written by `sealExport`, or by a newer program. */
  | { readonly kind: 'unknown' }
  /** The passphrase is another one, or the file was changed: nobody can tell which. */
  | { readonly kind: 'closed' };

/**
 * Seals a content under a passphrase: `WAGSESS`, version 1, salt (16 bytes), nonce (12), AES-256-GCM
 * ciphertext with its tag (16) at the end. The key is scrypt of the passphrase (NFKC); everything before
 * the ciphertext is authenticated with it.
 */
export async function sealExport(
  content: Uint8Array,
  passphrase: string,
  random: Random,
): Promise<Uint8Array> {
  const salt = random.bytes(SALT_BYTES);
  const nonce = random.bytes(NONCE_BYTES);
  const head = Buffer.concat([MAGIC, Uint8Array.of(VERSION), salt, nonce]);
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, salt), nonce);
  cipher.setAAD(head);
  return Buffer.concat([head, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `sealExport` made. */
export async function openExport(file: Uint8Array, passphrase: string): Promise<OpenedExport> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const isOurs = bytes.subarray(0, MAGIC.length).equals(MAGIC) && bytes[MAGIC.length] === VERSION;
  if (!isOurs || bytes.length < BODY_AT + TAG_BYTES) return { kind: 'unknown' };
  const key = await derive(passphrase, bytes.subarray(SALT_AT, NONCE_AT));
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(NONCE_AT, BODY_AT));
  decipher.setAAD(bytes.subarray(0, BODY_AT));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const body = decipher.update(bytes.subarray(BODY_AT, -TAG_BYTES));
    return { kind: 'opened', content: Buffer.concat([body, decipher.final()]) };
  } catch {
    return { kind: 'closed' };
  }
}
