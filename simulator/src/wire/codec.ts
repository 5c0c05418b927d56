import { inflateSync } from 'node:zlib';
import { type BinaryNode, decodeDecompressedBinaryNode, encodeBinaryNode } from 'baileys';
import * as constants from 'baileys/lib/WABinary/constants.js';
import type { Stanza } from './stanza.ts';

const COMPRESSED = 2;
/** A compressed stanza may not grow beyond this: the largest real one is a list of 812 pre-keys. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

/** A stanza as the plaintext of a frame: flag byte 0, then the node. */
export function encodeStanza(node: Stanza): Uint8Array {
  return encodeBinaryNode(node as BinaryNode);
}

/** The plaintext of a frame as a stanza. Throws on bytes that are not one. */
export function decodeStanza(plaintext: Uint8Array): Stanza {
  const bytes = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  if (bytes.length === 0) throw new Error('the frame is empty');
  const compressed = ((bytes[0] ?? 0) & COMPRESSED) !== 0;
  const body = bytes.subarray(1);
  return decodeDecompressedBinaryNode(
    compressed ? inflateSync(body, { maxOutputLength: MAX_INFLATED_BYTES }) : body,
    constants,
  );
}
