import type { Stanza } from './stanza.ts';
import { Tag, TOKEN_BYTES } from './tokens.ts';

const MAX_PACKED = 127;
const DOMAIN_OF_SERVER: Readonly<Record<string, number>> = {
  lid: 1,
  hosted: 128,
  'hosted.lid': 129,
};

/** Buffer that the encoder writes into; the next stanza reuses it, so results are copied out. */
let scratch: Buffer = Buffer.allocUnsafe(64 * 1024);
let length = 0;

/** A stanza as the plaintext of a frame: flag byte 0, then the node. */
export function encodeStanza(node: Stanza): Uint8Array {
  length = 0;
  writeByte(0);
  writeNode(node);
  return Uint8Array.prototype.slice.call(scratch, 0, length);
}

function writeNode({ tag, attrs, content }: Stanza): void {
  let attributes = 0;
  for (const name in attrs) if (attrs[name] !== undefined) attributes += 1;
  writeListSize(1 + 2 * attributes + (content === undefined ? 0 : 1));
  writeText(tag);
  for (const name in attrs) {
    const value = attrs[name];
    if (value === undefined) continue;
    writeText(name);
    writeText(value);
  }
  if (content === undefined) return;
  if (typeof content === 'string') return writeText(content);
  if (content instanceof Uint8Array) return writeBinary(content);
  writeListSize(content.length);
  for (const child of content) writeNode(child);
}

function writeListSize(size: number): void {
  if (size === 0) return writeByte(Tag.listEmpty);
  if (size < 256) {
    reserve(2);
    scratch[length++] = Tag.list8;
    scratch[length++] = size;
    return;
  }
  reserve(3);
  scratch[length++] = Tag.list16;
  length = scratch.writeUInt16BE(size, length);
}

function writeText(text: string): void {
  const token = TOKEN_BYTES.get(text);
  if (token) {
    reserve(2);
    for (const byte of token) scratch[length++] = byte;
    return;
  }
  if (text !== '' && text.length <= MAX_PACKED) {
    const packing = packingOf(text);
    if (packing) return writePacked(text, packing);
  }
  const at = text.indexOf('@');
  if (at < 0) return writeUtf8(text);
  writeJid(text.slice(0, at), text.slice(at + 1));
}

/** Numbers take half a byte per character, and so do upper-case hexadecimal ids. */
function packingOf(text: string): number | null {
  let nibble = true;
  let hex = true;
  for (let index = 0; index < text.length && (nibble || hex); index++) {
    const code = text.charCodeAt(index);
    const isDigit = code >= 48 && code <= 57;
    nibble &&= isDigit || code === 45 || code === 46;
    hex &&= isDigit || (code >= 65 && code <= 70);
  }
  if (nibble) return Tag.nibble8;
  return hex ? Tag.hex8 : null;
}

function writePacked(text: string, tag: number): void {
  const bytes = (text.length + 1) >> 1;
  reserve(bytes + 2);
  scratch[length++] = tag;
  scratch[length++] = text.length % 2 === 0 ? bytes : bytes | 128;
  for (let index = 0; index < text.length; index += 2) {
    const low = index + 1 < text.length ? packedValue(text.charCodeAt(index + 1)) : 15;
    scratch[length++] = (packedValue(text.charCodeAt(index)) << 4) | low;
  }
}

function packedValue(code: number): number {
  if (code <= 46) return code === 45 ? 10 : 11;
  return code <= 57 ? code - 48 : code - 55;
}

/** `user`, `user:device` or nothing before the server. */
function writeJid(userAndDevice: string, server: string): void {
  const colon = userAndDevice.indexOf(':');
  if (colon >= 0) {
    reserve(3);
    scratch[length++] = Tag.adJid;
    scratch[length++] = DOMAIN_OF_SERVER[server] ?? 0;
    scratch[length++] = Number(userAndDevice.slice(colon + 1));
    return writeText(userAndDevice.slice(0, colon));
  }
  writeByte(Tag.jidPair);
  if (userAndDevice === '') writeByte(Tag.listEmpty);
  else writeText(userAndDevice);
  writeText(server);
}

function writeUtf8(text: string): void {
  const size = Buffer.byteLength(text, 'utf8');
  writeBinarySize(size);
  reserve(size);
  length += scratch.write(text, length, 'utf8');
}

function writeBinary(bytes: Uint8Array): void {
  writeBinarySize(bytes.length);
  reserve(bytes.length);
  scratch.set(bytes, length);
  length += bytes.length;
}

function writeBinarySize(size: number): void {
  reserve(5);
  if (size < 256) {
    scratch[length++] = Tag.binary8;
    scratch[length++] = size;
  } else if (size < 1 << 20) {
    scratch[length++] = Tag.binary20;
    length = scratch.writeUIntBE(size, length, 3);
  } else {
    scratch[length++] = Tag.binary32;
    length = scratch.writeUInt32BE(size, length);
  }
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[length++] = byte;
}

function reserve(bytes: number): void {
  if (length + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, length + bytes));
  scratch.copy(larger, 0, 0, length);
  scratch = larger;
}
