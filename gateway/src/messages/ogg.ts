import { open } from 'node:fs/promises';

/** What an Ogg file with Opus sound says about itself. */
export interface OpusInfo {
  readonly channels: number;
  readonly seconds: number;
}

/** A page is at most this long (RFC 3533), so the last one begins within it. */
const MAX_PAGE_BYTES = 65_307;

/** Opus counts samples at this rate whatever it was made from (RFC 7845). */
const RATE = 48_000;

/** Reads an Ogg file; null when its sound is not Opus. */
export async function opusInfo(file: string): Promise<OpusInfo | null> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const head = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const begin = head.buffer.subarray(0, head.bytesRead).indexOf('OpusHead');
    if (begin === -1 || begin + 12 > head.bytesRead) return null;
    const from = Math.max(0, size - MAX_PAGE_BYTES);
    const tail = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const last = tail.buffer.lastIndexOf('OggS');
    if (last === -1 || last + 14 > tail.bytesRead) return null;
    const samples =
      Number(tail.buffer.readBigInt64LE(last + 6)) - head.buffer.readUInt16LE(begin + 10);
    return {
      channels: head.buffer[begin + 9] ?? 0,
      seconds: Math.max(1, Math.round(samples / RATE)),
    };
  } finally {
    await handle.close();
  }
}
