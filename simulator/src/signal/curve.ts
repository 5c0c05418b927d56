import { calculateAgreement, calculateSignature, verifySignature } from 'whatsapp-rust-bridge';
import type { Random } from '../kernel/random.ts';

/** An X25519 key pair; both halves are 32 bytes, without a type byte. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
/** Signal marks Curve25519 keys by this first byte wherever they are serialised or signed. */
const CURVE_TYPE = 5;
/** u = 9, the base point of RFC 7748: agreeing with it gives the public key of a private one. */
const BASE_POINT = Uint8Array.from({ length: KEY_LENGTH }, (_, index) => (index === 0 ? 9 : 0));

/** A fresh key pair; the same sequence of chance gives the same keys. */
export function generateKeyPair(random: Random): KeyPair {
  return keyPairFrom(random.bytes(KEY_LENGTH));
}

/** The key pair of a 32-byte secret, which is clamped as RFC 7748 section 5 asks. */
export function keyPairFrom(secret: Uint8Array): KeyPair {
  if (secret.length !== KEY_LENGTH) throw new RangeError('a private key has 32 bytes');
  const privateKey = Uint8Array.from(secret);
  privateKey[0] = (privateKey[0] ?? 0) & 0b1111_1000;
  privateKey[31] = ((privateKey[31] ?? 0) & 0b0111_1111) | 0b0100_0000;
  // Not the module's getPublicFromPrivateKey: 0.5.4 answers with a point of another curve.
  return { privateKey, publicKey: agree(privateKey, BASE_POINT) };
}

/** X25519 shared secret, 32 bytes. Throws when the public key has not 32 (or 33, typed) bytes. */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return calculateAgreement(typed(publicKey), privateKey);
}

/** XEdDSA signature, 64 bytes. It holds chance of its own: two signatures of one message differ. */
export function sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return calculateSignature(privateKey, message);
}

/** Whether the XEdDSA signature holds. Malformed keys and signatures are answered with false. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_LENGTH || !isKeyLength(publicKey.length)) return false;
  try {
    return verifySignature(typed(publicKey), message, signature);
  } catch {
    return false;
  }
}

/** The 33-byte form of a public key: type byte and key. Accepts both forms. */
export function typed(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length === KEY_LENGTH + 1 && publicKey[0] === CURVE_TYPE) return publicKey;
  if (publicKey.length !== KEY_LENGTH) throw new RangeError('a public key has 32 bytes');
  const key = new Uint8Array(KEY_LENGTH + 1);
  key[0] = CURVE_TYPE;
  key.set(publicKey, 1);
  return key;
}

/** The 32-byte form of a public key. Accepts both forms. */
export function untyped(publicKey: Uint8Array): Uint8Array {
  return typed(publicKey).slice(1);
}

function isKeyLength(length: number): boolean {
  return length === KEY_LENGTH || length === KEY_LENGTH + 1;
}
