import { createHmac } from 'node:crypto';
import type { Random } from '../kernel/random.ts';

const PREFIX = 'whsec_';

/** A secret holds 24 to 64 bytes, as the Standard Webhooks specification asks; ours hold 32. */
const SECRET_BYTES = 32;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** A new signing secret: `whsec_` and base64. */
export function newSecret(random: Random): string {
  return PREFIX + Buffer.from(random.bytes(SECRET_BYTES)).toString('base64');
}

/** Whether a text can be a signing secret: `whsec_` and the base64 of 24 to 64 bytes. */
export function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const base64 = text.slice(PREFIX.length);
  const { length } = Buffer.from(base64, 'base64');
  const canonical = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0;
  return canonical && length >= MIN_SECRET_BYTES && length <= MAX_SECRET_BYTES;
}

/** What is signed. `timestamp` is that of the attempt, in seconds. */
export interface Signable {
  readonly id: string;
  readonly timestamp: number;
  readonly body: string | Uint8Array;
}

/**
 * The signature headers of a delivery, one signature per secret, separated by spaces; several only while
 * a secret is being rotated.
 *
 * `webhook-signature` follows Standard Webhooks 1.0: the key is what the base64 of the secret decodes to.
 * `x-wasphere-signature` is `v1,sha256=<hex>` over `timestamp.body`; its key is the secret as text.
 */
export function signatureHeaders(
  { id, timestamp, body }: Signable,
  secrets: readonly string[],
): Record<string, string> {
  const standard = secrets.map(
    (secret) => `v1,${hmac(keyOf(secret), `${id}.${timestamp}.`, body).toString('base64')}`,
  );
  const plain = secrets.map(
    (secret) => `v1,sha256=${hmac(secret, `${timestamp}.`, body).toString('hex')}`,
  );
  return {
    'webhook-signature': standard.join(' '),
    'x-wasphere-signature': plain.join(' '),
  };
}

/** HMAC over the body alone, the form that GitHub made known: `sha256=<hex>`, keyed by the secret as text. */
export function hubSignature(body: string | Uint8Array, secret: string): string {
  return `sha256=${hmac(secret, '', body).toString('hex')}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

function hmac(key: string | Buffer, head: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(head).update(body).digest();
}
