import type { AuthenticationCreds } from 'baileys';
import type { SessionKey } from '../../sessions/store.ts';
import type { DeviceSnapshot, DeviceStore } from '../store.ts';
import { encodeCredentials, readCredentials } from './credentials.ts';

/**
 * The credentials from before the last save, made fit for the records of today; null when they are of no
 * paired device or cannot be read. What changes from save to save is counters above all: a pre-key counter
 * from before would hand out numbers a second time whose keys contacts hold already.
 */
export async function previousCredentials(
  store: DeviceStore,
  key: SessionKey,
  records: DeviceSnapshot['records'],
): Promise<Uint8Array | null> {
  const previous = readCredentials(await store.previousCredentials(key));
  if (previous.kind !== 'paired') return null;
  return encodeCredentials(aheadOf(previous.creds, records));
}

/** Makes the previous credentials the current ones, in one write; false when there are none to go back to. */
export async function restoreCredentials(store: DeviceStore, key: SessionKey): Promise<boolean> {
  const { records } = await store.snapshot(key);
  const credentials = await previousCredentials(store, key, records);
  if (!credentials) return false;
  await store.commit(key, { credentials });
  return true;
}

function aheadOf(
  creds: AuthenticationCreds,
  records: DeviceSnapshot['records'],
): AuthenticationCreds {
  let nextPreKeyId = creds.nextPreKeyId;
  for (const { type, id } of records) {
    if (type === 'pre-key') nextPreKeyId = Math.max(nextPreKeyId, Number(id) + 1);
  }
  if (nextPreKeyId === creds.nextPreKeyId) return creds;
  // Which of the keys in between were uploaded is not known: none of them is uploaded again.
  return { ...creds, nextPreKeyId, firstUnuploadedPreKeyId: nextPreKeyId };
}
