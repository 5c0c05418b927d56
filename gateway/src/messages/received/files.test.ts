import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decryptMedia } from './decrypt.ts';
import { createMediaLinks } from './link.ts';
import { DEFAULT_MEDIA_POLICY, isWanted } from './policy.ts';
import { mediaReference, simulatedMediaUrl, whatsappMediaUrl } from './reference.ts';
import { rangeOf } from './serve.ts';
import { encryptMedia, imageContent } from './testing.ts';
import { createVault } from './vault.ts';

let folder: string;
let from: string;
let to: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'received-'));
  from = join(folder, 'encrypted');
  to = join(folder, 'plain');
});
afterEach(() => rm(folder, { recursive: true }));

describe('decryptMedia', () => {
  it('opens what was encrypted, of any size', async () => {
    const sizes = fc.constantFrom(0, 1, 15, 16, 17, 262_143, 262_144, 300_000);
    const kinds = fc.constantFrom('Image', 'Video', 'Audio', 'Document');
    await fc.assert(
      fc.asyncProperty(sizes, kinds, async (size, kind) => {
        const plain = Buffer.alloc(size, 'plain text ');
        const { bytes, reference } = encryptMedia(plain, kind);
        await writeFile(from, bytes);
        await rm(to, { force: true });
        expect(await decryptMedia(from, to, reference)).toBeNull();
        expect((await readFile(to)).equals(plain)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['a byte', (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40), 'wrong_hash'],
    [
      'the MAC',
      (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1),
      'wrong_hash',
    ],
  ])('notices %s that was changed', async (_title, change, damage) => {
    const { bytes, reference } = encryptMedia(Buffer.alloc(100));
    change(bytes);
    await writeFile(from, bytes);
    expect(await decryptMedia(from, to, reference)).toBe(damage);
    expect(await decryptMedia(from, to, { ...reference, encryptedSha256: null })).toBe('wrong_mac');
    expect(await readdir(folder)).toEqual(['encrypted']);
  });

  it('notices a cut file, another key, and a plain file that was not promised', async () => {
    const { bytes, reference } = encryptMedia(Buffer.alloc(100));
    await writeFile(from, bytes.subarray(0, 60));
    expect(await decryptMedia(from, to, reference)).toBe('too_short');
    await writeFile(from, bytes);
    const mediaKey = Buffer.alloc(32);
    expect(await decryptMedia(from, to, { ...reference, mediaKey })).toBe('wrong_mac');
    const plainSha256 = Buffer.alloc(32);
    expect(await decryptMedia(from, to, { ...reference, plainSha256 })).toBe('wrong_plain_hash');
    expect(await readdir(folder)).toEqual(['encrypted']);
  });
});

describe('mediaReference', () => {
  const content = imageContent(encryptMedia(Buffer.from('x')));

  it('finds media in any wrapper and none elsewhere', () => {
    expect(mediaReference({ viewOnceMessage: { message: content } })).toMatchObject({
      kind: 'Image',
      directPath: '/v/file.enc',
    });
    expect(mediaReference({ conversation: 'x' })).toBeNull();
    expect(
      mediaReference({ imageMessage: { directPath: '/x', mediaKey: new Uint8Array(5) } }),
    ).toBeNull();
    expect(mediaReference(null)).toBeNull();
  });

  it.each([
    ['/v/t62?x=1', 'https://mmg.whatsapp.net/v/t62?x=1'],
    ['//evil.example/x', null],
    ['/\\evil.example/x', null],
    ['@evil.example/x', null],
    ['https://evil.example/x', null],
    [null, null],
  ])('leads to no other server by path %j', (directPath, url) => {
    const { reference } = encryptMedia(Buffer.from('x'));
    expect(whatsappMediaUrl({ ...reference, directPath })).toBe(url);
  });

  it('takes the address of a simulator from the message', () => {
    const { reference } = encryptMedia(Buffer.from('x'));
    expect(simulatedMediaUrl(reference)).toBe('https://media.example/v/file.enc');
    expect(simulatedMediaUrl({ ...reference, url: 'nonsense' })).toBeNull();
  });
});

describe('the vault', () => {
  const vault = () => {
    let id = 0;
    return createVault(folder, () => `id${++id}`);
  };
  const put = async (
    kept: ReturnType<typeof vault>,
    messageId: string,
    size: number,
    ageMs: number,
  ) => {
    const slot = await kept.prepare(7, messageId);
    await writeFile(slot.plain, Buffer.alloc(size));
    const { path } = await slot.keep();
    await slot.clear();
    const at = (now - ageMs) / 1000;
    await utimes(path, at, at);
  };
  const now = 1_700_000_000_000;

  it('keeps files under names that nobody chooses', async () => {
    const kept = vault();
    await put(kept, '../../etc/passwd', 3, 0);
    const found = await kept.find(7, '../../etc/passwd');
    expect(found).toMatchObject({
      bytes: 3,
      path: expect.stringMatching(/[/\\]7[/\\][0-9a-f]{40}$/),
    });
    expect((await stat(join(folder, '7'))).mode & 0o077).toBe(0);
    expect(await kept.find(8, '../../etc/passwd')).toBeNull();
    await kept.forget(7);
    expect(await kept.find(7, '../../etc/passwd')).toBeNull();
  });

  it('sweeps the old, what is over the quota, and what was never finished', async () => {
    const kept = vault();
    await put(kept, 'old', 10, 5_000);
    await put(kept, 'large', 60, 2_000);
    await put(kept, 'new', 50, 1_000);
    const slot = await kept.prepare(7, 'crashed');
    await writeFile(slot.encrypted, 'x');
    await utimes(slot.encrypted, (now - 7_200_000) / 1000, (now - 7_200_000) / 1000);
    expect(await kept.sweep(7, { keepMs: 4_000, quotaBytes: 100 }, now)).toBe(3);
    expect(await kept.find(7, 'new')).not.toBeNull();
    expect(await kept.find(7, 'large')).toBeNull();
    expect(await readdir(join(folder, '7'))).toHaveLength(1);
    expect(await kept.sweep(99, { keepMs: 1, quotaBytes: 1 }, now)).toBe(0);
  });
});

describe('links', () => {
  const links = createMediaLinks(Buffer.alloc(32, 1));

  it('open what was signed until their end', () => {
    const token = links.sign({ key: 7, messageId: 'ABC' }, 1_000);
    expect(links.read(token, 999)).toEqual({ key: 7, messageId: 'ABC' });
    expect(links.read(token, 1_000)).toBeNull();
    expect(createMediaLinks(Buffer.alloc(32, 2)).read(token, 0)).toBeNull();
  });

  it('open nothing when a character is another', () => {
    const token = links.sign({ key: 7, messageId: 'ABC' }, 1_000);
    const position = fc.integer({ min: 0, max: token.length - 2 });
    const other = fc.constantFrom('A', 'b', '1', '.', '-', '{');
    fc.assert(
      fc.property(position, other, (at, character) => {
        fc.pre(token[at] !== character);
        const forged = token.slice(0, at) + character + token.slice(at + 1);
        expect(links.read(forged, 0)).toBeNull();
      }),
    );
    expect(links.read('', 0)).toBeNull();
  });
});

describe('rangeOf', () => {
  it.each([
    [undefined, null],
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=90-500', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9-3', null],
    ['bytes=0-1,5-6', null],
    ['bytes=-', null],
    ['items=0-1', null],
  ])('reads %s of 100 bytes', (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range);
  });
});

describe('isWanted', () => {
  const { info } = encryptMedia(Buffer.alloc(10)).reference;
  it.each([
    [{}, 'image', 10, true],
    [{ kinds: ['audio' as const] }, 'image', 10, false],
    [{ maxBytes: 9 }, 'image', 10, false],
    [{ maxBytes: 9 }, 'image', null, true],
    [{ download: 'never' as const }, 'image', 10, false],
    [{ download: 'always' as const, maxBytes: 0 }, 'document', 10, true],
  ])('by %j decides about %s of %s bytes: %s', (policy, type, bytes, wanted) => {
    expect(isWanted({ ...DEFAULT_MEDIA_POLICY, ...policy }, type, { ...info, bytes })).toBe(wanted);
  });
});
