import { type FileHandle, open } from 'node:fs/promises';

/** What an MP4 says about itself; absent what it does not say. */
export interface FilmInfo {
  readonly seconds?: number;
  readonly width?: number;
  readonly height?: number;
}

/** The index of a film of hours is smaller than this; larger ones are not looked at. */
const MAX_INDEX_BYTES = 16 * 1024 * 1024;

/** Boxes at the top of a file; more than this is no film anybody made. */
const MAX_BOXES = 1_000;

interface Box {
  readonly type: string;
  /** Where its content begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** Reads duration and size from the index (`moov`) of an MP4 or 3GP file; {} when there is none. */
export async function filmInfo(file: string): Promise<FilmInfo> {
  const handle = await open(file, 'r');
  try {
    const index = await readIndex(handle);
    return index === null ? {} : readFilm(index);
  } finally {
    await handle.close();
  }
}

/** The content of `moov`, which may stand before or after the pictures. */
async function readIndex(handle: FileHandle): Promise<Buffer | null> {
  const { size } = await handle.stat();
  let at = 0;
  for (let count = 0; count < MAX_BOXES && at + 8 <= size; count++) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, at);
    const box = boxAt(buffer.subarray(0, bytesRead), 0, size - at);
    if (box === null) return null;
    if (box.type === 'moov') {
      const length = box.to - box.from;
      if (length > MAX_INDEX_BYTES) return null;
      const index = await handle.read(Buffer.alloc(length), 0, length, at + box.from);
      return index.buffer.subarray(0, index.bytesRead);
    }
    at += box.to;
  }
  return null;
}

function readFilm(index: Buffer): FilmInfo {
  const boxes = children(index, 0, index.length);
  const header = boxes.find(({ type }) => type === 'mvhd');
  const sizes = boxes
    .filter(({ type }) => type === 'trak')
    .flatMap(({ from, to }) => children(index, from, to))
    .filter(({ type }) => type === 'tkhd')
    .map((box) => trackSize(index, box));
  const size = sizes.find(({ width, height }) => width > 0 && height > 0);
  const seconds = header ? durationOf(index, header) : null;
  return { ...(seconds === null ? {} : { seconds }), ...size };
}

/** ISO/IEC 14496-12, 8.2.2: version 1 has 64-bit times. */
function durationOf(index: Buffer, { from, to }: Box): number | null {
  const wide = index[from] === 1;
  const at = from + (wide ? 20 : 12);
  if (at + (wide ? 12 : 8) > to) return null;
  const timescale = index.readUInt32BE(at);
  const duration = wide ? Number(index.readBigUInt64BE(at + 4)) : index.readUInt32BE(at + 4);
  return timescale === 0 ? null : Math.max(1, Math.round(duration / timescale));
}

/** 8.3.2: width and height are the last two fields, 16.16 fixed point; the matrix says if it is turned. */
function trackSize(index: Buffer, { from, to }: Box): { width: number; height: number } {
  if (to - from < 84) return { width: 0, height: 0 };
  const width = index.readUInt16BE(to - 8);
  const height = index.readUInt16BE(to - 4);
  const upright = index.readInt32BE(to - 44) !== 0;
  return upright ? { width, height } : { width: height, height: width };
}

function children(index: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to && boxes.length < MAX_BOXES; ) {
    const box = boxAt(index.subarray(at, to), at, to - at);
    if (box === null) break;
    boxes.push(box);
    at = box.to;
  }
  return boxes;
}

/** Reads a box header; positions are relative to `base`. Null when it does not fit into `room` bytes. */
function boxAt(header: Buffer, base: number, room: number): Box | null {
  if (header.length < 8) return null;
  const type = header.toString('latin1', 4, 8);
  const short = header.readUInt32BE(0);
  if (short === 0) return { type, from: base + 8, to: base + room };
  const wide = short === 1;
  if (wide && header.length < 16) return null;
  const length = wide ? Number(header.readBigUInt64BE(8)) : short;
  const start = wide ? 16 : 8;
  return length < start || length > room ? null : { type, from: base + start, to: base + length };
}
