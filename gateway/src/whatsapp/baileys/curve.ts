import {
  calculateAgreement,
  calculateSignature,
  generateKeyPair as generateBridgeKeyPair,
  verifySignature,
} from 'whatsapp-rust-bridge';

const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
/** Signal marks Curve25519 public keys by this first byte wherever they are serialised or signed. */
const CURVE_TYPE = 5;

/** A key pair as Baileys keeps it: both halves 32 bytes, the public one without its type byte. */
export interface RawKeyPair {
  readonly public: Uint8Array;
  readonly private: Uint8Array;
}

/** The 33-byte form of a public key. Accepts both forms; throws `RangeError` on any other length. */
export function typed(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length === KEY_LENGTH + 1 && publicKey[0] === CURVE_TYPE) return publicKey;
  if (publicKey.length !== KEY_LENGTH) throw new RangeError('a public key has 32 bytes');
  const key = new Uint8Array(KEY_LENGTH + 1);
  key[0] = CURVE_TYPE;
  key.set(publicKey, 1);
  return key;
}

/** A fresh X25519 key pair; randomness comes from the operating system. */
export function generateKeyPair(): RawKeyPair {
  const { pubKey, privKey } = generateBridgeKeyPair();
  return { public: Buffer.from(pubKey.subarray(1)), private: Buffer.from(privKey) };
}

/** X25519 shared secret, 32 bytes. */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return Buffer.from(calculateAgreement(typed(publicKey), privateKey));
}

/** XEdDSA signature, 64 bytes. */
export function sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return Buffer.from(calculateSignature(privateKey, message));
}

/** Whether the XEdDSA signature holds; malformed keys and signatures are answered with false. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_LENGTH) return false;
  try {
    return verifySignature(typed(publicKey), message, signature);
  } catch {
    return false;
  }
}

/** The same pair in the shape the bridge's ciphers ask for. */
export function bridgePair(pair: RawKeyPair): { pubKey: Uint8Array; privKey: Uint8Array } {
  return { pubKey: typed(pair.public), privKey: pair.private };
}
