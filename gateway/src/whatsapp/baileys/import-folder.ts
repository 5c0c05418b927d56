import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BufferJSON } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { DeviceStore, RecordWrite } from '../store.ts';
import { readCredentials } from './credentials.ts';
import { encodeRecord } from './record-codec.ts';

/** Files read and written at once; a paired device has about 820 of them. */
const BATCH = 100;

/** The record types of `useMultiFileAuthState`; its file names are `<type>-<id>.json`. */
const TYPES = [
  'sender-key-memory',
  'app-state-sync-key',
  'app-state-sync-version',
  'lid-mapping',
  'device-list',
  'identity-key',
  'sender-key',
  'pre-key',
  'session',
  'tctoken',
] as const;

/**
 * Takes over a folder that Baileys' `useMultiFileAuthState` wrote. Records come first, in batches of one
 * transaction each, the credentials last: an import that was cut short is simply done again. Damaged
 * record files are reported and left out (a lost session heals, a lost pre-key costs one message). False
 * when there are no usable credentials of a paired device; then nothing was written.
 */
export async function importFolder(
  store: DeviceStore,
  key: SessionKey,
  folder: string,
  logger: Logger,
): Promise<boolean> {
  const credentials = await readFile(join(folder, 'creds.json')).catch(() => null);
  if (!credentials) return false;
  const read = readCredentials({ kind: 'found', data: credentials });
  if (read.kind !== 'paired') {
    logger.warn({ found: read.kind }, 'creds.json is not of a paired device; nothing was imported');
    return false;
  }
  const names = (await readdir(folder)).filter((name) => recordOf(name) !== null).sort();
  const damaged: string[] = [];
  for (let at = 0; at < names.length; at += BATCH) {
    const files = names.slice(at, at + BATCH);
    const writes = await Promise.all(files.map((name) => readRecord(folder, name)));
    const records = writes.filter((write) => write !== null);
    for (const [index, write] of writes.entries()) {
      const name = files[index];
      if (!write && name) damaged.push(name);
    }
    if (records.length > 0) await store.commit(key, { records });
  }
  await store.commit(key, { credentials });
  // File names hold phone numbers: only their types are told.
  const damagedTypes = damaged.map((name) => recordOf(name)?.type ?? 'unknown');
  if (damaged.length > 0) logger.warn({ damagedTypes }, 'damaged files were left out');
  logger.info({ records: names.length - damaged.length }, 'auth folder imported');
  return true;
}

async function readRecord(folder: string, name: string): Promise<RecordWrite | null> {
  const record = recordOf(name);
  if (!record) return null;
  try {
    const text = await readFile(join(folder, name), 'utf8');
    const value: unknown = JSON.parse(text, BufferJSON.reviver);
    if (value === null || value === undefined) return null;
    return { ...record, value: encodeImported(record.type, value) };
  } catch {
    return null;
  }
}

/** Sessions of the JavaScript libsignal are JSON objects; they are kept so and converted when used. */
function encodeImported(type: string, value: unknown): Uint8Array {
  if (type === 'session' && !(value instanceof Uint8Array)) {
    return Buffer.from(JSON.stringify(value, BufferJSON.replacer));
  }
  return encodeRecord(type, value);
}

/** Type and id of a record file; null for other files. */
export function recordOf(fileName: string): { type: string; id: string } | null {
  if (!fileName.endsWith('.json')) return null;
  const name = fileName.slice(0, -'.json'.length);
  const type = TYPES.find((candidate) => name.startsWith(`${candidate}-`));
  if (!type) return null;
  const id = originalId(type, name.slice(type.length + 1));
  return id ? { type, id } : null;
}

/**
 * Undoes what the library does to ids to make them file names: `/` became `__` and `:` became `-`. Which
 * of these can occur depends on the type, so the way back is exact.
 */
function originalId(type: string, id: string): string {
  switch (type) {
    case 'app-state-sync-key':
      return id.replaceAll('__', '/');
    case 'sender-key': {
      const parts = /^(.+@[a-z.]+)--(.+)--(\d+)$/.exec(id);
      return parts ? parts.slice(1).join('::') : '';
    }
    case 'tctoken':
    case 'sender-key-memory':
      return id.replace(/-(?=\d+@(s\.whatsapp\.net|lid)$)/, ':');
    default:
      return id;
  }
}
