import { crc32, deflateSync } from 'node:zlib';

/** Far beyond what the service decodes: 900 million pixels. */
const SIDE = 30_000;

/**
 * Small pictures that would fill the memory of whoever unpacks them. The PNG is valid and whole; the
 * others claim a size in their head, which is where a decoder reserves its memory.
 */
export const bombs: Readonly<Record<string, () => Buffer>> = {
  'image/png': pngBomb,
  'image/gif': gifBomb,
  'image/webp': webpBomb,
};

/** PNG specification, 11.2.2: one bit per pixel, so that 112 MB of zeros are a few kB of file. */
function pngBomb(): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head.writeUInt8(1, 8);
  const row = 1 + Math.ceil(SIDE / 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', head),
    pngChunk('IDAT', deflateSync(Buffer.alloc(row * SIDE))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** GIF89a, sections 18 and 20: screen and picture of 65,535 x 65,535, and LZW data of one pixel. */
function gifBomb(): Buffer {
  const side = [0xff, 0xff];
  return Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([...side, ...side, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff]),
    Buffer.from([0x2c, 0, 0, 0, 0, ...side, ...side, 0]),
    Buffer.from([2, 2, 0x44, 0x01, 0, 0x3b]),
  ]);
}

/** WebP lossless: RFC 9649, 3.4: 14 bits each for width and height, less one. */
function webpBomb(): Buffer {
  const most = 0x3fff;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(((most << 14) | most) >>> 0);
  const data = Buffer.concat([Buffer.from([0x2f]), size, Buffer.alloc(27)]);
  const chunk = Buffer.alloc(8);
  chunk.write('VP8L', 'latin1');
  chunk.writeUInt32LE(data.length, 4);
  const riff = Buffer.alloc(12);
  riff.write('RIFF', 'latin1');
  riff.writeUInt32LE(4 + chunk.length + data.length, 4);
  riff.write('WEBP', 8, 'latin1');
  return Buffer.concat([riff, chunk, data]);
}
