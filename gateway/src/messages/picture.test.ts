import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preparePicture, prepareSticker, thumbnailOf, UnreadablePicture } from './picture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'picture-'));
});
afterEach(() => rm(folder, { recursive: true }));

const red = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } });

async function fileOf(bytes: Buffer): Promise<string> {
  const file = join(folder, 'picture');
  await writeFile(file, bytes);
  return file;
}

/** Two frames that differ, as GIF. */
async function animation(): Promise<Buffer> {
  const frames = await Promise.all(
    ['red', 'blue'].map((background) =>
      sharp({ create: { width: 40, height: 20, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toBuffer();
}

describe('pictures that come together', () => {
  it('are worked on two at a time', async () => {
    const bytes = await red(600, 600).png().toBuffer();
    let most = 0;
    const look = () => {
      const { queue, process } = sharp.counters();
      most = Math.max(most, queue + process);
    };
    sharp.queue.on('change', look);
    try {
      const files = Array.from({ length: 8 }, (_, index) => join(folder, `${index}`));
      await Promise.all(
        files.map(async (file) => {
          await writeFile(file, bytes);
          await Promise.all([prepareSticker(file), thumbnailOf(bytes)]);
        }),
      );
    } finally {
      sharp.queue.off('change', look);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('preparePicture', () => {
  it('leaves a JPEG as it is and measures it upright', async () => {
    const bytes = await red(300, 100).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const file = await fileOf(bytes);
    const picture = await preparePicture(file, 'image/jpeg');
    expect(picture).toMatchObject({ mimetype: 'image/jpeg', width: 100, height: 300 });
    expect(await readFile(file)).toEqual(bytes);
    const thumbnail = Buffer.from(picture.thumbnail, 'base64');
    expect(await sharp(thumbnail).metadata()).toMatchObject({
      format: 'jpeg',
      width: 32,
      height: 96,
    });
    expect(thumbnail.length).toBeLessThan(10_000);
  });

  it.each(['webp', 'gif', 'avif', 'tiff'] as const)('turns %s into JPEG', async (format) => {
    const file = await fileOf(await red(30, 10).toFormat(format).toBuffer());
    expect(await preparePicture(file, `image/${format}`)).toMatchObject({
      mimetype: 'image/jpeg',
      width: 30,
      height: 10,
    });
    expect(await sharp(await readFile(file)).metadata()).toMatchObject({ format: 'jpeg' });
    expect(await readdir(folder)).toEqual(['picture']);
  });

  it('refuses what only begins like a picture', async () => {
    const whole = await red(200, 200).jpeg().toBuffer();
    const cut = await fileOf(whole.subarray(0, 400));
    await expect(preparePicture(cut, 'image/jpeg')).rejects.toBeInstanceOf(UnreadablePicture);
    const webp = await fileOf(Buffer.from('RIFF\x10\x00\x00\x00WEBPnonsense'));
    await expect(preparePicture(webp, 'image/webp')).rejects.toBeInstanceOf(UnreadablePicture);
    expect(await readdir(folder)).toEqual(['picture']);
  });
});

describe('prepareSticker', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('fits a %s into 512 x 512 WebP', async (format) => {
    const file = await fileOf(await red(600, 200).toFormat(format).toBuffer());
    expect(await prepareSticker(file)).toEqual({ animated: false });
    const sticker = await readFile(file);
    expect(await sharp(sticker).metadata()).toMatchObject({
      format: 'webp',
      width: 512,
      height: 512,
    });
    expect(sticker.length).toBeLessThan(100 * 1024);
  });

  it('keeps an animation moving', async () => {
    const file = await fileOf(await animation());
    expect(await prepareSticker(file)).toEqual({ animated: true });
    expect(await sharp(await readFile(file), { animated: true }).metadata()).toMatchObject({
      format: 'webp',
      width: 512,
      pageHeight: 512,
      pages: 2,
    });
  });

  it('gives up quality before size', async () => {
    const noise = sharp({
      create: {
        width: 512,
        height: 512,
        channels: 3,
        background: 'black',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    });
    const file = await fileOf(await noise.png().toBuffer());
    await prepareSticker(file);
    expect((await readFile(file)).length).toBeLessThan(110 * 1024);
  });

  it('refuses what is no picture', async () => {
    const file = await fileOf(Buffer.from('no picture'));
    await expect(prepareSticker(file)).rejects.toBeInstanceOf(UnreadablePicture);
  });
});
