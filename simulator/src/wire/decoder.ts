import { inflateSync } from 'node:zlib';
import type { Stanza } from './stanza.ts';
import { DOUBLE, SINGLE, Tag } from './tokens.ts';

const COMPRESSED = 2;
/** A compressed stanza may not grow beyond this: the largest real one is a list of 812 pre-keys. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;
/** Real stanzas nest six deep. */
const MAX_DEPTH = 32;
const SERVER_OF_DOMAIN: Readonly<Record<number, string>> = {
  1: 'lid',
  128: 'hosted',
  129: 'hosted.lid',
};
const NIBBLES = '0123456789-.';
const HEX = '0123456789ABCDEF';

/** The plaintext of a frame as a stanza. Throws on bytes that are not one. */
export function decodeStanza(plaintext: Uint8Array): Stanza {
  const bytes = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  if (bytes.length === 0) throw new Error('the frame is empty');
  const isCompressed = ((bytes[0] ?? 0) & COMPRESSED) !== 0;
  const body = bytes.subarray(1);
  const inflated = isCompressed ? inflateSync(body, { maxOutputLength: MAX_INFLATED_BYTES }) : body;
  return new Decoder(inflated).readNode(0);
}

class Decoder {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  readNode(depth: number): Stanza {
    if (depth > MAX_DEPTH) throw new Error('the stanza is nested too deeply');
    const size = this.#readListSize(this.#readByte());
    const tag = this.#readText(this.#readByte());
    if (size === 0 || tag === '') throw new Error('a node without a tag');
    const attrs: Record<string, string> = {};
    for (let index = 0; index < (size - 1) >> 1; index++) {
      const name = this.#readText(this.#readByte());
      if (name === '__proto__') fail('an attribute has a name that objects cannot have');
      attrs[name] = this.#readText(this.#readByte());
    }
    if (size % 2 === 1) return { tag, attrs };
    return { tag, attrs, content: this.#readContent(depth) };
  }

  #readContent(depth: number): Stanza[] | Uint8Array | string {
    const tag = this.#readByte();
    if (tag === Tag.binary8) return this.#readBytes(this.#readByte());
    if (tag === Tag.binary20) return this.#readBytes(this.#readInt20());
    if (tag === Tag.binary32) return this.#readBytes(this.#readInt(4));
    if (tag !== Tag.listEmpty && tag !== Tag.list8 && tag !== Tag.list16) {
      return this.#readText(tag);
    }
    const children: Stanza[] = [];
    for (let left = this.#readListSize(tag); left > 0; left--) {
      children.push(this.readNode(depth + 1));
    }
    return children;
  }

  #readText(tag: number): string {
    if (tag === Tag.listEmpty) return '';
    if (tag < Tag.dictionary0) return SINGLE[tag] ?? fail(`token ${tag} is not in the dictionary`);
    if (tag <= Tag.dictionary3) {
      const text = DOUBLE[tag - Tag.dictionary0]?.[this.#readByte()];
      return text ?? fail('a token is not in its dictionary');
    }
    switch (tag) {
      case Tag.binary8:
        return this.#readUtf8(this.#readByte());
      case Tag.binary20:
        return this.#readUtf8(this.#readInt20());
      case Tag.binary32:
        return this.#readUtf8(this.#readInt(4));
      case Tag.nibble8:
        return this.#readPacked(NIBBLES);
      case Tag.hex8:
        return this.#readPacked(HEX);
      case Tag.jidPair: {
        const user = this.#readText(this.#readByte());
        return `${user}@${this.#readText(this.#readByte())}`;
      }
      case Tag.adJid:
        return this.#readAdJid();
      default:
        return fail(`tag ${tag} is not text`);
    }
  }

  #readAdJid(): string {
    const server = SERVER_OF_DOMAIN[this.#readByte()] ?? 's.whatsapp.net';
    const device = this.#readByte();
    const user = this.#readText(this.#readByte());
    return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`;
  }

  #readPacked(alphabet: string): string {
    const start = this.#readByte();
    let text = '';
    for (let left = start & 127; left > 0; left--) {
      const byte = this.#readByte();
      text += alphabet[byte >> 4] ?? '';
      const isLast = left === 1 && start > 127;
      if (!isLast) text += alphabet[byte & 15] ?? fail('a packed character is unknown');
    }
    return text;
  }

  #readListSize(tag: number): number {
    switch (tag) {
      case Tag.listEmpty:
        return 0;
      case Tag.list8:
        return this.#readByte();
      case Tag.list16:
        return this.#readInt(2);
      default:
        return fail(`tag ${tag} is no list`);
    }
  }

  #readUtf8(size: number): string {
    return this.#readBytes(size).toString('utf8');
  }

  #readBytes(size: number): Buffer {
    const end = this.#at + size;
    if (end > this.#bytes.length) fail('the frame ends within a node');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  #readInt(size: 2 | 4): number {
    return this.#readBytes(size).readUIntBE(0, size);
  }

  #readInt20(): number {
    return this.#readBytes(3).readUIntBE(0, 3) & 0xfffff;
  }

  #readByte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) return fail('the frame ends within a node');
    this.#at += 1;
    return byte;
  }
}

function fail(detail: string): never {
  throw new Error(detail);
}
