/** An MP4 of no pictures: 12 seconds, 640 x 360; for tests. */
export function mp4({
  seconds = 12,
  width = 640,
  height = 360,
  turned = false,
  brand = 'isom',
} = {}): Buffer {
  const header = Buffer.alloc(100);
  header.writeUInt32BE(1_000, 12);
  header.writeUInt32BE(seconds * 1_000, 16);
  const track = Buffer.alloc(84);
  track.writeInt32BE(turned ? 0 : 0x10000, 40);
  track.writeUInt16BE(width, 76);
  track.writeUInt16BE(height, 80);
  return Buffer.concat([
    box('ftyp', Buffer.from(`${brand}\0\0\0\0isommp42`)),
    box('mdat', Buffer.alloc(40)),
    box(
      'moov',
      box('mvhd', header),
      box('trak', box('tkhd', Buffer.alloc(84))),
      box('trak', box('tkhd', track)),
    ),
  ]);
}

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** An Ogg file with an Opus header and a last page, without sound between them; for tests. */
export function opus({ seconds = 3, channels = 1 } = {}): Buffer {
  const preSkip = 312;
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt16LE(preSkip, 10);
  return Buffer.concat([page(head, 0), page(Buffer.alloc(50), seconds * 48_000 + preSkip)]);
}

function page(packet: Buffer, granule: number): Buffer {
  const head = Buffer.alloc(28);
  head.write('OggS', 'latin1');
  head.writeBigInt64LE(BigInt(granule), 6);
  head[26] = 1;
  head[27] = packet.length;
  return Buffer.concat([head, packet]);
}
