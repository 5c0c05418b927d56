import { BufferJSON, proto, type SignalDataTypeMap } from 'baileys';

/** Records whose value is bytes already: Signal's own formats. */
const RAW_TYPES: ReadonlySet<string> = new Set(['session', 'sender-key', 'identity-key']);

const KEY_LENGTH = 32;

/**
 * How the values of Baileys' key store are kept. Signal records are raw bytes, a pre-key is its private
 * and public half (64 bytes), an app-state key its protobuf, everything else JSON with Baileys' own form
 * of byte arrays.
 */
export function encodeRecord(type: string, value: unknown): Uint8Array {
  if (RAW_TYPES.has(type)) return Uint8Array.from(value as Uint8Array);
  if (type === 'pre-key') {
    const pair = value as SignalDataTypeMap['pre-key'];
    return Uint8Array.from(Buffer.concat([pair.private, pair.public]));
  }
  if (type === 'app-state-sync-key') {
    const key = value as SignalDataTypeMap['app-state-sync-key'];
    return proto.Message.AppStateSyncKeyData.encode(key).finish();
  }
  return Buffer.from(JSON.stringify(value, BufferJSON.replacer));
}

/** The value Baileys expects. Throws when the bytes are not what `encodeRecord` writes for the type. */
export function decodeRecord(type: string, bytes: Uint8Array): unknown {
  if (RAW_TYPES.has(type)) return bytes;
  if (type === 'pre-key') return decodePreKey(bytes);
  if (type === 'app-state-sync-key') return proto.Message.AppStateSyncKeyData.decode(bytes);
  return parseJson(bytes);
}

/** A pre-key from its 64 bytes. */
export function decodePreKey(bytes: Uint8Array): { private: Buffer; public: Buffer } {
  if (bytes.length !== 2 * KEY_LENGTH) throw new RangeError('a stored pre-key has 64 bytes');
  return {
    private: Buffer.from(bytes.subarray(0, KEY_LENGTH)),
    public: Buffer.from(bytes.subarray(KEY_LENGTH)),
  };
}

/** JSON in which Baileys' byte arrays come back as buffers. Throws `SyntaxError`. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'), BufferJSON.reviver);
}
