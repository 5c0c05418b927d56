import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { createRecipients } from './contacts/recipients.ts';
import { createEvents } from './events/events.ts';
import { createHttp } from './http/app.ts';
import { DEFAULT_WORKSPACE } from './http/workspace.ts';
import { systemClock as clock } from './kernel/clock.ts';
import { createIdSource } from './kernel/ids.ts';
import type { Logger } from './kernel/logger.ts';
import { systemRandom as random } from './kernel/random.ts';
import { VERSION } from './kernel/version.ts';
import { createConverter } from './messages/converter.ts';
import { createInbound } from './messages/inbound.ts';
import { createMedia } from './messages/media.ts';
import { createComposer } from './messages/outgoing.ts';
import { createOutbound } from './net/outbound.ts';
import { createOutbox } from './outbox/outbox.ts';
import { registerSendRoutes } from './outbox/routes.ts';
import { createSender } from './outbox/sender.ts';
import { importFolders } from './sessions/import.ts';
import { registerSessionRoutes } from './sessions/routes.ts';
import { createSessions, type Sessions } from './sessions/supervisor.ts';
import type { Storage } from './storage/port.ts';
import { openSqlite } from './storage/sqlite/open.ts';
import { registerHealthRoutes } from './telemetry/health.ts';
import { createWebhooks } from './webhooks/webhooks.ts';
import { createBaileysWhatsApp } from './whatsapp/baileys/whatsapp.ts';
import { NotConnected, type WhatsApp } from './whatsapp/port.ts';

/** The service, put together and at work, but for its port. */
export interface Service {
  /** Serves HTTP; resolves with an address that works on this machine. */
  listen(): Promise<string>;
  /** Ends everything in good order: requests, sends, sockets, deliveries, storage. */
  stop(): Promise<void>;
}

/** The one place that knows every part. Rejects, with nothing left open, when a part cannot start. */
export async function compose(config: Config, logger: Logger): Promise<Service> {
  const ids = createIdSource(clock, random);
  const storage = await openSqlite({
    file: join(config.dataDir, 'gateway.sqlite'),
    logger,
    clock,
    onFailure: (failure) => logger.error({ err: failure }, 'the storage does not take writes'),
  });
  const outbound = createOutbound({ allow: config.outboundAllow, clock });
  const events = createEvents({
    store: storage.events,
    clock,
    ids,
    endpoints: () => webhooks.subscribers(),
  });
  const webhooks = createWebhooks({
    store: storage.webhooks,
    outbound,
    events,
    clock,
    random,
    ids,
    logger,
    environment: config.webhooks,
  });
  const whatsapp = createBaileysWhatsApp({
    store: storage.devices,
    messages: storage.messages,
    clock,
    random,
    logger,
    server: config.whatsapp.simulated ? config.whatsapp : null,
  });
  const inbound = createInbound({
    store: storage.messages,
    identities: storage.identities,
    codec: whatsapp.codec,
    events,
  });
  const sessions: Sessions = createSessions({
    store: storage.sessions,
    whatsapp,
    events,
    inbound,
    clock,
    random,
    logger,
    onOpen: (key) => outbox.wake(key),
  });
  const media = createMedia({ download: outbound.download, ids });
  const outbox = createOutbox({
    store: storage.outbox,
    sessions,
    events,
    release: async (content) => {
      if ('file' in content) await media.discard(content.file);
    },
    clock,
    random,
    logger,
  });
  const sender = createSender({
    sessions,
    recipients: createRecipients({
      numbers: storage.numbers,
      identities: storage.identities,
      lookUp: async (key, phones) => {
        const connection = sessions.connectionOf(key);
        if (!connection) throw new NotConnected();
        return connection.lookUp(phones);
      },
      clock,
    }),
    composer: createComposer({
      media,
      convert: createConverter('ffmpeg', clock),
      messages: storage.messages,
      identities: storage.identities,
      clock,
    }),
    outbox,
    mediaFolder: join(config.dataDir, 'outgoing'),
    discard: media.discard,
  });
  const http = await createHttp({
    logger,
    ids,
    version: VERSION,
    system: [
      (app) =>
        registerHealthRoutes(app, {
          version: VERSION,
          clock,
          logger,
          sessions: () => sessions.counts(),
          check: () => storage.check(),
        }),
    ],
    workspace: [
      (app) => registerSessionRoutes(app, { sessions }),
      (app) => registerSendRoutes(app, { sender }),
    ],
  });

  await takeOverFolders(config, { storage, whatsapp, logger });
  await webhooks.start();
  await sessions.boot();

  return {
    async listen() {
      await http.listen({ port: config.port, host: config.host });
      const [address] = http.addresses();
      const port = typeof address === 'object' ? address.port : config.port;
      return `http://localhost:${port}`;
    },
    async stop() {
      const served = http.close();
      await outbox.stop();
      await sessions.shutDown();
      await served;
      await webhooks.stop();
      await outbound.close();
      await storage.close();
    },
  };
}

function takeOverFolders(
  config: Config,
  parts: { storage: Storage; whatsapp: WhatsApp; logger: Logger },
): Promise<number> {
  const { storage, whatsapp, logger } = parts;
  return importFolders({
    dataDir: config.dataDir,
    workspaceId: DEFAULT_WORKSPACE,
    store: storage.sessions,
    whatsapp,
    nowMs: clock.now(),
    logger,
  });
}
