import type { SessionKey } from '../../sessions/store.ts';
import type { DeviceStore, RecordWrite } from '../store.ts';
import { readCredentials } from './credentials.ts';
import { previousCredentials } from './previous-credentials.ts';

/** The form in which a device leaves: bytes in base64, records as [type, id, value]. */
interface DeviceCopy {
  readonly credentials: string;
  readonly records: readonly (readonly [string, string, string])[];
}

/**
 * Everything that makes a device what it is to WhatsApp and its contacts: credentials, pre-keys, Signal
 * sessions, identities, sender keys, app state. Damaged credentials are replaced by those from before the
 * last save. Null when there is no paired device that can be read.
 */
export async function copyDevice(store: DeviceStore, key: SessionKey): Promise<Uint8Array | null> {
  const { credentials: stored, records } = await store.snapshot(key);
  const loaded = readCredentials(stored);
  const isUsable = stored.kind === 'found' && loaded.kind === 'paired';
  const isDamaged = loaded.kind === 'corrupt';
  const credentials = isUsable
    ? stored.data
    : isDamaged && (await previousCredentials(store, key, records));
  if (!credentials) return null;
  const copy: DeviceCopy = {
    credentials: base64(credentials),
    records: records.map(({ type, id, value }) => [type, id, base64(value)]),
  };
  return Buffer.from(JSON.stringify(copy));
}

/** Puts a copy in place, in one transaction; false, with nothing written, when it is none. */
export async function pasteDevice(
  store: DeviceStore,
  key: SessionKey,
  bytes: Uint8Array,
): Promise<boolean> {
  const copy = readCopy(bytes);
  if (!copy) return false;
  const credentials = Buffer.from(copy.credentials, 'base64');
  if (readCredentials({ kind: 'found', data: credentials }).kind !== 'paired') return false;
  const records = copy.records.map(
    ([type, id, value]): RecordWrite => ({ type, id, value: Buffer.from(value, 'base64') }),
  );
  await store.commit(key, { credentials, records });
  return true;
}

/** The file was sealed by one of us, so only its outline is looked at. */
function readCopy(bytes: Uint8Array): DeviceCopy | null {
  try {
    const copy = JSON.parse(Buffer.from(bytes).toString()) as DeviceCopy;
    const isCopy = typeof copy.credentials === 'string' && Array.isArray(copy.records);
    const areRecords = (row: unknown) =>
      Array.isArray(row) && row.length === 3 && row.every((part) => typeof part === 'string');
    return isCopy && copy.records.every(areRecords) ? copy : null;
  } catch {
    return null;
  }
}

const base64 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
