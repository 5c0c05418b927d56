import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { createIdSource } from '../kernel/ids.ts';
import { systemRandom } from '../kernel/random.ts';
import type { Download, NotSaved } from '../net/download.ts';
import type { MediaSource } from './catalogue/media-source.ts';
import { createMedia } from './media.ts';
import { MEDIA_RULES } from './media-kinds.ts';
import { createUploads, type Uploads } from './uploads/uploads.ts';

let folder: string;
let uploads: Uploads;
const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'blue' } })
  .jpeg()
  .toBuffer();

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'media-')), 'outgoing');
  uploads = createUploads({ folder: join(folder, '..', 'uploads'), ids, clock: systemClock });
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const ids = createIdSource(systemClock, systemRandom);
const place = () => ({ session: { key: 1 }, folder });

function mediaWith(download: Download) {
  let id = 0;
  return createMedia({ download, uploads, ids: () => `id${++id}` });
}

const none: Download = () => Promise.reject(new Error('nothing is fetched here'));

/** A server that answers with these bytes and this type. */
const serving =
  (bytes: Uint8Array, mediaType = 'image/jpeg'): Download =>
  async (_url, file, limits) => {
    if (!limits.accepts(mediaType)) {
      return { kind: 'not_saved', reason: 'wrong_type', status: 200, message: mediaType };
    }
    await writeFile(file, bytes);
    return { kind: 'saved', bytes: bytes.length, mediaType, fileName: 'photo.jpg' };
  };

const common = { mimetype: null, fileName: null, pointer: '/image/url' };
const url: MediaSource = { ...common, kind: 'url', url: 'https://example.com/photo.jpg' };
const base64 = (data: Buffer | string): MediaSource => ({
  ...common,
  kind: 'base64',
  data: typeof data === 'string' ? data : data.toString('base64'),
});

describe('createMedia', () => {
  it('brings a URL into a private file of its own', async () => {
    const media = mediaWith(serving(jpeg));
    const local = await media.fetch(url, 'image', place());
    expect(local).toEqual({
      file: join(folder, 'id1'),
      mimetype: 'image/jpeg',
      bytes: jpeg.length,
      fileName: 'photo.jpg',
    });
    await media.discard(local.file);
    await media.discard(local.file);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['base64', 'base64url'] as const)('decodes %s, with line breaks', async (alphabet) => {
    const text = jpeg.toString(alphabet).replace(/(.{70})/g, '$1\r\n');
    const local = await mediaWith(none).fetch(base64(text), 'image', place());
    expect(await readFile(local.file)).toEqual(jpeg);
    expect((await stat(local.file)).mode & 0o077).toBe(0);
    expect(local).toMatchObject({ bytes: jpeg.length, mimetype: 'image/jpeg' });
  });

  it('gives an upload a second name, which may be changed and removed', async () => {
    const stream = Readable.from([jpeg]);
    const facts = { name: 'file', kind: 'image', mimetype: null, fileName: 'a.jpg' } as const;
    const incoming = { ...facts, stream };
    const { mediaId, path } = await uploads.keep(1, incoming);
    const media = mediaWith(none);
    const source: MediaSource = { ...common, kind: 'upload', mediaId, pointer: '/image/mediaId' };
    const local = await media.fetch(source, 'image', place());
    expect(local).toMatchObject({ bytes: jpeg.length, mimetype: 'image/jpeg', fileName: 'a.jpg' });
    await media.discard(local.file);
    expect(await readFile(path)).toEqual(jpeg);
    const fields = [{ field: '/image/mediaId' }];
    const unknown = { code: 'upload_not_found', fields };
    const elsewhere = { session: { key: 2 }, folder };
    await expect(media.fetch(source, 'image', elsewhere)).rejects.toMatchObject(unknown);
    const outside = { ...source, mediaId: '../x' };
    await expect(media.fetch(outside, 'image', place())).rejects.toMatchObject(unknown);
  });

  it('believes the bytes, not the name or the header', async () => {
    const png = await sharp(jpeg).png().toBuffer();
    const local = await mediaWith(serving(png)).fetch(url, 'image', place());
    expect(local.mimetype).toBe('image/png');
  });

  it.each([
    [
      'a page under a header of a picture',
      serving(Buffer.from('<!doctype html>')),
      url,
      'media_wrong_type',
    ],
    ['a video', serving(jpeg, 'video/mp4'), url, 'media_wrong_type'],
    ['SVG by header', serving(jpeg, 'image/svg+xml'), url, 'media_wrong_type'],
    ['SVG by bytes', none, base64(Buffer.from('<svg onload="alert(1)"/>')), 'media_wrong_type'],
    ['bytes of no known type', none, base64(Buffer.from('hello there')), 'media_wrong_type'],
    ['an empty file', serving(Buffer.alloc(0)), url, 'invalid_media'],
    ['what is not base64', none, base64('not base64!'), 'invalid_media'],
    ['base64 of impossible length', none, base64('QUJDR'), 'invalid_media'],
    [
      'too many bytes',
      none,
      base64(Buffer.alloc(MEDIA_RULES.image.maxBytes + 1)),
      'media_too_large',
    ],
  ])('refuses %s and leaves no file', async (_title, download, source, code) => {
    const failed = mediaWith(download).fetch(source, 'image', place());
    await expect(failed).rejects.toMatchObject({ code, fields: [{ field: '/image/url' }] });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['blocked', 'url_not_allowed'],
    ['dns', 'media_fetch_failed'],
    ['connect', 'media_fetch_failed'],
    ['tls', 'media_fetch_failed'],
    ['too_slow', 'media_timeout'],
    ['not_found', 'media_not_found'],
    ['http_error', 'media_fetch_failed'],
    ['too_many_redirects', 'media_fetch_failed'],
    ['html', 'media_wrong_type'],
    ['wrong_type', 'media_wrong_type'],
    ['too_large', 'media_too_large'],
    ['broken', 'media_fetch_failed'],
    ['aborted', 'shutting_down'],
    ['disk', 'storage_unavailable'],
  ] as const)('names a fetch that ended as %s', async (reason, code) => {
    const failure: NotSaved = { kind: 'not_saved', reason, status: null, message: 'it failed' };
    const failed = mediaWith(async () => failure).fetch(url, 'image', place());
    await expect(failed).rejects.toMatchObject({ code });
  });
});
