import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../kernel/logger.ts';
import type { SessionKey } from '../../../sessions/store.ts';
import { openUnsynced } from '../../../storage/sqlite/testing/folder.ts';
import type { DeviceChange, DeviceStore } from '../../store.ts';

/** A real store with one session, in a folder of its own. */
export async function openDeviceStore(): Promise<{
  readonly store: DeviceStore;
  readonly key: SessionKey;
  readonly close: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'device-store-'));
  const storage = await openUnsynced({ file: join(folder, 'test.sqlite'), logger: silentLogger });
  const { key } = await storage.sessions.create('default', 'test', 0);
  return {
    store: storage.devices,
    key,
    close: async () => {
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A store whose writes can be watched, slowed down and made to fail. */
export class FaultyStore implements DeviceStore {
  readonly #store: DeviceStore;
  /** Every change that was committed, oldest first. */
  readonly committed: DeviceChange[] = [];
  /** Fails the commit with this number, counted from 1; 0: none. */
  failAt = 0;
  /** Awaited before each commit and each read. */
  delay: () => Promise<void> | undefined = () => undefined;
  #commits = 0;

  constructor(store: DeviceStore) {
    this.#store = store;
  }

  get commits(): number {
    return this.#commits;
  }

  loadCredentials(key: SessionKey) {
    return this.#store.loadCredentials(key);
  }

  async readRecords(key: SessionKey, type: string, ids: readonly string[]) {
    await this.delay();
    return this.#store.readRecords(key, type, ids);
  }

  snapshot(key: SessionKey) {
    return this.#store.snapshot(key);
  }

  async commit(key: SessionKey, change: DeviceChange): Promise<number | null> {
    const number = ++this.#commits;
    await this.delay();
    if (number === this.failAt) throw new Error('the disk is full');
    const id = await this.#store.commit(key, change);
    this.committed.push(change);
    return id;
  }

  previousCredentials(key: SessionKey) {
    return this.#store.previousCredentials(key);
  }

  openJournal(key: SessionKey, after: number, limit: number) {
    return this.#store.openJournal(key, after, limit);
  }

  closeJournal(key: SessionKey, ids: readonly number[]) {
    return this.#store.closeJournal(key, ids);
  }

  clear(key: SessionKey) {
    return this.#store.clear(key);
  }
}
