import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Makes opaque ids that sort by time of creation (ULID: 48 bits of milliseconds, 80 of chance). */
export type IdSource = () => string;

/** ULIDs that increase strictly within this process, also inside one millisecond. */
export function createIdSource(clock: Clock, random: Random): IdSource {
  let lastMs = -1;
  let chance: number[] = [];
  return () => {
    const nowMs = Math.max(clock.now(), lastMs);
    if (nowMs === lastMs) increment(chance);
    else chance = Array.from(random.bytes(16), (byte) => byte & 31);
    lastMs = nowMs;
    return encodeTime(nowMs) + chance.map((digit) => CROCKFORD[digit]).join('');
  };
}

function increment(digits: number[]): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = digits[i] ?? 0;
    if (digit < 31) {
      digits[i] = digit + 1;
      return;
    }
    digits[i] = 0;
  }
}

function encodeTime(ms: number): string {
  let rest = ms;
  let text = '';
  for (let i = 0; i < 10; i++) {
    text = CROCKFORD[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
