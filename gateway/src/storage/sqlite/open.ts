import Database from 'better-sqlite3';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { StorageRefused, type StorageUnavailable } from '../errors.ts';
import type { Storage } from '../port.ts';
import { createKeyStore } from './api-keys.ts';
import { createAuditStore } from './audit.ts';
import { createBatchInsert } from './batch.ts';
import { createBulkStore } from './bulks.ts';
import { createChatMoves } from './chat-moves.ts';
import { createChatStore } from './chats.ts';
import { type Connect, type Connection, connect } from './connection.ts';
import { createContactStore } from './contacts.ts';
import type { SqliteContext } from './context.ts';
import { openSealer } from './data-key.ts';
import { createDeliveryQueue } from './deliveries.ts';
import { createDeliveryLog } from './delivery-log.ts';
import { createDeviceStore } from './devices.ts';
import { createEndpointStore } from './endpoints.ts';
import { createEventStore } from './events.ts';
import { asStorageFailure } from './failure.ts';
import { bytesOnDisk, prepareFiles } from './files.ts';
import { createHistoryStore } from './history.ts';
import { createIdentityStore, createNumberStore } from './identities.ts';
import { lockForProcess } from './lock.ts';
import { createMediaPolicyStore } from './media-policies.ts';
import { createMessageRetention } from './message-retention.ts';
import { createMessageStore } from './messages.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { createOptOutStore } from './opt-outs.ts';
import { createOutboxStore } from './outbox.ts';
import { createPacingStore } from './pacing.ts';
import { createProxyStore } from './proxies.ts';
import { createPurger } from './purge.ts';
import { createQueueStore } from './queue.ts';
import { createScheduleStore } from './schedules.ts';
import type { Sealer } from './sealer.ts';
import { createSessionGuard } from './session-guard.ts';
import { createSessionStore } from './sessions.ts';
import { createTemplateStore } from './templates.ts';
import { createWorkspaceStore } from './workspaces.ts';
import { openLog, type WriteAheadLog } from './write-ahead-log.ts';
import { Writer } from './writer.ts';

export interface SqliteOptions {
  /** The database file; it and its folder are made when missing. */
  readonly file: string;
  readonly logger: Logger;
  /** The same clock as that of the callers: new deliveries are due at its `now()`. */
  readonly clock?: Clock;
  /**
   * Hears of each transaction that the disk did not take; the callers' promises reject as well. After a
   * `StorageLost` the storage has to be opened again, in a new process.
   */
  readonly onFailure?: (failure: StorageUnavailable) => void;
  /** 32 bytes: messages, keys and secrets are encrypted at rest (addresses and times are not). */
  readonly dataKey?: Uint8Array | null;
}

/**
 * Opens the storage on one SQLite database, for this process alone. Rejects with `StorageRefused`,
 * whose message tells the operator what to do, when another process has it, a newer program wrote it,
 * the data key does not fit, or it cannot be read.
 */
export function openSqlite(options: SqliteOptions): Promise<Storage> {
  return openWith(options, { connect, openLog });
}

/** Where the driver meets the disk. */
export interface Disk {
  readonly connect: Connect;
  readonly openLog: (databaseFile: string) => WriteAheadLog;
}

/** `openSqlite` on a disk that the caller brings: tests put faults between. */
export async function openWith(options: SqliteOptions, disk: Disk): Promise<Storage> {
  const { file, logger, clock = systemClock } = options;
  prepareFiles(file, logger);
  const lock = lockForProcess(file);
  const opened: { close(): unknown }[] = [];
  const release = () => {
    for (const part of opened.reverse()) part.close();
    lock.release();
  };
  try {
    const writer = disk.connect(file, 'writer');
    opened.push(writer);
    const isKept = keepWhatIsThere(writer);
    const log = disk.openLog(file);
    opened.push(log);
    if (!isKept) await log.sync();
    migrate(writer, migrations, clock.now());
    const sealer = openSealer(writer, options.dataKey ?? null);
    const reader = disk.connect(file, 'reader');
    opened.push(reader);
    return assemble({ ...options, clock }, { writer, reader, log, sealer, release });
  } catch (error) {
    release();
    throw asRefusal(error);
  }
}

