import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/** A key that an account's devices share; the id says which one a record was written with. */
export interface AppStateKey {
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly data: Uint8Array;
}

/** The five keys that HKDF makes of one shared key. */
export interface AppStateKeys {
  readonly id: Uint8Array;
  readonly index: Uint8Array;
  readonly valueEncryption: Uint8Array;
  readonly valueMac: Uint8Array;
  readonly snapshotMac: Uint8Array;
  readonly patchMac: Uint8Array;
}

export type Operation = 'set' | 'remove';

export const HASH_LENGTH = 128;
export const MAC_LENGTH = 32;
const IV_LENGTH = 16;

export function deriveAppStateKeys(key: AppStateKey): AppStateKeys {
  const expanded = expand(key.data, 'WhatsApp Mutation Keys', 160);
  return {
    id: key.id,
    index: expanded.subarray(0, 32),
    valueEncryption: expanded.subarray(32, 64),
    valueMac: expanded.subarray(64, 96),
    snapshotMac: expanded.subarray(96, 128),
    patchMac: expanded.subarray(128, 160),
  };
}

/** AES-256-CBC, the IV in front. */
export function encryptValue(plain: Uint8Array, keys: AppStateKeys, iv: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-cbc', keys.valueEncryption, iv);
  return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
}

/** Throws when the bytes are not whole blocks with valid padding. */
export function decryptValue(encrypted: Uint8Array, keys: AppStateKeys): Uint8Array {
  const iv = encrypted.subarray(0, IV_LENGTH);
  const decipher = createDecipheriv('aes-256-cbc', keys.valueEncryption, iv);
  return Buffer.concat([decipher.update(encrypted.subarray(IV_LENGTH)), decipher.final()]);
}

/** HMAC-SHA512, cut to 32 bytes, over operation, key id, value and the length of the first two. */
export function valueMacOf(
  operation: Operation,
  encrypted: Uint8Array,
  keys: AppStateKeys,
): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeUInt32BE(1 + keys.id.length, 4);
  return createHmac('sha512', keys.valueMac)
    .update(Uint8Array.of(operation === 'set' ? 1 : 2))
    .update(keys.id)
    .update(encrypted)
    .update(length)
    .digest()
    .subarray(0, MAC_LENGTH);
}

export function indexMacOf(index: Uint8Array, keys: AppStateKeys): Uint8Array {
  return createHmac('sha256', keys.index).update(index).digest();
}

/** Binds the whole collection at a version: made over its hash. */
export function snapshotMacOf(
  hash: Uint8Array,
  version: number,
  collection: string,
  keys: AppStateKeys,
): Uint8Array {
  return createHmac('sha256', keys.snapshotMac)
    .update(hash)
    .update(networkOrder(version))
    .update(collection)
    .digest();
}

/** Binds one patch to the collection as it is after it. */
export function patchMacOf(
  snapshotMac: Uint8Array,
  valueMacs: readonly Uint8Array[],
  version: number,
  collection: string,
  keys: AppStateKeys,
): Uint8Array {
  const mac = createHmac('sha256', keys.patchMac).update(snapshotMac);
  for (const valueMac of valueMacs) mac.update(valueMac);
  return mac.update(networkOrder(version)).update(collection).digest();
}

/**
 * The hash of a collection after values went and came ("LTHash"): 64 little-endian 16-bit words, to
 * which the expansion of each value's MAC is added, so that the order does not matter.
 */
export function mixHash(
  hash: Uint8Array,
  removed: readonly Uint8Array[],
  added: readonly Uint8Array[],
): Uint8Array {
  const mixed = Buffer.from(hash);
  const mix = (mac: Uint8Array, sign: 1 | -1) => {
    const words = Buffer.from(expand(mac, 'WhatsApp Patch Integrity', HASH_LENGTH));
    for (let at = 0; at < HASH_LENGTH; at += 2) {
      mixed.writeUInt16LE((mixed.readUInt16LE(at) + sign * words.readUInt16LE(at)) & 0xffff, at);
    }
  };
  for (const mac of removed) mix(mac, -1);
  for (const mac of added) mix(mac, 1);
  return mixed;
}

function networkOrder(version: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(version));
  return bytes;
}

function expand(secret: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, length));
}
