import { proto } from 'baileys';
import { jsonPointer } from '../../kernel/json-pointer.ts';
import type { RawCodec, WrongField } from '../port.ts';

/** No message of people is nested deeper; it bounds what a request can make us walk. */
const MAX_DEPTH = 32;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns JSON into a `Message`. The library passes over what it does not know and bends values into their
 * type, so that what came out is compared with what was given. Enums are names or numbers, 64-bit numbers
 * may be text, bytes are base64.
 */
export const rawCodec: RawCodec = {
  encode(given) {
    if (depthOf(given) > MAX_DEPTH) return wrong('', `Is nested more than ${MAX_DEPTH} deep`);
    try {
      const message = proto.Message.fromObject(given);
      const named = proto.Message.toObject(message, { longs: String, enums: String, arrays: true });
      const numbered = proto.Message.toObject(message, { longs: String, arrays: true });
      const fault = difference(given, named, numbered, '');
      if (fault) return { kind: 'wrong', ...fault };
      return { kind: 'encoded', encoded: proto.Message.encode(message).finish() };
    } catch (error) {
      return fromLibrary(error);
    }
  },
};

const wrong = (field: string, message: string) => ({ kind: 'wrong', field, message }) as const;

/** The first thing that was given and did not become part of the message; null: everything did. */
function difference(
  given: unknown,
  named: unknown,
  numbered: unknown,
  field: string,
): WrongField | null {
  // As good as left out.
  if (given === null || given === undefined) return null;
  if (named === undefined) return { field, message: 'Is not a field of this message' };
  if (Array.isArray(given)) {
    if (!Array.isArray(named)) return { field, message: 'Must not be a list' };
    return firstOf(given.keys(), (i) =>
      difference(given[i], named[i], (numbered as unknown[])[i], `${field}/${i}`),
    );
  }
  if (typeof given === 'object' && !(named instanceof Uint8Array) && typeof named === 'object') {
    return firstOf(Object.keys(given), (key) =>
      difference(
        own(given as Fields, key),
        own(named as Fields, key),
        own(numbered as Fields, key),
        `${field}${jsonPointer([key])}`,
      ),
    );
  }
  const isSame = isSameValue(given, named) || isSameValue(given, numbered);
  return isSame ? null : { field, message: 'Has the wrong type, or a value that cannot be' };
}

function isSameValue(given: unknown, taken: unknown): boolean {
  if (taken instanceof Uint8Array) {
    return typeof given === 'string' && unpadded(given) === unpadded(base64(taken));
  }
  if (given === taken) return true;
  // 64-bit numbers come out as text.
  return typeof given === 'number' && typeof taken === 'string' && String(given) === taken;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const unpadded = (text: string): string => text.replace(/=+$/, '');

function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function firstOf<Key>(
  keys: Iterable<Key>,
  look: (key: Key) => WrongField | null,
): WrongField | null {
  for (const key of keys) {
    const fault = look(key);
    if (fault) return fault;
  }
  return null;
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth++;
    level = level.flatMap((one) => (typeof one === 'object' && one ? Object.values(one) : []));
  }
  return depth;
}

/** The library names the type and the field, and not where it stands: `.proto.Message.imageMessage: object expected`. */
function fromLibrary(error: unknown) {
  const text = error instanceof Error ? error.message : String(error);
  return wrong('', `Cannot be read: ${text.replace(/^\.proto\./, '')}`);
}
