import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '../kernel/random.ts';
import type { KeyRecord, KeySecret } from './store.ts';

/** Marks the text as a key of ours, for people and for the scanners that look for leaked ones. */
const MARK = 'wsk_live_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 62^43 is the first power of 62 that holds 256 bits. */
const SECRET_DIGITS = 43;
const PREFIX_DIGITS = 8;
const FORM = new RegExp(`^${MARK}[0-9A-Za-z]{${SECRET_DIGITS}}$`);

/** A key at the moment of its making: the only time its text exists here. */
export interface NewKey {
  readonly text: string;
  readonly secret: KeySecret;
}

/** Makes a key of 256 random bits. `random` must be fit for secrets. */
export function makeKey(random: Random): NewKey {
  let rest = BigInt(`0x${Buffer.from(random.bytes(SECRET_BYTES)).toString('hex')}`);
  let digits = '';
  for (let i = 0; i < SECRET_DIGITS; i++) {
    digits = DIGITS.charAt(Number(rest % 62n)) + digits;
    rest /= 62n;
  }
  const text = MARK + digits;
  return { text, secret: { prefix: prefixOf(text), hash: hashKey(text) } };
}

/** Whether a text has the form of our keys; says nothing about whether it is one. */
export const looksLikeKey = (text: string): boolean => FORM.test(text);

/** What a key's row is found by. */
export const prefixOf = (text: string): string =>
  text.slice(MARK.length, MARK.length + PREFIX_DIGITS);

/** SHA-256 is enough: there are 256 bits of chance to guess, not a password. */
export const hashKey = (text: string): Uint8Array => createHash('sha256').update(text).digest();

/** Compares in a time that does not depend on where two hashes differ. */
export const sameHash = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** What a shown secret is worth; `expired` is told apart: whoever shows it did hold the key. */
export type KeyVerdict =
  | { readonly kind: 'valid'; readonly key: KeyRecord }
  | { readonly kind: 'expired'; readonly key: KeyRecord }
  | { readonly kind: 'unknown' };

/**
 * Finds the key whose present secret, or the one before its rotation while that still counts, has
 * `hash`. Every candidate is compared, so the time tells nothing but their number.
 */
export function recognise(
  candidates: readonly KeyRecord[],
  hash: Uint8Array,
  nowMs: number,
): KeyVerdict {
  let verdict: KeyVerdict = { kind: 'unknown' };
  for (const key of candidates) {
    const isPresent = sameHash(key.secret.hash, hash);
    const isPrevious = key.previous !== null && sameHash(key.previous.hash, hash);
    if (!isPresent && !isPrevious) continue;
    const expired =
      (key.expiresAtMs !== null && nowMs >= key.expiresAtMs) ||
      (!isPresent && key.previous !== null && nowMs >= key.previous.untilMs);
    verdict = { kind: expired ? 'expired' : 'valid', key };
  }
  return verdict;
}
