import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { Random } from '../kernel/random.ts';

/** Messages about a message that only those can read who got the message itself, in clients' words. */
export type AddOnKind =
  | 'Poll Vote'
  | 'Event Response'
  | 'Enc Reaction'
  | 'Enc Comment'
  | 'Message Edit'
  | 'Event Edit';

/** Who answers what. The JIDs, without device, are part of the key: both ends must use the same. */
export interface AddOnNames {
  readonly kind: AddOnKind;
  readonly parentId: string;
  readonly parentAuthor: string;
  readonly author: string;
}

export interface SealedAddOn {
  readonly encPayload: Uint8Array;
  readonly encIv: Uint8Array;
}

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** AES-256-GCM under a key derived from the secret of the parent message. */
export function sealAddOn(
  plain: Uint8Array,
  secret: Uint8Array,
  names: AddOnNames,
  random: Random,
): SealedAddOn {
  const encIv = random.bytes(IV_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', addOnKey(secret, names), encIv);
  cipher.setAAD(associatedData(names));
  const encPayload = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { encPayload, encIv };
}

/** Null when it was not sealed with this secret under these names. */
export function openAddOn(
  sealed: SealedAddOn,
  secret: Uint8Array,
  names: AddOnNames,
): Uint8Array | null {
  const end = sealed.encPayload.length - TAG_LENGTH;
  if (end < 0 || sealed.encIv.length === 0) return null;
  try {
    const key = addOnKey(secret, names);
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.encIv);
    decipher.setAAD(associatedData(names));
    decipher.setAuthTag(sealed.encPayload.subarray(end));
    return Buffer.concat([decipher.update(sealed.encPayload.subarray(0, end)), decipher.final()]);
  } catch {
    return null;
  }
}

/** Votes name options by the SHA-256 of their text. */
export function optionHash(option: string): Buffer {
  return createHash('sha256').update(option).digest();
}

/** HKDF-SHA256 with an empty salt, in the two HMAC steps in which clients write it. */
function addOnKey(secret: Uint8Array, names: AddOnNames): Uint8Array {
  const extracted = createHmac('sha256', new Uint8Array(32)).update(secret).digest();
  return createHmac('sha256', extracted)
    .update(names.parentId)
    .update(names.parentAuthor)
    .update(names.author)
    .update(names.kind)
    .update(Uint8Array.of(1))
    .digest();
}

/** Answers are bound to who answers what once more; the others are not. */
function associatedData({ kind, parentId, author }: AddOnNames): Buffer {
  const isAnswer = kind === 'Poll Vote' || kind === 'Event Response';
  return Buffer.from(isAnswer ? `${parentId}\0${author}` : '');
}
