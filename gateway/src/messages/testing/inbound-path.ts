import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contacts, createContacts } from '../../contacts/contacts.ts';
import { createEvents } from '../../events/events.ts';
import type { StoredEvent } from '../../events/store.ts';
import { createIdSource } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { seededRandom } from '../../kernel/random.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { Storage } from '../../storage/port.ts';
import { openUnsynced } from '../../storage/sqlite/testing/folder.ts';
import { messageCodec } from '../../whatsapp/baileys/codec.ts';
import type { WireContent, WireMessage } from '../../whatsapp/port.ts';
import { createInbound, type Inbound } from '../inbound.ts';
import { own, wireMessage } from '../normalise/wire-fixture.ts';

/** The inbound path of one session on a storage of its own. */
export interface InboundPath {
  readonly storage: Storage;
  readonly session: SessionRecord;
  readonly inbound: Inbound;
  /** Names of the events that consumers were woken for. */
  readonly woken: readonly string[];
  /** Takes the place of what keeps authors' names; null: that itself. */
  heard: ((...told: Parameters<Contacts['heard']>) => Promise<void>) | null;
  /** Records a message of John's, with no journal entry. */
  record(content: WireContent, more?: Partial<WireMessage>): Promise<void>;
  events(): Promise<readonly StoredEvent[]>;
  close(): Promise<void>;
}

export async function openInboundPath(): Promise<InboundPath> {
  const folder = await mkdtemp(join(tmpdir(), 'inbound-'));
  const clock = new VirtualClock();
  const storage = await openUnsynced({
    file: join(folder, 'gateway.db'),
    logger: silentLogger,
    clock,
  });
  const created = await storage.sessions.create('default', 'support', clock.now());
  const session = { ...created, ...own };
  const events = createEvents({
    store: storage.events,
    clock,
    ids: createIdSource(clock, seededRandom(1)),
    endpoints: () => [],
  });
  const woken: string[] = [];
  events.onCommitted((batch) => void woken.push(...batch.events.map(({ event }) => event)));
  const contacts = createContacts({
    store: storage.contacts,
    identities: storage.identities,
    events,
  });
  const inbound = createInbound({
    store: storage.messages,
    history: storage.history,
    identities: storage.identities,
    contacts: { heard: (...told) => path.heard?.(...told) ?? contacts.heard(...told) },
    codec: messageCodec,
    logger: silentLogger,
    events,
  });
  const path: InboundPath = {
    storage,
    session,
    inbound,
    woken,
    heard: null,
    record: (content, more = {}) =>
      inbound.record(session, [{ message: wireMessage(content, more), journalIds: [] }]),
    events: () => storage.events.read('default', 0, 100),
    async close() {
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
  return path;
}
