import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { proto } from 'baileys';
import type { Random } from '../kernel/random.ts';

/**
 * A client that finds its media expired asks the phone to upload it again, by a receipt of type
 * `server-error`; the phone answers with a notification of type `mediaretry`. Both carry these two
 * values as `enc_p` and `enc_iv`: AES-256-GCM under a key derived from the media key, with the message
 * id as associated data.
 */
export interface SealedReupload {
  readonly ciphertext: Uint8Array;
  readonly iv: Uint8Array;
}

/** What the phone answers: where the file is now, or why it is not. */
export type ReuploadAnswer =
  | { readonly result: 'success'; readonly directPath: string }
  | { readonly result: 'not-found' | 'decryption-error' | 'general-error' };

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

const RESULTS = {
  success: proto.MediaRetryNotification.ResultType.SUCCESS,
  'not-found': proto.MediaRetryNotification.ResultType.NOT_FOUND,
  'decryption-error': proto.MediaRetryNotification.ResultType.DECRYPTION_ERROR,
  'general-error': proto.MediaRetryNotification.ResultType.GENERAL_ERROR,
} as const;

/** Whether the request was made by somebody who holds the media key, and for this message. */
export function isReuploadRequest(
  sealed: SealedReupload,
  mediaKey: Uint8Array,
  messageId: string,
): boolean {
  try {
    const plain = open(sealed, mediaKey, messageId);
    return proto.ServerErrorReceipt.decode(plain).stanzaId === messageId;
  } catch {
    return false;
  }
}

/** The phone's answer for the message with this id. */
export function sealReuploadAnswer(
  answer: ReuploadAnswer,
  mediaKey: Uint8Array,
  messageId: string,
  random: Random,
): SealedReupload {
  const plain = proto.MediaRetryNotification.encode({
    stanzaId: messageId,
    result: RESULTS[answer.result],
    ...(answer.result === 'success' ? { directPath: answer.directPath } : {}),
  }).finish();
  const iv = random.bytes(IV_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', retryKey(mediaKey), iv);
  cipher.setAAD(Buffer.from(messageId));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { ciphertext, iv };
}

function open(sealed: SealedReupload, mediaKey: Uint8Array, messageId: string): Uint8Array {
  const { ciphertext, iv } = sealed;
  const end = Math.max(0, ciphertext.length - TAG_LENGTH);
  const decipher = createDecipheriv('aes-256-gcm', retryKey(mediaKey), iv);
  decipher.setAAD(Buffer.from(messageId));
  decipher.setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}

function retryKey(mediaKey: Uint8Array): Uint8Array {
  const info = 'WhatsApp Media Retry Notification';
  return new Uint8Array(hkdfSync('sha256', mediaKey, new Uint8Array(), info, 32));
}
