import type { SessionKey } from '../../sessions/store.ts';
import type { DeviceStore, JournalDraft, RecordWrite } from '../store.ts';

/** What one step of the protocol changed, before the pending credentials join it. */
export interface RecordChange {
  readonly records?: readonly RecordWrite[];
  readonly journal?: JournalDraft;
  readonly furtherJournal?: readonly JournalDraft[];
}

/** Gives the credentials that must go with the next commit, and hears how it ended. */
export interface CredentialsSource {
  /** The encoded credentials, when they changed and no other commit carries them; null otherwise. */
  take(): Uint8Array | null;
  /** Called once for each `take` that gave something. */
  settled(committed: boolean): void;
}

/** The disk did not take a write: nothing that depends on it may leave the process. */
export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';
}

/** The newest of each record that was committed ahead, and who waits for them to be written. */
interface Gathered {
  readonly records: Map<string, RecordWrite>;
  readonly give: (writing: Promise<unknown>) => void;
}

/** Sessions, sender keys, mappings and device lists of about a hundred active chats. */
const CACHED_RECORDS = 512;

/**
 * The records of one device, read through a bounded cache that forgets the least recently used (512).
 * What is known to be absent is cached too. Pre-keys are used once and never cached: 812 of them would be
 * most of an idle session's memory. A write reaches the cache only after its commit; one committed ahead
 * is held besides until then, so at most as many as are on their way to the disk.
 */
export class Records {
  readonly #store: DeviceStore;
  readonly #key: SessionKey;
  readonly #onFailure: (failure: StorageFailure) => void;
  readonly #cache = new Map<string, Uint8Array | null>();
  /** What was committed ahead and is not on disk yet. */
  readonly #ahead = new Map<string, RecordWrite>();
  /** What of it the storage has still to be given: all of one turn of the loop goes together. */
  #gathered: Gathered | null = null;
  #writing: Promise<void> | null = null;
  #credentials: CredentialsSource | null = null;
  /** Grows with every commit begun or ended; a read that saw it change does not fill the cache. */
  #epoch = 0;
  readonly #pending = new Set<Promise<unknown>>();
  #failure: StorageFailure | null = null;

  /**
   * `onFailure` hears of a failed read or write before its caller does: the connection has to be closed
   * by then, because the library answers some errors by telling WhatsApp that a message is lost. After
   * the first failure everything is refused, as if the process had died there: what comes behind a
   * message that was not kept must not overtake it.
   */
  constructor(
    store: DeviceStore,
    key: SessionKey,
    onFailure: (failure: StorageFailure) => void = () => undefined,
  ) {
    this.#store = store;
    this.#key = key;
    this.#onFailure = onFailure;
  }

  attachCredentials(source: CredentialsSource): void {
    this.#credentials = source;
  }

  async read(type: string, id: string): Promise<Uint8Array | null> {
    const known = this.#cached(type, id);
    if (known !== undefined) return known;
    return (await this.readAll(type, [id])).get(id) ?? null;
  }

  /** The records that exist among `ids`, by id. */
  async readAll(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.#cached(type, id);
      if (known === undefined) missing.push(id);
      else if (known) found.set(id, known);
    }
    if (missing.length === 0) return found;
    const epoch = this.#epoch;
    const stored = await this.#guarded(() => this.#store.readRecords(this.#key, type, missing));
    for (const id of missing) {
      const value = stored.get(id) ?? null;
      if (epoch === this.#epoch) this.#remember({ type, id, value });
      if (value) found.set(id, value);
    }
    return found;
  }

  /**
   * Writes everything in one transaction, together with credentials that are waiting to be saved.
   * Resolves, after the commit, with the id of the journal row if there is one; rejects with
   * `StorageFailure`, and then nothing was written.
   */
  commit(change: RecordChange): Promise<number | null> {
    this.#giveGathered();
    return this.#commit(change);
  }

  async #commit(change: RecordChange): Promise<number | null> {
    const credentials = this.#credentials?.take() ?? null;
    const { records = [] } = change;
    if (!credentials && !change.journal && records.length === 0) return null;
    this.#epoch++;
    let committed = false;
    try {
      const id = await this.#guarded(() =>
        this.#store.commit(this.#key, credentials ? { ...change, credentials } : change),
      );
      committed = true;
      for (const record of records) this.#written(record);
      return id;
    } finally {
      this.#epoch++;
      if (credentials) this.#credentials?.settled(committed);
    }
  }

  /**
   * Like `commit`, for what only frames depend on: readers see it at once, and no frame may leave before
   * `unwritten` has resolved.
   */
  commitAhead(records: readonly RecordWrite[]): void {
    this.#gathered ??= this.#gather();
    for (const record of records) {
      const slot = slotOf(record);
      this.#ahead.set(slot, record);
      this.#gathered.records.set(slot, record);
    }
  }

  /** A busy session writes the record of its own phone with every message: once a turn is enough. */
  #gather(): Gathered {
    let give: Gathered['give'] = () => undefined;
    const given = new Promise<unknown>((resolve) => (give = resolve));
    const earlier = this.#writing;
    const writing = given.then(async () => {
      await earlier;
      if (this.#writing === writing) this.#writing = null;
    });
    // Who waits for it hears of a failure, and so has `onFailure`.
    writing.catch(() => undefined);
    this.#writing = writing;
    setImmediate(() => this.#giveGathered());
    return { records: new Map(), give };
  }

  /** Nothing that is committed later may overtake it. */
  #giveGathered(): void {
    const gathered = this.#gathered;
    if (!gathered) return;
    this.#gathered = null;
    gathered.give(this.#commit({ records: [...gathered.records.values()] }));
  }

  /** Resolves when all that was committed ahead is on disk, null when it is. Rejects with `StorageFailure`. */
  unwritten(): Promise<void> | null {
    return this.#writing;
  }

  /** Resolves when nothing is on its way to or from the disk. */
  async idle(): Promise<void> {
    for (this.#giveGathered(); this.#pending.size > 0; this.#giveGathered()) {
      await Promise.allSettled(this.#pending);
    }
  }

  async #guarded<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure;
    const work = operation();
    this.#pending.add(work);
    try {
      return await work;
    } catch (error) {
      this.#failure ??= new StorageFailure('the storage refused an operation', { cause: error });
      this.#onFailure(this.#failure);
      throw this.#failure;
    } finally {
      this.#pending.delete(work);
    }
  }

  #cached(type: string, id: string): Uint8Array | null | undefined {
    const slot = slotOf({ type, id });
    const ahead = this.#ahead.get(slot);
    if (ahead) return ahead.value;
    const value = this.#cache.get(slot);
    if (value === undefined) return undefined;
    this.#cache.delete(slot);
    this.#cache.set(slot, value);
    return value;
  }

  #written(record: RecordWrite): void {
    this.#remember(record);
    // Nobody has changed it again meanwhile.
    const slot = slotOf(record);
    if (this.#ahead.get(slot) === record) this.#ahead.delete(slot);
  }

  #remember({ type, id, value }: RecordWrite): void {
    if (type === 'pre-key') return;
    const slot = slotOf({ type, id });
    this.#cache.delete(slot);
    this.#cache.set(slot, value);
    if (this.#cache.size <= CACHED_RECORDS) return;
    const oldest = this.#cache.keys().next();
    if (!oldest.done) this.#cache.delete(oldest.value);
  }
}

const slotOf = ({ type, id }: Pick<RecordWrite, 'type' | 'id'>): string => `${type}/${id}`;
