import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { type Random, systemRandom } from '../../kernel/random.ts';
import { StorageDamaged } from '../errors.ts';

/** Where a value belongs: table, owner, id, column. A sealed value opens in its own place only. */
export type Place = readonly (string | number)[];

/** Protects values at rest. */
export interface Sealer {
  seal(plain: Uint8Array, place: Place): Uint8Array;
  /** Throws `StorageDamaged` when the value was changed or comes from another place. */
  open(sealed: Uint8Array, place: Place): Uint8Array;
}

/** Keeps values as they are: the database is not encrypted. */
export const plainSealer: Sealer = {
  seal: (plain) => plain,
  open: (sealed) => sealed,
};

const VERSION = 1;
const SALT_BYTES = 12;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + SALT_BYTES + NONCE_BYTES + TAG_BYTES;

/**
 * AES-256-GCM, 41 bytes longer than the plain value: version, salt, nonce, tag, ciphertext. The salt
 * gives each value its own key (HMAC-SHA256 of the master key). Under a single key random 96-bit nonces
 * are safe for about 2^32 values only (NIST SP 800-38D, 8.3), which a busy gateway writes in a few years.
 */
export function createSealer(masterKey: Uint8Array, random: Random = systemRandom): Sealer {
  const keyFor = (salt: Uint8Array) => createHmac('sha256', masterKey).update(salt).digest();
  return {
    seal(plain, place) {
      const chance = random.bytes(SALT_BYTES + NONCE_BYTES);
      const key = keyFor(chance.subarray(0, SALT_BYTES));
      const cipher = createCipheriv('aes-256-gcm', key, chance.subarray(SALT_BYTES));
      cipher.setAAD(associated(place));
      const body = [cipher.update(plain), cipher.final()];
      return Buffer.concat([Uint8Array.of(VERSION), chance, cipher.getAuthTag(), ...body]);
    },
    open(sealed, place) {
      if (sealed.length < HEADER_BYTES || sealed[0] !== VERSION) throw damaged(place);
      const nonceAt = 1 + SALT_BYTES;
      const tagAt = nonceAt + NONCE_BYTES;
      const key = keyFor(sealed.subarray(1, nonceAt));
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nonceAt, tagAt));
      decipher.setAAD(associated(place));
      decipher.setAuthTag(sealed.subarray(tagAt, HEADER_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()]);
      } catch {
        throw damaged(place);
      }
    },
  };
}

/** JSON keeps the parts apart: `["a","b/c"]` and `["a/b","c"]` are different places. */
const associated = (place: Place) => Buffer.from(JSON.stringify(place));

const damaged = (place: Place) =>
  new StorageDamaged(`a sealed value in table "${place[0]}" was changed or belongs elsewhere`);

/** Seals a value as JSON. */
export function sealJson(sealer: Sealer, value: unknown, place: Place): Uint8Array {
  return sealer.seal(Buffer.from(JSON.stringify(value)), place);
}

/** Opens what `sealJson` sealed; throws `StorageDamaged` when it is not JSON any more. */
export function openJson(sealer: Sealer, sealed: Uint8Array, place: Place): unknown {
  const plain = sealer.open(sealed, place);
  const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString();
  try {
    return JSON.parse(text);
  } catch {
    throw new StorageDamaged(`a value in table "${place[0]}" is not the JSON that was written`);
  }
}

/** Seals what may be absent. */
export function sealOptional(
  sealer: Sealer,
  plain: Uint8Array | null,
  place: Place,
): Uint8Array | null {
  return plain && sealer.seal(plain, place);
}
