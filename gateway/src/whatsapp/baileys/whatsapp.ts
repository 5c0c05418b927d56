import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { HistoryBudget } from '../history.ts';
import type { WhatsApp } from '../port.ts';
import type { DeviceStore } from '../store.ts';
import { versionText } from '../version.ts';
import { readRow } from './arrivals.ts';
import { BUNDLED_ONLY, type ClientVersionSource } from './client-version.ts';
import { BaileysConnection, type ServerOptions } from './connection.ts';
import { readCredentials } from './credentials.ts';
import { ownAddresses } from './device.ts';
import { copyDevice, pasteDevice } from './device-copy.ts';
import type { Egress } from './egress.ts';
import { importFolder } from './import-folder.ts';
import { restoreCredentials } from './previous-credentials.ts';
import { recoverJournal } from './recovery.ts';

export { installProcessGuards, type ProcessGuards } from './process-guards.ts';
export { BUNDLED_VERSION } from './socket-config.ts';

export interface BaileysDeps {
  readonly store: DeviceStore;
  /** Messages we sent, by id: what a receiver that could not decrypt one asks for again. */
  readonly messages: {
    encoded(key: SessionKey, messageId: string): Promise<Uint8Array | null>;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How a session's traffic gets to WhatsApp; null is the straight way. Asked for each connection. */
  readonly egress?: (key: SessionKey) => Promise<Egress | null>;
  /** A simulator instead of WhatsApp. One per process: the library keeps a single trusted root. */
  readonly server?: ServerOptions | null;
  /** What is taken over of a phone's history; absent: names and chats. */
  readonly history?: HistoryBudget;
  /** Which version of WhatsApp Web is presented; absent: the one the library was made for. */
  readonly versions?: ClientVersionSource;
}

/** WhatsApp through Baileys, on durable storage: see the port for what it promises. */
export function createBaileysWhatsApp(deps: BaileysDeps): WhatsApp {
  const { store, messages, clock, random, logger, server = null } = deps;
  const { versions = BUNDLED_ONLY, egress = async () => null, history = 'names' } = deps;
  return {
    clientVersion: () => versionText(versions.current()),
    async identity({ key }) {
      return readCredentials(await store.loadCredentials(key)).kind;
    },
    connect: (device, handlers, { pairWith = null } = {}) =>
      new BaileysConnection(device, handlers, {
        store,
        message: (messageId) => messages.encoded(device.key, messageId),
        egress: () => egress(device.key),
        clock,
        random,
        logger,
        server,
        history,
        versions,
        pairWith,
      }),
    async recover({ key, sessionId }, { onMessages }) {
      const loaded = readCredentials(await store.loadCredentials(key));
      // Without the own addresses nobody can say which messages are ours; the rows wait.
      if (loaded.kind !== 'paired') return 0;
      const own = ownAddresses(loaded.creds);
      return recoverJournal({
        journal: store,
        key,
        read: (entry) => readRow(entry, own),
        onMessages,
        logger: logger.child({ session: sessionId }),
      });
    },
    forget: ({ key }) => store.clear(key),
    restore: ({ key }) => restoreCredentials(store, key),
    copy: ({ key }) => copyDevice(store, key),
    paste: ({ key }, copy) => pasteDevice(store, key, copy),
    importFolder: ({ key }, folder) => importFolder(store, key, folder, logger),
  };
}
