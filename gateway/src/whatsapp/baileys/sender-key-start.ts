import type { RecordWrite } from '../store.ts';
import { numberField, readFields } from './protobuf-wire.ts';

/**
 * Where a member's sender keys begin for us. Whoever joins late, or asked for a key again, gets it as it
 * stands then, and nothing older can ever be decrypted with it. The cipher answers an older message
 * with "old counter", exactly as it answers one that was decrypted before: only this record tells the
 * two apart, and with it a loss from a repetition.
 */
const TYPE = 'sender-key-start';

/** As many keys of one member as the cipher itself keeps; the oldest go. */
const KEPT_KEYS = 5;

/** Both messages begin with a version byte; fields 1 and 2 are the key's id and the iteration. */
const VERSION_BYTES = 1;
/** A group message ends with a signature. */
const SIGNATURE_BYTES = 64;

/** First decryptable iteration by key id, oldest key first. */
type Starts = readonly (readonly [keyId: number, iteration: number])[];

/** Where records are read: the device's, or those of an operation under way. */
interface RecordReader {
  read(type: string, id: string): Promise<Uint8Array | null>;
}

interface Position {
  readonly keyId: number;
  readonly iteration: number;
}

/** The write that notes where a key begins; none when the key is known. */
export async function noteStart(
  records: RecordReader,
  id: string,
  distribution: Uint8Array,
): Promise<RecordWrite[]> {
  const position = positionIn(distribution.subarray(VERSION_BYTES));
  if (!position) return [];
  const starts = await read(records, id);
  if (starts.some(([keyId]) => keyId === position.keyId)) return [];
  const kept = [...starts, [position.keyId, position.iteration]].slice(-KEPT_KEYS);
  return [{ type: TYPE, id, value: Buffer.from(JSON.stringify(kept)) }];
}

/** Whether a group message was sent before the key we were given begins. */
export async function isBeforeStart(
  records: RecordReader,
  id: string,
  ciphertext: Uint8Array,
): Promise<boolean> {
  const position = positionIn(ciphertext.subarray(VERSION_BYTES, -SIGNATURE_BYTES));
  if (!position) return false;
  const starts = await read(records, id);
  return starts.some(([keyId, start]) => keyId === position.keyId && position.iteration < start);
}

async function read(records: RecordReader, id: string): Promise<Starts> {
  const stored = await records.read(TYPE, id);
  return stored ? (JSON.parse(Buffer.from(stored).toString('utf8')) as Starts) : [];
}

function positionIn(bytes: Uint8Array): Position | null {
  try {
    const fields = readFields(bytes);
    const keyId = numberField(fields, 1);
    return keyId === null ? null : { keyId, iteration: numberField(fields, 2) ?? 0 };
  } catch {
    return null;
  }
}
