import { readFile, unlink } from 'node:fs/promises';
import { decryptMediaRetryData, encryptedStream, encryptMediaRetryRequest, proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import {
  decryptMedia,
  encryptMedia,
  type MediaDigest,
  MediaIntegrityError,
  type MediaType,
} from './crypto.ts';
import { isReuploadRequest, sealReuploadAnswer } from './reupload.ts';

const types: MediaType[] = ['image', 'video', 'audio', 'document', 'sticker', 'history'];
const mediaKey = seededRandom(1).bytes(32);

function failureOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof MediaIntegrityError) return error.failure;
  }
  return 'none';
}

describe('media', () => {
  it('comes back from encryption as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...types), (plain, type) => {
        const { encrypted, ...digest } = encryptMedia(plain, type, mediaKey);
        expect(encrypted.length).toBe(Math.floor(plain.length / 16) * 16 + 16 + 10);
        expect(Uint8Array.from(decryptMedia(encrypted, type, digest))).toEqual(plain);
      }),
    );
  });

  it('is refused when any bit of it changed', () => {
    const { encrypted, ...digest } = encryptMedia(Buffer.from('a picture'), 'image', mediaKey);
    fc.assert(
      fc.property(fc.nat(encrypted.length - 1), fc.nat(7), (index, bit) => {
        const changed = Uint8Array.from(encrypted);
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        expect(failureOf(() => decryptMedia(changed, 'image', digest))).toBe('encrypted-hash');
      }),
    );
  });

  it('says which check failed', () => {
    const plain = Buffer.from('a picture');
    const { encrypted, ...digest } = encryptMedia(plain, 'image', mediaKey);
    const failure = (changes: Partial<MediaDigest>, type: MediaType = 'image') =>
      failureOf(() => decryptMedia(encrypted, type, { ...digest, ...changes }));
    expect(failure({})).toBe('none');
    expect(failure({}, 'video')).toBe('mac');
    expect(failure({ mediaKey: new Uint8Array(32) })).toBe('mac');
    expect(failure({ fileLength: 3 })).toBe('length');
    expect(failure({ fileSha256: new Uint8Array(32) })).toBe('hash');
    expect(failureOf(() => decryptMedia(new Uint8Array(), 'image', digest))).toBe('encrypted-hash');
  });

  it('is encrypted by Baileys in the same way', async () => {
    const plain = Buffer.from(seededRandom(2).bytes(5_000));
    for (const type of ['image', 'video', 'audio', 'document', 'sticker', 'ptv'] as const) {
      const theirs = await encryptedStream(plain, type);
      const encrypted = await readFile(theirs.encFilePath);
      await unlink(theirs.encFilePath);
      expect(Buffer.from(decryptMedia(encrypted, type, theirs))).toEqual(plain);
      const ours = encryptMedia(plain, type, theirs.mediaKey);
      expect(Buffer.from(ours.encrypted)).toEqual(encrypted);
    }
  });
});

describe('a request to upload again', () => {
  const key = { id: '3EB0AA', remoteJid: '15550002@s.whatsapp.net', fromMe: false };

  it('is recognised when Baileys makes it, for its own message and key only', () => {
    const stanza = encryptMediaRetryRequest(key, Buffer.from(mediaKey), '15550001@s.whatsapp.net');
    const [encrypt] = stanza.content as { content: { content: Uint8Array }[] }[];
    const [ciphertext, iv] = (encrypt?.content ?? []).map(({ content }) => content);
    const sealed = { ciphertext: ciphertext ?? mediaKey, iv: iv ?? mediaKey };
    expect(isReuploadRequest(sealed, mediaKey, key.id)).toBe(true);
    expect(isReuploadRequest(sealed, mediaKey, 'another')).toBe(false);
    expect(isReuploadRequest(sealed, new Uint8Array(32), key.id)).toBe(false);
    expect(isReuploadRequest({ ...sealed, ciphertext: mediaKey }, mediaKey, key.id)).toBe(false);
  });

  it('is answered so that Baileys reads it', async () => {
    const random = seededRandom(3);
    const { ResultType } = proto.MediaRetryNotification;
    const read = (answer: Parameters<typeof sealReuploadAnswer>[0]) =>
      decryptMediaRetryData(sealReuploadAnswer(answer, mediaKey, key.id, random), mediaKey, key.id);
    expect(read({ result: 'success', directPath: '/v/x' })).toMatchObject({
      stanzaId: key.id,
      result: ResultType.SUCCESS,
      directPath: '/v/x',
    });
    expect(read({ result: 'not-found' })).toMatchObject({ result: ResultType.NOT_FOUND });
  });
});
