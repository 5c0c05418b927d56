import { createDecipheriv, createHmac } from 'node:crypto';
import type { AddOnUse, Sealed } from '../normalise/add-on.ts';

/**
 * WhatsApp's word for each use, which is part of the key.
 * Answers also authenticate which message they answer, and who answers; the others do not. (Derived as
 * whatsmeow's `msgsecret.go` does, which agrees with the library on polls and events.)
 */
const USES = {
  poll_vote: { name: 'Poll Vote', bound: true },
  event_response: { name: 'Event Response', bound: true },
  reaction: { name: 'Enc Reaction', bound: false },
  comment: { name: 'Enc Comment', bound: false },
  message_edit: { name: 'Message Edit', bound: false },
  event_edit: { name: 'Event Edit', bound: false },
} as const satisfies Record<AddOnUse, { readonly name: string; readonly bound: boolean }>;

/** The message that an add-on is about. */
export interface SealParent {
  readonly id: string;
  /** `messageContextInfo.messageSecret` of it. */
  readonly secret: Uint8Array;
}

/** Two people, each under every address that clients may have used as key material. */
export interface SealParties {
  /** Who wrote the parent. */
  readonly authors: readonly string[];
  /** Who wrote the add-on. */
  readonly senders: readonly string[];
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens an add-on (AES-256-GCM); null when no pair of addresses does. At most one attempt per pair. Pure,
 * and never throws.
 */
export function openSealed(
  use: AddOnUse,
  parent: SealParent,
  { authors, senders }: SealParties,
  sealed: Sealed,
): Uint8Array | null {
  if (sealed.payload.length < TAG_BYTES || sealed.iv.length !== IV_BYTES) return null;
  for (const author of authors) {
    for (const sender of senders) {
      const plain = decrypt(use, parent, author, sender, sealed);
      if (plain !== null) return plain;
    }
  }
  return null;
}

/** HKDF-SHA256 of the secret without salt, in the two HMAC steps in which clients write it. */
export function sealKey(
  use: AddOnUse,
  { id, secret }: SealParent,
  author: string,
  sender: string,
): Uint8Array {
  const base = createHmac('sha256', Buffer.alloc(32)).update(secret).digest();
  return createHmac('sha256', base)
    .update(`${id}${author}${sender}${USES[use].name}`)
    .update(Uint8Array.of(1))
    .digest();
}

/** What is authenticated besides the ciphertext. */
export function sealedWith(use: AddOnUse, parentId: string, sender: string): Buffer {
  return Buffer.from(USES[use].bound ? `${parentId}\0${sender}` : '');
}

function decrypt(
  use: AddOnUse,
  parent: SealParent,
  author: string,
  sender: string,
  { payload, iv }: Sealed,
): Uint8Array | null {
  const decipher = createDecipheriv('aes-256-gcm', sealKey(use, parent, author, sender), iv);
  decipher.setAAD(sealedWith(use, parent.id, sender));
  decipher.setAuthTag(payload.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(payload.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
