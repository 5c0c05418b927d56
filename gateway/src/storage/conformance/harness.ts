import { afterEach, beforeEach } from 'vitest';
import type { Clock } from '../../kernel/clock.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Storage } from '../port.ts';

/** One set of stored data that can be opened, closed and opened again. */
export interface Vessel {
  open(): Promise<Storage>;
  /** Removes the data; the storage is closed by then. */
  destroy(): Promise<void>;
}

/** How a driver takes part in the suites: makes empty data on a clock. */
export type MakeVessel = (clock: Clock) => Promise<Vessel>;

/** A storage in one test, with its clock. */
export class World {
  readonly clock = new VirtualClock();
  readonly #make: MakeVessel;
  #vessel: Vessel | null = null;
  #storage: Storage | null = null;

  constructor(make: MakeVessel) {
    this.#make = make;
  }

  get storage(): Storage {
    if (!this.#storage) throw new Error('the storage is not open');
    return this.#storage;
  }

  async begin(): Promise<void> {
    this.#vessel = await this.#make(this.clock);
    this.#storage = await this.#vessel.open();
  }

  /** What a restart of the process does to the data. */
  async reopen(): Promise<void> {
    await this.#storage?.close();
    this.#storage = (await this.#vessel?.open()) ?? null;
  }

  async end(): Promise<void> {
    await this.#storage?.close();
    await this.#vessel?.destroy();
    this.#storage = null;
  }

  /** Makes a session and answers its key. */
  async session(id = 'shop', workspaceId = 'default'): Promise<SessionKey> {
    return (await this.storage.sessions.create(workspaceId, id, this.clock.now())).key;
  }
}

/** A fresh world around each test of the enclosing `describe`. */
export function useWorld(make: MakeVessel): () => World {
  let world = new World(make);
  beforeEach(async () => {
    world = new World(make);
    await world.begin();
  });
  afterEach(() => world.end());
  return () => world;
}
