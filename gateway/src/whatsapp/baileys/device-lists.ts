import type { PossiblyExtendedCacheStore } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { RecordWrite } from '../store.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';

const TYPE = 'user-devices';
/**
 * WhatsApp tells us when a contact's devices change, so a list stays right for long; a day is a net below
 * that. With the library's five minutes every send after a pause would fetch the pre-keys of all devices
 * again and throw away good sessions.
 */
const BELIEVED_FOR_MS = 24 * 60 * 60_000;

interface StoredList {
  readonly atMs: number;
  readonly devices: unknown;
}

/** Which devices each contact has, kept with the device's records, so that a restart knows them still. */
export function createDeviceLists(records: Records, clock: Clock): PossiblyExtendedCacheStore {
  /** Every send asks for two lists; the bytes are those in the cache of the records. */
  const parsed = new WeakMap<Uint8Array, StoredList>();
  const read = (bytes: Uint8Array | undefined) => {
    if (!bytes) return undefined;
    const list = parsed.get(bytes) ?? (parseJson(bytes) as StoredList);
    parsed.set(bytes, list);
    const { atMs, devices } = list;
    return clock.now() - atMs < BELIEVED_FOR_MS ? devices : undefined;
  };
  const write = (id: string, devices: unknown): RecordWrite => ({
    type: TYPE,
    id,
    value: Buffer.from(JSON.stringify({ atMs: clock.now(), devices } satisfies StoredList)),
  });
  const remove = (ids: readonly string[]) =>
    records.commit({ records: ids.map((id) => ({ type: TYPE, id, value: null })) });
  return {
    async get<T>(user: string) {
      return read((await records.readAll(TYPE, [user])).get(user)) as T;
    },
    async set(user: string, devices: unknown) {
      await records.commit({ records: [write(user, devices)] });
    },
    async del(user: string) {
      await remove([user]);
    },
    async mget<T>(users: string[]) {
      const stored = await records.readAll(TYPE, users);
      return Object.fromEntries(users.map((user) => [user, read(stored.get(user)) as T]));
    },
    async mset(entries: { key: string; value: unknown }[]) {
      await records.commit({ records: entries.map(({ key, value }) => write(key, value)) });
    },
    async mdel(users: string[]) {
      await remove(users);
    },
    // The library empties its caches when a socket ends; these lists outlive it.
    flushAll() {},
  };
}