interface Parts {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly log: WriteAheadLog;
  readonly sealer: Sealer;
  readonly release: () => void;
}

function assemble(options: SqliteOptions & { readonly clock: Clock }, parts: Parts): Storage {
  const { clock, logger, onFailure = () => {} } = options;
  const { writer, reader, log, sealer } = parts;
  const queue = new Writer({ db: writer, log, clock, onFailure });
  const write: SqliteContext['write'] = (work, committed) => queue.write(work, committed);
  const context: SqliteContext = {
    writer,
    reader,
    write,
    ...createReads(reader, queue),
    sealer,
    clock,
    purger: createPurger(writer, write),
    insertBatch: createBatchInsert(writer, sealer, clock),
    requireSession: createSessionGuard(writer),
  };
  const touch = writer.prepare(
    `INSERT INTO meta (name, value) VALUES ('checked_at_ms', ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  );
  const moves = createChatMoves(context);
  let closed = false;
  void moves.resume().catch((error: unknown) => {
    if (!closed) logger.warn({ err: error }, 'a chat was not brought together under its number');
  });
  void context.purger.resume().catch((error: unknown) => {
    if (!closed) logger.warn({ err: error }, 'rows of removed sessions could not be taken away');
  });
  return {
    sessions: createSessionStore(context),
    devices: createDeviceStore(context),
    messages: { ...createMessageStore(context), ...createMessageRetention(context) },
    history: createHistoryStore(context),
    mediaPolicies: createMediaPolicyStore(context),
    proxies: createProxyStore(context),
    templates: createTemplateStore(context),
    outbox: { ...createOutboxStore(context), ...createQueueStore(context) },
    pacing: createPacingStore(context),
    bulks: createBulkStore(context),
    schedules: createScheduleStore(context),
    optOuts: createOptOutStore(context),
    events: createEventStore(context),
    webhooks: {
      ...createEndpointStore(context),
      ...createDeliveryQueue(context),
      ...createDeliveryLog(context),
    },
    identities: createIdentityStore(context, moves),
    numbers: createNumberStore(context),
    contacts: createContactStore(context),
    chats: createChatStore(context),
    access: {
      ...createWorkspaceStore(context),
      ...createKeyStore(context),
      ...createAuditStore(context),
    },
    async check() {
      await write(() => touch.run(String(clock.now())));
    },
    stats: () => ({ ...queue.stats(), bytes: bytesOnDisk(options.file) }),
    async close() {
      if (closed) return;
      closed = true;
      await queue.close();
      parts.release();
    },
  };
}

/** All statements of a read see the same instant: nothing else runs meanwhile, and no other process writes. */
function createReads(reader: Connection, queue: Writer): Pick<SqliteContext, 'read' | 'readKept'> {
  const read = <T>(work: () => T): T => {
    // What was not kept must not be acted upon either.
    if (queue.ended) throw queue.ended;
    try {
      return work();
    } catch (error) {
      throw asStorageFailure(error);
    }
  };
  return {
    read: async (work) => read(work),
    async readKept(work) {
      while (queue.syncing) await queue.syncing;
      return read(work);
    },
  };
}

/**
 * What a process that was killed had committed may be in the operating system's memory alone, and must be on
 * disk before anything is made of it. A checkpoint writes the pages once more, also those that a failed sync
 * has lost. Answers false while another program reads (a backup, the doctor): the log has to be synced then.
 */
function keepWhatIsThere(writer: Connection): boolean {
  return writer.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
}

function asRefusal(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) {
    return new StorageRefused(
      'damaged',
      `The database file is damaged (${error.message}). Restore a backup; nothing was changed.`,
      error,
    );
  }
  return new StorageRefused(
    'not_accessible',
    `The database cannot be used: ${error.message}`,
    error,
  );
}
