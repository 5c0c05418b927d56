import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { keysOf } from './decrypt.ts';
import type { MediaReference, MediaSecretKind } from './reference.ts';

/** Encrypts as WhatsApp does, for tests; `reference` opens it. */
export function encryptMedia(
  plain: Buffer,
  kind: MediaSecretKind = 'Image',
): { bytes: Buffer; reference: MediaReference } {
  const mediaKey = createHash('sha256').update(plain).update('key').digest();
  const { iv, cipherKey, macKey } = keysOf({ kind, mediaKey });
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const mac = createHmac('sha256', macKey).update(iv).update(body).digest().subarray(0, 10);
  const bytes = Buffer.concat([body, mac]);
  return {
    bytes,
    reference: {
      kind,
      mediaKey,
      directPath: '/v/file.enc',
      url: 'https://media.example/v/file.enc',
      encryptedSha256: createHash('sha256').update(bytes).digest(),
      plainSha256: createHash('sha256').update(plain).digest(),
      info: {
        mimetype: 'image/jpeg',
        fileName: null,
        bytes: plain.length,
        seconds: null,
        width: null,
        height: null,
        sha256: null,
        voice: false,
        animated: false,
        videoNote: false,
      },
    },
  };
}

/** The content that a message with such a medium has. */
export function imageContent({ reference }: ReturnType<typeof encryptMedia>) {
  const { mediaKey, directPath, url, encryptedSha256, plainSha256, info } = reference;
  return {
    imageMessage: {
      mediaKey,
      directPath,
      url,
      fileEncSha256: encryptedSha256,
      fileSha256: plainSha256,
      fileLength: info.bytes,
      mimetype: info.mimetype,
    },
  };
}
