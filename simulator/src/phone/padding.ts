import type { Random } from '../kernel/random.ts';

const MAX_PADDING = 16;

/** Clients append 1 to 16 bytes, each of which says how many there are. */
export function pad(plaintext: Uint8Array, random: Random): Uint8Array {
  const length = 1 + Math.floor(random.next() * MAX_PADDING);
  const padded = new Uint8Array(plaintext.length + length).fill(length);
  padded.set(plaintext);
  return padded;
}

/** Null when the padding is not as clients write it; lenient readers would not notice. */
export function unpad(padded: Uint8Array): Uint8Array | null {
  const length = padded.at(-1) ?? 0;
  if (length < 1 || length > MAX_PADDING || length > padded.length) return null;
  const end = padded.length - length;
  for (let index = end; index < padded.length; index++) if (padded[index] !== length) return null;
  return padded.subarray(0, end);
}
