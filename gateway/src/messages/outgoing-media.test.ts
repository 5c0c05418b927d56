import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { mp4, opus } from './media-fixtures.ts';
import { compose, useDesk } from './outgoing-fixture.ts';

const desk = useDesk();

const url = 'https://example.com/medium';
const png = () =>
  sharp({ create: { width: 60, height: 40, channels: 3, background: 'green' } })
    .png()
    .toBuffer();

describe('content with media', () => {
  it('measures a picture and shows it once where asked', async () => {
    desk.served = await png();
    const composed = await compose({ image: { url, caption: 'look' }, viewOnce: true });
    expect(composed).toMatchObject({
      content: {
        type: 'image',
        mimetype: 'image/png',
        caption: 'look',
        width: 60,
        height: 40,
        viewOnce: true,
      },
      files: [join(desk.folder, 'medium')],
      shown: { hasMedia: true, viewOnce: true, media: { width: 60, mimetype: 'image/png' } },
    });
    expect((await compose({ 'view-once': { url } })).content).toMatchObject({ viewOnce: true });
  });

  it.each([
    [{ video: { url } }, { type: 'video', playback: 'video', seconds: 12, width: 640 }],
    [{ gif: { url } }, { type: 'video', playback: 'gif' }],
    [{ video: { url, gif: true } }, { type: 'video', playback: 'gif' }],
    [{ ptv: { url } }, { type: 'video', playback: 'note' }],
    [{ audio: { url } }, { type: 'audio', voice: false, mimetype: 'audio/mp4', seconds: 12 }],
    [
      { document: { url, fileName: 'a.mp4' } },
      { type: 'document', fileName: 'a.mp4', mimetype: 'video/mp4' },
    ],
  ])('takes an MP4 as %j', async (body, content) => {
    desk.served = mp4();
    expect((await compose(body)).content).toMatchObject(content);
  });

  it.each(['video', 'gif', 'ptv', 'document'])('shows the given picture of a %s', async (type) => {
    desk.served = mp4();
    const base64 = (await png()).toString('base64');
    const { content, files } = await compose({ [type]: { url, thumbnail: { base64 } } });
    const { thumbnail = '' } = content as { thumbnail?: string };
    const { format, width } = await sharp(Buffer.from(thumbnail, 'base64')).metadata();
    expect([format, width, files.length]).toEqual(['jpeg', 60, 1]);
    expect(await readdir(desk.folder)).toEqual(['medium']);
  });

  it('shows a picture that is sent as a document, and no other document', async () => {
    desk.served = await png();
    const picture = await compose({ document: { url } });
    expect(picture.content).toMatchObject({ thumbnail: expect.stringMatching(/^\/9j\//) });
    for (const other of [mp4(), Buffer.from('%PDF-1.7'), desk.served.subarray(0, 30)]) {
      desk.served = other;
      expect((await compose({ document: { url } })).content).not.toHaveProperty('thumbnail');
    }
  });

  it('shows the first picture of a film where ffmpeg is there', async () => {
    desk.served = mp4();
    const frame = await sharp(await png())
      .jpeg()
      .toBuffer();
    desk.convert = async (args) => {
      await writeFile(args.at(-1)?.replace('file:', '') ?? '', frame);
      return { kind: 'done' };
    };
    expect((await compose({ video: { url } })).content).toHaveProperty('thumbnail');
    expect(await readdir(desk.folder)).toEqual(['medium']);
    desk.convert = async () => ({ kind: 'failed', reason: 'no picture in it' });
    expect((await compose({ video: { url } })).content).not.toHaveProperty('thumbnail');
  });

  it.each([
    [{ base64: Buffer.from('ID3').toString('base64') }, 'media_wrong_type', 'base64'],
    [{ url: 'data:image/png;base64,iVBORw0KGgo=' }, 'invalid_media', 'url'],
    [{ mediaId: 'unknown' }, 'upload_not_found', 'mediaId'],
  ])('refuses the thumbnail %j and leaves no file', async (thumbnail, code, field) => {
    desk.served = mp4();
    await expect(compose({ video: { url, thumbnail } })).rejects.toMatchObject({
      code,
      fields: [{ field: `/video/thumbnail/${field}` }],
    });
    expect(await readdir(desk.folder)).toEqual([]);
  });

  it('takes Ogg/Opus as sound and as voice note without a converter', async () => {
    desk.served = opus();
    const mimetype = 'audio/ogg; codecs=opus';
    expect((await compose({ audio: { url } })).content).toMatchObject({ mimetype, seconds: 3 });
    const voice = await compose({ audio: { url, voice: true } });
    expect(voice).toMatchObject({
      content: { type: 'audio', voice: true, mimetype, seconds: 3 },
      shown: { media: { voice: true } },
    });
  });

  it('makes a sticker', async () => {
    desk.served = await png();
    const composed = await compose({ sticker: { url } });
    expect(composed.content).toMatchObject({
      type: 'sticker',
      mimetype: 'image/webp',
      animated: false,
    });
    expect(await sharp(await readFile(composed.files[0] ?? '')).metadata()).toMatchObject({
      width: 512,
    });
  });

  it.each([
    [
      'a damaged picture',
      { image: { url } },
      Buffer.from('\x89PNG\r\n\x1a\n broken', 'latin1'),
      'invalid_media',
      '/image/url',
    ],
    [
      'a picture as video',
      { video: { url } },
      Buffer.from('GIF89a'),
      'media_wrong_type',
      '/video/url',
    ],
    [
      'MP3 as voice note',
      { audio: { url, voice: true } },
      Buffer.from('ID3\x04'),
      'media_converter_missing',
      '/audio/url',
    ],
  ])('refuses %s and leaves no file', async (_title, body, bytes, code, field) => {
    desk.served = bytes;
    await expect(compose(body)).rejects.toMatchObject({ code, fields: [{ field }] });
    expect(await readdir(desk.folder)).toEqual([]);
  });

  it('refuses a voice note that the converter cannot read', async () => {
    desk.served = Buffer.from('ID3\x04');
    desk.convert = async () => ({ kind: 'failed', reason: 'broken' });
    await expect(compose({ audio: { url, voice: true } })).rejects.toMatchObject({
      code: 'invalid_media',
    });
  });
});
