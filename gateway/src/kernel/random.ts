import { randomBytes } from 'node:crypto';

/** The only source of chance: `next()` is uniform in [0, 1). */
export interface Random {
  next(): number;
  bytes(length: number): Uint8Array;
}

/** Asked of the operating system at a time: each question costs as much as a kilobyte. */
const POOL_BYTES = 4_096;

let pool: Buffer = Buffer.alloc(0);

/** Bytes that nobody had before. */
function fromPool(length: number): Buffer {
  if (length > POOL_BYTES) return randomBytes(length);
  if (pool.length < length) pool = randomBytes(POOL_BYTES);
  const taken = Buffer.from(pool.subarray(0, length));
  // A secret is not left behind for whoever reads the pool later.
  pool.fill(0, 0, length);
  pool = pool.subarray(length);
  return taken;
}

/** Chance from the operating system; 48 bits of it per number. */
export const systemRandom: Random = {
  next: () => fromPool(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (length) => fromPool(length),
};

/** A repeatable sequence for tests and simulations (mulberry32); never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}
