import { rename, rm, writeFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { createTurns } from '../kernel/turns.ts';
import { SNIFF_BYTES, sniff } from './sniff.ts';

// Decoded pictures would stay in memory for pictures that are never sent twice.
sharp.cache(false);

/**
 * Two pictures at a time in this process. Each is worked on in one of the four threads that libuv has for
 * all, and that every durable write needs for its fdatasync: four large pictures together would hold up
 * receipts and answers for as long as they take.
 */
const inTurn = createTurns(2);

/** What a picture or film shows before it is loaded. */
export interface Preview {
  readonly width: number;
  readonly height: number;
  /** A small JPEG, base64. */
  readonly thumbnail: string;
}

/** A file that is no picture after all, or is damaged, or larger than any screen. */
export class UnreadablePicture extends Error {
  override readonly name = 'UnreadablePicture';
}

/** Three bytes of memory per pixel while decoding; the largest phone cameras stay below. */
const MAX_PIXELS = 110_000_000;
const THUMBNAIL_PIXELS = 96;
/** Cards are shown larger than the picture of a message that is still loading. */
const CARD_PIXELS = 192;
const STICKER_PIXELS = 512;

/** What WhatsApp's clients make of the picture of a person or group. */
const PROFILE_PIXELS = 640;

/** WhatsApp's rules for stickers, in bytes. */
const STICKER_BYTES = { still: 100 * 1024, animated: 500 * 1024 };
const SMALLEST_QUALITY = 20;
const STICKER_QUALITIES = [80, 60, 40, SMALLEST_QUALITY] as const;

/** WhatsApp's clients all show these; whatever else is accepted becomes JPEG. */
const SHOWN_EVERYWHERE: ReadonlySet<string> = new Set(['image/jpeg', 'image/png']);

/**
 * Makes a picture fit for sending, in place: turned upright and converted to JPEG when it is neither JPEG
 * nor PNG. Rejects with `UnreadablePicture`.
 */
export async function preparePicture(
  file: string,
  mimetype: string,
): Promise<Preview & { readonly mimetype: string }> {
  return guarded(async () => {
    const convert = !SHOWN_EVERYWHERE.has(mimetype);
    if (convert) {
      const jpeg = open(file).autoOrient().flatten({ background: 'white' }).jpeg({ quality: 88 });
      await replace(file, (to) => jpeg.toFile(to));
    }
    const { autoOrient } = await open(file).metadata();
    return {
      mimetype: convert ? 'image/jpeg' : mimetype,
      width: autoOrient.width,
      height: autoOrient.height,
      thumbnail: await thumbnailIn(file),
    };
  });
}

/** What is shown of a picture before it is loaded: a small JPEG, base64. Rejects with `UnreadablePicture`. */
export async function smallPicture(file: string): Promise<string> {
  return guarded(() => thumbnailIn(file));
}

async function thumbnailIn(file: string): Promise<string> {
  const jpeg = await open(file)
    .autoOrient()
    .resize(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .jpeg({ quality: 60 })
    .toBuffer();
  return jpeg.toString('base64');
}

/** A small JPEG of a picture in memory, base64; null when it is no picture of a known kind. */
export async function thumbnailOf(bytes: Uint8Array): Promise<string | null> {
  const type = sniff(bytes.subarray(0, SNIFF_BYTES));
  if (!type?.startsWith('image/') || type === 'image/svg+xml') return null;
  const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, sequentialRead: true })
    .autoOrient()
    .resize(CARD_PIXELS, CARD_PIXELS, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .jpeg({ quality: 60 });
  const thumbnail = await inTurn(() => picture.toBuffer()).catch(() => null);
  return thumbnail === null ? null : thumbnail.toString('base64');
}

/**
 * Makes a sticker of any picture, in place: WebP of 512 x 512 pixels, animated when the picture is, as
 * small as WhatsApp wants it where quality allows. Rejects with `UnreadablePicture`.
 */
export async function prepareSticker(file: string): Promise<{ readonly animated: boolean }> {
  return guarded(async () => {
    const { pages = 1 } = await open(file).metadata();
    const animated = pages > 1;
    const limit = animated ? STICKER_BYTES.animated : STICKER_BYTES.still;
    for (const quality of STICKER_QUALITIES) {
      const bytes = await fitted(file, animated).webp({ quality }).toBuffer();
      if (bytes.length > limit && quality !== SMALLEST_QUALITY) continue;
      await replace(file, (to) => writeFile(to, bytes, { mode: 0o600, flush: true }));
      return { animated };
    }
    return { animated };
  });
}

/** The middle of a picture as a square JPEG, as profiles show it. Rejects with `UnreadablePicture`. */
export async function squarePicture(file: string): Promise<Uint8Array> {
  return guarded(() =>
    open(file)
      .autoOrient()
      .resize(PROFILE_PIXELS, PROFILE_PIXELS, { fit: 'cover' })
      .flatten({ background: 'white' })
      .jpeg({ quality: 75 })
      .toBuffer(),
  );
}

function fitted(file: string, animated: boolean): Sharp {
  const picture = open(file, animated);
  // Frames of an animation lie below one another, so that turning them would mix them up.
  const upright = animated ? picture : picture.autoOrient();
  return upright.resize(STICKER_PIXELS, STICKER_PIXELS, {
    fit: 'contain',
    background: { r: 0, g: 0, b: 0, alpha: 0 },
  });
}

function open(file: string, animated = false): Sharp {
  return sharp(file, {
    limitInputPixels: MAX_PIXELS,
    sequentialRead: true,
    failOn: 'error',
    animated,
  });
}

/** Puts a new file in the place of an old one; the old one stays when the new one cannot be made. */
async function replace(file: string, write: (to: string) => Promise<unknown>): Promise<void> {
  const made = `${file}.new`;
  try {
    await write(made);
    await rename(made, file);
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
}

/** In turn; what fails is `UnreadablePicture`. Not to be called within its own work. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await inTurn(work);
  } catch (error) {
    throw new UnreadablePicture('the picture cannot be read', { cause: error });
  }
}
