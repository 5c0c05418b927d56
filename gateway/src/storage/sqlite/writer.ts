import type { Clock } from '../../kernel/clock.ts';
import { StorageLost, StorageUnavailable } from '../errors.ts';
import type { StorageStats } from '../port.ts';
import type { Connection } from './connection.ts';
import { asStorageFailure } from './failure.ts';
import type { WriteAheadLog } from './write-ahead-log.ts';

/**
 * Writes that may wait for the next transaction. The one that fills the queue commits it at once, in
 * its caller's turn, and then waits with the others for the disk: how many do is for the callers to
 * bound, each of whom waits for its answer before it asks for more.
 */
const QUEUE_LIMIT = 256;

/** The longest that a write waits for company while others keep coming. */
const WINDOW_MS = 4;

interface Entry {
  readonly work: () => unknown;
  readonly committed: ((value: unknown) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A write whose work is done. */
interface Done {
  readonly entry: Entry;
  readonly value: unknown;
}

/** A transaction that is committed and not yet known to be on disk. */
interface Committed {
  readonly done: readonly Done[];
  readonly beganAtMs: number;
}

export interface WriterOptions {
  readonly db: Connection;
  /** Makes commits last; the connection itself does not wait for the disk. */
  readonly log: Pick<WriteAheadLog, 'sync'>;
  readonly clock: Clock;
  /** Hears each time the storage could not do its work, once per transaction. */
  readonly onFailure: (failure: StorageUnavailable) => void;
}

/**
 * The only one who writes: collects writes until the event loop has nothing more to add (or 4 ms have
 * passed, or 256 are waiting), runs them in one transaction, and resolves their callers when it is on
 * disk. A transaction never stays open across a turn of the event loop, and the loop never waits for the
 * disk: while one transaction is being synced, the writes of the next come together.
 *
 * Each write runs in a savepoint of its own: when it throws, it is undone alone and only its caller
 * hears of it. When the transaction itself fails, all callers in it reject.
 *
 * Readers see a transaction from its commit on, a moment before its callers hear of it; a power failure
 * in that moment can take it away, and with it all that was committed later, never something earlier.
 *
 * A disk that has failed to sync may have dropped what it was given, and says so only once
 * (https://wiki.postgresql.org/wiki/Fsync_Errors): from then on the writer has ended with `StorageLost`.
 * Callers that repeat a rejected write must be able to meet their own traces.
 */
export class Writer {
  readonly #db: Connection;
  readonly #log: Pick<WriteAheadLog, 'sync'>;
  readonly #clock: Clock;
  readonly #onFailure: (failure: StorageUnavailable) => void;
  readonly #sql;
  #queue: Entry[] = [];
  #armed = false;
  #firstAtMs = 0;
  #seen = 0;
  #flushing = false;
  #committed: Committed[] = [];
  /** Writes whose callers wait for the disk alone. */
  #unsynced = 0;
  #syncing: Promise<void> | null = null;
  #ended: StorageUnavailable | null = null;
  #writes = 0;
  #commits = 0;
  #commitMs = 0;
  #failures = 0;

  constructor({ db, log, clock, onFailure }: WriterOptions) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#sql = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      rollback: db.prepare('ROLLBACK'),
      savepoint: db.prepare('SAVEPOINT one'),
      release: db.prepare('RELEASE one'),
      undo: db.prepare('ROLLBACK TO one'),
    };
  }

