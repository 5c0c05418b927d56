/** The only source of chance in the simulator: `next()` is uniform in [0, 1). */
export interface Random {
  next(): number;
  bytes(length: number): Uint8Array;
}

/**
 * A repeatable sequence (mulberry32): one seed always gives the same accounts, keys and faults.
 * Never for secrets that guard anything real.
 */
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
