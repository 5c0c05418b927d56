import { type FileHandle, open } from 'node:fs/promises';
import { Problem, type ProblemCode } from '../kernel/errors.ts';
import type { MediaRule } from './media-kinds.ts';
import { SNIFF_BYTES, sniff } from './sniff.ts';

/**
 * The type of a file that its bytes prove (where the rule takes anything, else the stated one), after
 * making sure that it survives a power cut. Throws `invalid_media` or `media_wrong_type`, pointing at
 * `pointer`.
 */
export async function inspectMedia(
  file: string,
  rule: MediaRule,
  stated: string | null,
  pointer: string,
): Promise<string> {
  const handle = await open(file, 'r+');
  try {
    const proven = sniff(await readHead(handle));
    await handle.sync();
    if (proven === null && (await handle.stat()).size === 0) {
      throw refusedMedia('invalid_media', 'The file is empty.', pointer);
    }
    if (rule.types === null) return stated ?? proven ?? 'application/octet-stream';
    if (proven !== null && rule.types.includes(proven)) return proven;
    throw refusedMedia(
      'media_wrong_type',
      `Expected ${rule.expected}, but the file is ${proven ?? 'of no known type'}.`,
      pointer,
    );
  } finally {
    await handle.close();
  }
}

/** The type that the bytes of a file prove; null when they prove none. */
export async function provenType(file: string): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    return sniff(await readHead(handle));
  } finally {
    await handle.close();
  }
}

async function readHead(handle: FileHandle): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

/** A problem with a medium that points at its field. */
export function refusedMedia(code: ProblemCode, message: string, pointer: string): Problem {
  return new Problem(code, message, [{ field: pointer, message }]);
}

/** The medium is larger than its kind may be. */
export const mediaTooLarge = (rule: MediaRule, pointer: string): Problem =>
  refusedMedia('media_too_large', `The file has more than ${rule.maxBytes} bytes.`, pointer);
