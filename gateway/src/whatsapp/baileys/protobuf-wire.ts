/**
 * Just enough of the protobuf wire format to look into Signal's records, which the bridge hands out as
 * bytes only. Fields are varints (number) or length-delimited (bytes); that is all those records use.
 */
export type WireField = {
  readonly number: number;
  readonly value: number | Uint8Array;
};

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The fields in order. Throws `RangeError` on bytes that are not protobuf; 64-bit fields are skipped. */
export function readFields(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(bytes, cursor);
    const number = Math.floor(tag / 8);
    switch (tag & 7) {
      case VARINT:
        fields.push({ number, value: readVarint(bytes, cursor) });
        break;
      case LENGTH_DELIMITED:
        fields.push({ number, value: take(bytes, cursor, readVarint(bytes, cursor)) });
        break;
      case FIXED64:
        take(bytes, cursor, 8);
        break;
      case FIXED32:
        take(bytes, cursor, 4);
        break;
      default:
        throw new RangeError('not a protobuf');
    }
  }
  return fields;
}

/** The last bytes field of that number, as protobuf readers choose; null when there is none. */
export function bytesField(fields: readonly WireField[], number: number): Uint8Array | null {
  const value = lastValue(fields, number);
  return value instanceof Uint8Array ? value : null;
}

export function numberField(fields: readonly WireField[], number: number): number | null {
  const value = lastValue(fields, number);
  return typeof value === 'number' ? value : null;
}

/** Encodes fields in the given order; those without a value are left out. */
export function writeFields(
  fields: readonly (readonly [number: number, value: number | Uint8Array | null | undefined])[],
): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'number') chunks.push(varint(number * 8 + VARINT), varint(value));
    else chunks.push(varint(number * 8 + LENGTH_DELIMITED), varint(value.length), value);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function lastValue(fields: readonly WireField[], number: number): number | Uint8Array | undefined {
  return fields.findLast((field) => field.number === number)?.value;
}

function take(bytes: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > bytes.length) throw new RangeError('not a protobuf: it ends too early');
  const part = bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

/** Exact up to 2^53; the records hold no larger numbers. */
function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let result = 0;
  for (let shift = 0; shift < 64; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('not a protobuf: it ends too early');
    result += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return result;
  }
  throw new RangeError('not a protobuf: a number is too long');
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
