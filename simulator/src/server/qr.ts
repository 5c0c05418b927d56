/** What a QR code says about the client that shows it. */
export interface QrText {
  readonly ref: string;
  readonly noiseKey: Uint8Array;
  readonly identity: Uint8Array;
  readonly advSecret: Uint8Array;
  /** Absent in the QR codes of older clients. */
  readonly platformId: string | null;
}

const URL_PREFIX = 'https://wa.me/settings/linked_devices#';

/** Reads a QR text, with or without the URL prefix. Null when it is not one. */
export function parseQr(text: string): QrText | null {
  const body = text.startsWith(URL_PREFIX) ? text.slice(URL_PREFIX.length) : text;
  const [ref, noiseKey, identity, advSecret, platformId] = body.trim().split(',');
  if (!ref || !noiseKey || !identity || !advSecret) return null;
  const keys = [noiseKey, identity, advSecret].map((part) => Buffer.from(part, 'base64'));
  const [noise, own, secret] = keys;
  if (!noise || !own || !secret || keys.some((key) => key.length !== 32)) return null;
  return { ref, noiseKey: noise, identity: own, advSecret: secret, platformId: platformId ?? null };
}
