import { rm } from 'node:fs/promises';
import type { Convert } from './converter.ts';
import { provenType } from './inspect.ts';
import { smallPicture } from './picture.ts';

const FIRST_PICTURE = [
  ['-an', '-frames:v', '1', '-vf', 'scale=320:320:force_original_aspect_ratio=decrease'],
  ['-f', 'mjpeg'],
].flat();

/**
 * The first picture of an MP4 or 3GP film as a small JPEG, base64; null where there is no ffmpeg, or it
 * cannot read the film, which is then sent without.
 */
export async function filmThumbnail(file: string, convert: Convert): Promise<string | null> {
  const made = `${file}.jpg`;
  try {
    // The reader is named, so that the file is never read as anything else, such as a playlist.
    const read = ['-nostdin', '-v', 'error', '-f', 'mov', '-i', `file:${file}`];
    const { kind } = await convert([...read, ...FIRST_PICTURE, '-y', `file:${made}`]);
    return kind === 'done' ? await smallPicture(made).catch(() => null) : null;
  } finally {
    await rm(made, { force: true });
  }
}

/** A picture that is sent as a document, as a small JPEG, base64; null for any other file. */
export async function documentThumbnail(file: string): Promise<string | null> {
  const type = await provenType(file);
  if (!type?.startsWith('image/') || type === 'image/svg+xml') return null;
  return smallPicture(file).catch(() => null);
}
