import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createIdSource } from '../../kernel/ids.ts';
import { systemRandom } from '../../kernel/random.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { createUploads, type IncomingFile } from './uploads.ts';

const DAY_MS = 86_400_000;

let folder: string;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  clock = new VirtualClock(Date.now());
});
afterEach(() => rm(folder, { recursive: true }));

/** As a process that has just started finds it. */
const uploadsHere = (quotaBytes = 1_000) =>
  createUploads({ folder, ids: createIdSource(clock, systemRandom), clock, quotaBytes });

const file = (text: string, more: Partial<IncomingFile> = {}): IncomingFile => ({
  name: 'file',
  stream: Readable.from([Buffer.from(text)]),
  kind: 'document',
  mimetype: 'text/plain',
  fileName: 'a.txt',
  ...more,
});

describe('uploads', () => {
  it('are kept for a day, across restarts, for their own session', async () => {
    const upload = await uploadsHere().keep(1, file('hello'));
    expect(upload).toMatchObject({
      mimetype: 'text/plain',
      fileName: 'a.txt',
      bytes: 5,
      sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      expiresAtMs: clock.now() + DAY_MS,
    });
    const again = uploadsHere();
    expect(await again.find(1, upload.mediaId)).toEqual(upload);
    expect(await again.find(2, upload.mediaId)).toBeNull();
    await clock.advance(DAY_MS);
    expect(await again.find(1, upload.mediaId)).toBeNull();
    expect(await again.sweep([1, 2])).toBe(1);
    expect(await readdir(join(folder, '1'))).toEqual([]);
  });

  it('can be removed, one or all of a session', async () => {
    const uploads = uploadsHere();
    const { mediaId } = await uploads.keep(1, file('hello'));
    await uploads.remove(1, mediaId);
    await expect(uploads.remove(1, mediaId)).rejects.toMatchObject({ code: 'upload_not_found' });
    await expect(uploads.remove(1, '../1')).rejects.toMatchObject({ code: 'upload_not_found' });
    await uploads.keep(1, file('hello'));
    await uploads.forget(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['more than the disk is to hold', file('x'.repeat(1_001)), 'uploads_full'],
    ['nothing', file('', { stream: Readable.from([]) }), 'invalid_media'],
    ['another type', file('hello', { kind: 'image' }), 'media_wrong_type'],
    [
      'what breaks off',
      file('', {
        stream: Readable.from(
          (async function* () {
            yield Buffer.from('x');
            throw new Error('gone');
          })(),
        ),
      }),
      'invalid_media',
    ],
  ])('refuses %s and keeps nothing of it', async (_title, incoming, code) => {
    await expect(uploadsHere().keep(1, incoming)).rejects.toMatchObject({ code });
    expect(await readdir(join(folder, '1'))).toEqual([]);
  });

  it('share the room of a session', async () => {
    const uploads = uploadsHere();
    await uploads.keep(1, file('x'.repeat(500)));
    const failed = uploads.keep(1, file('x'.repeat(500)));
    await expect(failed).rejects.toMatchObject({ code: 'uploads_full' });
    await uploads.keep(2, file('x'.repeat(500)));
  });

  it('may be borrowed for a request, several times at once', async () => {
    const uploads = uploadsHere();
    const [one, two] = [
      await uploads.borrow(1, file('hello')),
      await uploads.borrow(1, file('hello')),
    ];
    expect(one.mediaId).toBe(two.mediaId);
    await one.release();
    expect(await uploads.find(1, two.mediaId)).toMatchObject({ path: two.path });
    await two.release();
    await two.release();
    expect(await uploads.find(1, two.mediaId)).toBeNull();
    expect(await readdir(join(folder, '1'))).toEqual([]);
  });
});
