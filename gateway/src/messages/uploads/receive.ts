import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../../kernel/errors.ts';

/** What was written. */
export interface ReceivedFile {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Streams bytes into a new file and syncs it; at most one chunk is in memory. `admit` hears of each chunk
 * before it is written and throws where it is too much. Throws `invalid_media` when the client breaks off
 * and `storage_unavailable` when the disk cannot take it; a part of the file may be left.
 */
export async function receiveFile(
  source: Readable,
  file: string,
  admit: (bytes: number) => void,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* measured(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      admit(chunk.length);
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await pipeline(source, measured, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'write' || syscall === 'open') {
      throw new Problem('storage_unavailable', 'The file could not be stored. Try again later.');
    }
    throw new Problem('invalid_media', 'The upload was broken off before its end.');
  }
  return { bytes, sha256: hash.digest('hex') };
}
