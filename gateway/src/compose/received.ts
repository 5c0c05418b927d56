import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { createContacts } from '../contacts/contacts.ts';
import type { createEvents } from '../events/events.ts';
import type { Logger } from '../kernel/logger.ts';
import { createChatNotes } from '../messages/chat-notes.ts';
import { createInbound, type Inbound } from '../messages/inbound.ts';
import { createNotices, type Notices } from '../messages/notices/notices.ts';
import { createPast, type Past } from '../messages/past.ts';
import { loadLinkSecret } from '../messages/received/link-secret.ts';
import { createReceivedMedia, type ReceivedMedia } from '../messages/received/received-media.ts';
import { simulatedMediaUrl, whatsappMediaUrl } from '../messages/received/reference.ts';
import { createAskPhone } from '../messages/received/reupload.ts';
import { createVault } from '../messages/received/vault.ts';
import { createWebhookMedia } from '../messages/received/webhook-media.ts';
import { createTargets } from '../messages/targets.ts';
import { createUploads } from '../messages/uploads/uploads.ts';
import type { Egress } from '../net/egress.ts';
import { createOutbound } from '../net/outbound.ts';
import type { Egresses } from '../sessions/egresses.ts';
import type { SessionKey, SessionRecord, SessionStore } from '../sessions/store.ts';
import type { Storage } from '../storage/port.ts';
import { messageCodec } from '../whatsapp/baileys/codec.ts';
import type { Connection } from '../whatsapp/port.ts';
import { simulatorNetworks } from './egress.ts';
import { clock, ids, random } from './system.ts';

/** From the wire to what is stored, its event, and the media that belongs to it. */
export function composeInbound(
  storage: Storage,
  events: ReturnType<typeof createEvents>,
  media: ReceivedMedia,
  logger: Logger,
) {
  const { contacts: names, chats: store, identities } = storage;
  const contacts = createContacts({ store: names, identities, events });
  const inbound = createInbound({
    contacts,
    store: storage.messages,
    history: storage.history,
    identities,
    codec: messageCodec,
    logger,
    events,
    onStored: (session, message) => media.noticed(session, message),
  });
  const notices = createNotices({
    contacts,
    chats: createChatNotes({ store, identities }),
    store: storage.messages,
    identities,
    events,
  });
  const past = createPast({ store: storage.messages, identities });
  return {
    past: (...messages: Parameters<Past['record']>) => past.record(...messages),
    record: (...message: Parameters<Inbound['record']>) => inbound.record(...message),
    receipt: (...receipt: Parameters<Inbound['receipt']>) => inbound.receipt(...receipt),
    notice: (...notice: Parameters<Notices['record']>) => notices.record(...notice),
  };
}

/** A session that is removed takes along its files and what is kept of it in memory. */
export function forgettingAll(
  store: SessionStore,
  keepers: () => readonly { forget(key: SessionKey): Promise<void> }[],
): SessionStore {
  return {
    ...store,
    remove: async (key, batch) => {
      await store.remove(key, batch);
      await Promise.all(keepers().map((keeper) => keeper.forget(key)));
    },
  };
}

/** Files that came in: media of messages, and uploads of clients. */
export async function composeReceivedMedia(
  storage: Storage,
  egresses: Egresses<Egress>,
  config: Config,
  logger: Logger,
  connectionOf: (key: SessionKey) => Connection | null,
) {
  const { messages, identities } = storage;
  const { simulated } = config.whatsapp;
  const outbound = createOutbound({ allow: simulatorNetworks(config), clock });
  const downloadFor = async (key: SessionKey) =>
    (await egresses.of(key))?.download ?? outbound.download;
  const media = createReceivedMedia({
    downloadFor,
    locate: simulated ? simulatedMediaUrl : whatsappMediaUrl,
    askPhone: createAskPhone({
      connectionOf,
      messages,
      targets: createTargets({ messages, identities }),
      codec: messageCodec,
      clock,
      logger,
    }),
    vault: createVault(join(config.dataDir, 'media'), ids),
    messages,
    policies: storage.mediaPolicies,
    codec: messageCodec,
    linkSecret: await loadLinkSecret(join(config.dataDir, 'media-link.key'), random),
    clock,
    logger,
  });
  const uploads = createUploads({ folder: join(config.dataDir, 'uploads'), ids, clock });
  return {
    media,
    uploads,
    /** What is cleaned up by the hour, and goes when its session goes. */
    files: [media, uploads],
    /** For WhatsApp's own media servers, or the simulator's. */
    downloadFor,
    async close() {
      await media.stop();
      await outbound.close();
    },
  };
}

export function webhookMedia(
  config: Config,
  media: ReceivedMedia,
  session: (workspaceId: string, id: string) => SessionRecord,
) {
  const baseUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  return createWebhookMedia({ media, session, baseUrl: () => baseUrl, clock });
}