  /**
   * Runs `work`, which is synchronous and may be undone, in the next transaction; resolves when it is on disk.
   * `committed` hears a moment earlier, from when on readers see it; it must not throw.
   */
  write<T>(work: () => T, committed?: (value: T) => void): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        work,
        committed: committed as Entry['committed'],
        resolve: (value) => resolve(value as T),
        reject,
      });
      if (this.#queue.length >= QUEUE_LIMIT && !this.#flushing) this.#flush();
      else this.#arm();
    });
  }

  /** Why nothing can be written any more; null while it can. */
  get ended(): StorageUnavailable | null {
    return this.#ended;
  }

  /** What is committed is being brought to disk: resolves when it is, or has failed to be. Null: all is there. */
  get syncing(): Promise<void> | null {
    return this.#syncing;
  }

  stats(): Omit<StorageStats, 'bytes'> {
    return {
      writes: this.#writes,
      commits: this.#commits,
      commitMs: this.#commitMs,
      failures: this.#failures,
      waiting: this.#queue.length + this.#unsynced,
    };
  }

  /** Commits what is waiting, resolves when it is on disk; later writes reject. Closes no connection. */
  async close(): Promise<void> {
    this.#ended ??= new StorageUnavailable('The storage is closed');
    this.#flush();
    await this.#syncing;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#firstAtMs = this.#clock.now();
    this.#seen = this.#queue.length;
    setImmediate(() => this.#turn());
  }

  /** Waits on only while each turn of the loop brings more, and not beyond the window. */
  #turn(): void {
    const waitedMs = this.#clock.now() - this.#firstAtMs;
    if (this.#queue.length > this.#seen && waitedMs >= 0 && waitedMs < WINDOW_MS) {
      this.#seen = this.#queue.length;
      setImmediate(() => this.#turn());
      return;
    }
    this.#armed = false;
    // A commit now would have to wait for the next sync anyway: rather let more join it.
    if (!this.#syncing) this.#flush();
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    const batch = this.#queue;
    this.#queue = [];
    this.#flushing = true;
    try {
      this.#commit(batch);
    } finally {
      this.#flushing = false;
    }
  }

  #commit(batch: readonly Entry[]): void {
    const done: Done[] = [];
    const beganAtMs = this.#clock.now();
    try {
      // Left behind only if the last rollback failed as well.
      if (this.#db.inTransaction) this.#sql.rollback.run();
      this.#sql.begin.run();
      for (const entry of batch) this.#run(entry, done);
      this.#sql.commit.run();
    } catch (error) {
      this.#abandon(batch, error);
      return;
    }
    this.#commits++;
    this.#writes += done.length;
    if (done.length === 0) return;
    this.#committed.push({ done, beganAtMs });
    this.#unsynced += done.length;
    this.#syncing ??= this.#sync();
    for (const { entry, value } of done) entry.committed?.(value);
  }

  /** Brings to disk what is committed, and goes on as long as there is more. Never rejects. */
  async #sync(): Promise<void> {
    while (this.#committed.length > 0) {
      const committed = this.#committed;
      this.#committed = [];
      try {
        await this.#log.sync();
      } catch (error) {
        this.#end(committed, error);
        break;
      }
      for (const transaction of committed) this.#settle(transaction);
    }
    this.#syncing = null;
    if (this.#queue.length > 0) this.#arm();
  }

  #settle({ done, beganAtMs }: Committed): void {
    this.#commitMs += Math.max(0, this.#clock.now() - beganAtMs);
    this.#unsynced -= done.length;
    for (const { entry, value } of done) entry.resolve(value);
  }

  /** Whether these are on disk is unknown, and so is what comes after them. */
  #end(committed: readonly Committed[], cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const failure = new StorageLost(reason, cause);
    this.#ended = failure;
    this.#noted(failure);
    const lost = [...committed, ...this.#committed].flatMap(({ done }) => done);
    for (const entry of [...lost.map(({ entry }) => entry), ...this.#queue]) entry.reject(failure);
    this.#committed = [];
    this.#queue = [];
    this.#unsynced = 0;
  }

  /** Does one write; throws only when the whole transaction is lost. */
  #run(entry: Entry, done: Done[]): void {
    this.#sql.savepoint.run();
    try {
      const value = entry.work();
      this.#sql.release.run();
      done.push({ entry, value });
    } catch (error) {
      // On some errors (disk full, I/O) SQLite has rolled back everything by itself.
      if (!this.#db.inTransaction) throw error;
      this.#sql.undo.run();
      this.#sql.release.run();
      entry.reject(this.#noted(error));
    }
  }

  /** Nothing of the batch was kept. Who was refused before has heard the reason already. */
  #abandon(batch: readonly Entry[], cause: unknown): void {
    try {
      if (this.#db.inTransaction) this.#sql.rollback.run();
    } catch {
      // The next transaction begins with another try; until then nothing can be committed.
    }
    const error = this.#noted(cause);
    for (const entry of batch) entry.reject(error);
  }

  #noted(cause: unknown): unknown {
    const error = asStorageFailure(cause);
    if (error instanceof StorageUnavailable) {
      this.#failures++;
      this.#onFailure(error);
    }
    return error;
  }
}
