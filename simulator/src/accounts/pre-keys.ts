/** One one-time pre-key as the server keeps it: public part only, 32 bytes. */
export interface StoredPreKey {
  readonly id: number;
  readonly publicKey: Uint8Array;
}

const ENTRY_BYTES = 35;
/** Clients upload 812 at once; what goes beyond a few such uploads is not kept. */
const MAX_PRE_KEYS = 5000;

/**
 * A device's one-time pre-keys in upload order, packed (35 bytes each) because a simulator holds
 * hundreds of thousands of them.
 */
export class PreKeyStore {
  #packed: Buffer = Buffer.alloc(0);
  #next = 0;
  readonly #seen = new Set<number>();

  get count(): number {
    return this.#packed.length / ENTRY_BYTES - this.#next;
  }

  /** Adds keys; gives the ids that had been uploaded before, which a client must never do. */
  add(keys: readonly StoredPreKey[]): number[] {
    const repeated = keys.filter(({ id }) => this.#seen.has(id)).map(({ id }) => id);
    const room = Math.max(0, MAX_PRE_KEYS - this.count);
    const fresh = keys.filter(({ id }) => !this.#seen.has(id)).slice(0, room);
    const added = Buffer.alloc(fresh.length * ENTRY_BYTES);
    fresh.forEach(({ id, publicKey }, index) => {
      added.writeUIntBE(id, index * ENTRY_BYTES, 3);
      added.set(publicKey, index * ENTRY_BYTES + 3);
      this.#seen.add(id);
    });
    this.#packed = Buffer.concat([this.#packed.subarray(this.#next * ENTRY_BYTES), added]);
    this.#next = 0;
    return repeated;
  }

  /** Uses up the oldest key; null when none is left. */
  take(): StoredPreKey | null {
    if (this.count === 0) return null;
    const offset = this.#next * ENTRY_BYTES;
    this.#next += 1;
    return {
      id: this.#packed.readUIntBE(offset, 3),
      publicKey: Uint8Array.from(this.#packed.subarray(offset + 3, offset + ENTRY_BYTES)),
    };
  }

  /** Forgets what is left, as the server does when a client starts over. */
  clear(): void {
    this.#packed = Buffer.alloc(0);
    this.#next = 0;
  }

  /** The keys that are left, packed, for storing; `PreKeyStore.load` reads them. */
  dump(): Uint8Array {
    return Uint8Array.from(this.#packed.subarray(this.#next * ENTRY_BYTES));
  }

  static load(packed: Uint8Array): PreKeyStore {
    const store = new PreKeyStore();
    store.#packed = Buffer.from(packed);
    for (let offset = 0; offset < packed.length; offset += ENTRY_BYTES) {
      store.#seen.add(store.#packed.readUIntBE(offset, 3));
    }
    return store;
  }
}
