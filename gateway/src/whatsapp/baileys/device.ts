import type { AuthenticationCreds, BinaryNode, SocketConfig } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { DeviceHandlers, DeviceRef, Self } from '../port.ts';
import type { DeviceStore } from '../store.ts';
import { Arrivals, readRow } from './arrivals.ts';
import { Credentials, readCredentials } from './credentials.ts';
import { createDeviceLists } from './device-lists.ts';
import type { OwnAddresses } from './envelope.ts';
import { GroupDirectory } from './group-directory.ts';
import { Inbound } from './inbound.ts';
import { bareJid } from './jid.ts';
import { createKeyStore, type DeviceKeys } from './key-store.ts';
import { LidMapping } from './lid-mapping.ts';
import { ReadAhead } from './read-ahead.ts';
import { Records, type StorageFailure } from './records.ts';
import { RetryCounters } from './retry-counters.ts';
import { SignalRepository } from './signal-repository.ts';

export interface DeviceDeps {
  readonly store: DeviceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The stored credentials cannot be used, and must not be replaced by new ones. */
export class CorruptCredentials extends Error {
  override readonly name = 'CorruptCredentials';
}

/**
 * Everything of a linked device that lasts longer than a frame: its credentials, its records, and the
 * parts that work on them. Made for one connection; what must outlive that is in storage.
 */
export interface Device {
  readonly credentials: Credentials;
  readonly repository: SignalRepository;
  readonly lidMapping: LidMapping;
  readonly auth: SocketConfig['auth'] & { readonly keys: DeviceKeys };
  readonly readAhead: ReadAhead;
  readonly inbound: Inbound;
  readonly groups: GroupDirectory;
  readonly deviceLists: ReturnType<typeof createDeviceLists>;
  readonly retryCounters: RetryCounters;
  /** Resolves when all that frames may depend on is on disk; null when it is. Rejects with `StorageFailure`. */
  unwritten(): Promise<void> | null;
  /** Resolves when every operation has ended and everything is written or has failed. */
  settle(): Promise<void>;
}

/** Loads a device. Rejects with `CorruptCredentials`, or when the storage cannot be read. */
export async function openDevice(
  ref: DeviceRef,
  deps: DeviceDeps,
  events: {
    readonly onMessages: DeviceHandlers['onMessages'];
    readonly onUnreadable: (stanza: BinaryNode | null, error: unknown) => void;
    readonly onHistory: (journalId: number) => void;
    readonly onStorageFailure: (failure: StorageFailure) => void;
  },
): Promise<Device> {
  const { store, clock, random, logger } = deps;
  const loaded = readCredentials(await store.loadCredentials(ref.key));
  if (loaded.kind === 'corrupt') throw new CorruptCredentials(loaded.reason);
  const records = new Records(store, ref.key, events.onStorageFailure);
  const credentials = new Credentials(records, loaded.kind === 'paired' ? loaded.creds : undefined);
  const { creds } = credentials;
  const own = () => ownAddresses(creds);
  const inbound = new Inbound({
    journal: store,
    key: ref.key,
    clock,
    random,
    logger,
    read: (entry) => readRow(entry, own()),
    onMessages: events.onMessages,
    onHistory: events.onHistory,
  });
  const arrivals = new Arrivals({
    records,
    own,
    clock,
    onRow: (row) => inbound.push(row),
    onAppStateKey: (keyId) => {
      creds.myAppStateKeyId = keyId;
      credentials.changed();
    },
    onUnreadable: events.onUnreadable,
    onLeft: (ciphertext) => readAhead.left(ciphertext),
  });
  const lidMapping = new LidMapping(records, clock);
  const repository = new SignalRepository({
    records,
    creds,
    lidMapping,
    desk: arrivals,
    logger,
  });
  const readAhead = new ReadAhead({ arrivals, repository, lidMapping, own, clock, logger });
  const retryCounters = new RetryCounters(records, clock, logger);
  return {
    credentials,
    repository,
    lidMapping,
    auth: { creds, keys: createKeyStore(records, repository) },
    readAhead,
    inbound,
    groups: new GroupDirectory(records, clock),
    deviceLists: createDeviceLists(records, clock),
    retryCounters,
    unwritten() {
      const ratchets = records.unwritten();
      const saving = credentials.pending();
      return ratchets && saving ? saving.then(() => ratchets) : (ratchets ?? saving);
    },
    async settle() {
      await readAhead.stop();
      await inbound.stop();
      await repository.idle();
      await Promise.allSettled([retryCounters.save(), credentials.pending()]);
      await records.idle();
    },
  };
}

/** The addresses of a device as far as they are known: none before it is paired. */
export function ownAddresses(creds: Pick<AuthenticationCreds, 'me'>): OwnAddresses {
  return { phoneJid: bareJid(creds.me?.id), lid: bareJid(creds.me?.lid) };
}

/** Who the device is; null before it is paired. */
export function selfOf(creds: AuthenticationCreds): Self | null {
  const { phoneJid, lid } = ownAddresses(creds);
  const user = (jid: string) => jid.slice(0, jid.indexOf('@'));
  if (!phoneJid) return null;
  return { phone: user(phoneJid), lid: lid && user(lid), pushName: creds.me?.name ?? null };
}
