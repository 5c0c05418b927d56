/**
 * A look into the records that the cipher keeps as bytes: libsignal's `RecordStructure` with the current
 * session (1) and older ones (2), each a protobuf with the base key it was started with (13).
 */
const CURRENT = 1;
const PREVIOUS = 2;
const BASE_KEY = 13;
/** In a message that starts a session: the base key of that session. */
const MESSAGE_BASE_KEY = 2;
/** As many older sessions as libsignal keeps. */
const MAX_PREVIOUS = 40;

const VARINT = 0;
const BYTES = 2;

/** One session of a record that a message may belong to. */
export interface CandidateSession {
  /** A record with this session only. */
  readonly alone: Uint8Array;
  /** The whole record again, once `alone` has become `used`: the session used last is the current one. */
  readonly rejoin: (used: Uint8Array) => Uint8Array;
}

/**
 * The sessions to try a message with, in turn; a message that starts a session belongs to the one with
 * its base key. None when that is not in the record yet, or when the message cannot be parsed.
 */
export function candidateSessions(
  record: Uint8Array,
  type: 'pkmsg' | 'msg',
  ciphertext: Uint8Array,
): CandidateSession[] {
  const sessions = sessionsOf(record);
  const baseKey = type === 'pkmsg' ? baseKeyOf(ciphertext) : null;
  return sessions.flatMap((session, index) => {
    if (type === 'pkmsg' && !isSame(baseKey, bytesOf(session, BASE_KEY))) return [];
    const others = sessions.filter((_other, place) => place !== index);
    return [
      {
        alone: recordOf([session]),
        rejoin: (used) => recordOf([...sessionsOf(used), ...others]),
      },
    ];
  });
}

/** A version byte, then a protobuf; null when it is not one. */
function baseKeyOf(ciphertext: Uint8Array): Uint8Array | null {
  try {
    return bytesOf(ciphertext.subarray(1), MESSAGE_BASE_KEY);
  } catch {
    return null;
  }
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return !!one && !!other && Buffer.compare(one, other) === 0;
}

/** The current session first. */
function sessionsOf(record: Uint8Array): Uint8Array[] {
  const fields = bytesFields(record);
  const numbered = (wanted: number) =>
    fields.flatMap(({ number, value }) => (number === wanted ? [value] : []));
  return [...numbered(CURRENT), ...numbered(PREVIOUS)];
}

function recordOf([current, ...previous]: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat([
      ...(current ? encode(CURRENT, current) : []),
      ...previous.slice(0, MAX_PREVIOUS).flatMap((session) => encode(PREVIOUS, session)),
    ]),
  );
}

function bytesOf(message: Uint8Array, number: number): Uint8Array | null {
  return bytesFields(message).findLast((field) => field.number === number)?.value ?? null;
}

/** The length-delimited fields in order. Throws `RangeError` on what is not such a protobuf. */
function bytesFields(message: Uint8Array): { number: number; value: Uint8Array }[] {
  const fields: { number: number; value: Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let result = 0;
    for (let factor = 1; factor < 2 ** 63; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a protobuf that ends too early');
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
    }
    throw new RangeError('a protobuf with too long a number');
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind !== VARINT && kind !== BYTES) throw new RangeError('a protobuf of another kind');
    const size = varint();
    if (kind === VARINT) continue;
    if (at + size > message.length) throw new RangeError('a protobuf that ends too early');
    fields.push({ number: Math.floor(tag / 8), value: message.subarray(at, at + size) });
    at += size;
  }
  return fields;
}

function encode(number: number, value: Uint8Array): Uint8Array[] {
  const header = [number * 8 + BYTES];
  let rest = value.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) header.push((rest % 0x80) | 0x80);
  header.push(rest);
  return [Uint8Array.from(header), value];
}
