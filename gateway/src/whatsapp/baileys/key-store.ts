import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys';
import type { RecordWrite } from '../store.ts';
import { KeyedLock } from './keyed-lock.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import type { Records } from './records.ts';

/** What the key store leaves to the Signal repository. */
export interface SessionRecords {
  /** Deletes sessions by address while nobody else uses them. */
  drop(addresses: readonly string[]): Promise<void>;
}

/** The library's key store, and turns where the library has none. */
export interface DeviceKeys extends SignalKeyStore {
  /**
   * Runs `work` while nobody else writes trusted-contact tokens, so that it may compare what is stored with
   * what it writes; it has to write through `keys`.
   */
  withTokens<T>(work: (keys: SignalKeyStore) => Promise<T>): Promise<T>;
}

/**
 * Baileys' key store over the device's records: one `set` is one transaction. Sessions are the
 * repository's own; all that Baileys itself does with them is to delete one by its address, which is
 * handed on so that it happens under that session's lock. Such a deletion must reach a session that the
 * repository files under the person's LID as well, although Baileys names the phone address.
 */
export function createKeyStore(records: Records, sessions: SessionRecords): DeviceKeys {
  const turns = new KeyedLock();
  const keys: SignalKeyStore = {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const values: Record<string, SignalDataTypeMap[T]> = {};
      for (const [id, bytes] of await records.readAll(type, ids)) {
        values[id] = decodeRecord(type, bytes) as SignalDataTypeMap[T];
      }
      return values;
    },
    async set(data: SignalDataSet) {
      const { session = {}, ...rest } = data;
      const writes = writesOf(rest);
      if (writes.length > 0) await records.commit({ records: writes });
      const dropped = Object.keys(session).filter((address) => session[address] === null);
      if (dropped.length > 0) await sessions.drop(dropped);
    },
  };
  const withTokens: DeviceKeys['withTokens'] = (work) => turns.run('tctoken', () => work(keys));
  return {
    ...keys,
    set: (data) => (data.tctoken ? withTokens(async () => keys.set(data)) : keys.set(data)),
    withTokens,
  };
}

function writesOf(data: SignalDataSet): RecordWrite[] {
  const writes: RecordWrite[] = [];
  for (const [type, values] of Object.entries(data)) {
    for (const [id, value] of Object.entries(values ?? {})) {
      const encoded = value === null || value === undefined ? null : encodeRecord(type, value);
      writes.push({ type, id, value: encoded });
    }
  }
  return writes;
}
