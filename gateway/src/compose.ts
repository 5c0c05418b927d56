import { join } from 'node:path';
import { composeAccess } from './compose/access.ts';
import { finishInterruptedRestore } from './compose/commands.ts';
import { composeEgress } from './compose/egress.ts';
import { composeHttp } from './compose/http.ts';
import {
  composeInbound,
  composeReceivedMedia,
  forgettingAll,
  webhookMedia,
} from './compose/received.ts';
import { composeRetention } from './compose/retention.ts';
import { composeSending } from './compose/sending.ts';
import { clock, ids, random } from './compose/system.ts';
import { composeWebhooks } from './compose/webhooks.ts';
import { composeWhatsApp } from './compose/whatsapp.ts';
import type { Config } from './config/config.ts';
import { tellingIdentities } from './contacts/resolving.ts';
import { createEvents } from './events/events.ts';
import { type App } from './http/app.ts';
import { DEFAULT_WORKSPACE } from './http/workspace.ts';
import type { Logger } from './kernel/logger.ts';
import { createOutbound } from './net/outbound.ts';
import { importFolders } from './sessions/import.ts';
import { createSessions, type Sessions } from './sessions/supervisor.ts';
import { createTransfers } from './sessions/transfer.ts';
import { StorageLost } from './storage/errors.ts';
import type { Storage } from './storage/port.ts';
import { DATABASE_NAME } from './storage/sqlite/database-files.ts';
import { openSqlite } from './storage/sqlite/open.ts';
import { installProcessGuards } from './whatsapp/baileys/whatsapp.ts';

/** The service, put together and at work, but for its port. */
export interface Service {
  /** Serves HTTP; resolves with an address that works on this machine. */
  listen(): Promise<string>;
  /** Ends everything in good order: requests, sends, sockets, deliveries, storage. */
  stop(): Promise<void>;
}

/**
 * The one place that knows every part. Rejects, with nothing left open, when a part cannot start. `onLost`
 * hears that the disk has failed: nothing works any more, and only a new process can find out what is there.
 */
export async function compose(
  config: Config,
  logger: Logger,
  onLost: () => void = () => undefined,
): Promise<Service> {
  await finishInterruptedRestore(config.dataDir);
  const storage = await openSqlite({
    file: join(config.dataDir, DATABASE_NAME),
    logger,
    clock,
    dataKey: config.dataKey,
    onFailure: (failure) => {
      logger.error({ err: failure }, 'the storage does not take writes');
      if (failure instanceof StorageLost) onLost();
    },
  });
  try {
    return await composeOn(storage, config, logger);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function composeOn(opened: Storage, config: Config, logger: Logger): Promise<Service> {
  const guards = installProcessGuards(logger);
  const outbound = createOutbound({ allow: config.outboundAllow, clock });
  const events = createEvents({
    store: opened.events,
    clock,
    ids,
    endpoints: () => webhooks.subscribers(),
  });
  const storage: Storage = {
    ...opened,
    identities: tellingIdentities({
      store: opened.identities,
      sessionOf: (key) => sessions.recordOf(key),
      events,
    }),
  };
  const base = { config, logger, storage };
  const { egresses, proxies } = composeEgress(storage, config);
  const received = await composeReceivedMedia(storage, egresses, config, logger, (key) =>
    sessions.connectionOf(key),
  );
  const hooks = composeWebhooks({
    ...base,
    events,
    outbound,
    media: webhookMedia(config, received.media, (...name) => sessions.resolve(...name).record),
  });
  const { webhooks } = hooks;
  const { whatsapp, versions } = await composeWhatsApp({ ...base, outbound, egresses });
  const inbound = composeInbound(storage, events, received.media, logger);
  const sessions: Sessions = createSessions({
    store: forgettingAll(storage.sessions, () => [...received.files, egresses, sending.outbox]),
    whatsapp,
    events,
    inbound: {
      ...inbound,
      restriction: (...signal) => void sending.outbox.restricted(...signal),
    },
    clock,
    random,
    logger,
    onOpen: (key) => sending.outbox.wake(key),
  });
  const shared = { ...base, sessions };
  const sending = composeSending({ ...shared, events, outbound, uploads: received.uploads });
  const access = await composeAccess(shared);
  const transfers = createTransfers({ sessions, whatsapp, random });
  const served = { ...shared, events, ...hooks, sending, access, received, guards };
  const http = await composeHttp({ ...served, versions, transfers, proxies: proxies(sessions) });

  await importFolders({
    dataDir: config.dataDir,
    workspaceId: DEFAULT_WORKSPACE,
    store: storage.sessions,
    whatsapp,
    nowMs: clock.now(),
    logger,
  });
  await resume(webhooks, sessions, [sending.outbox, sending.bulks, sending.schedules]);
  versions.start();
  const retention = composeRetention(storage, received.files, config, logger);

  return {
    async listen() {
      await http.listen({ port: config.port, host: config.host });
      return addressOf(http, config.port);
    },
    async stop() {
      const closed = http.close();
      await Promise.all([sending.stop(), retention.stop()]);
      await sessions.shutDown();
      await closed;
      await webhooks.stop();
      await access.close();
      await Promise.all([received.close(), egresses.close(), versions.stop()]);
      await outbound.close();
      await storage.close();
    },
  };
}

/** Goes on with what an earlier process left: deliveries, sessions, and then what these have to send. */
async function resume(
  webhooks: { start(): Promise<void> },
  sessions: Sessions,
  queues: readonly { start(): Promise<void> }[],
): Promise<void> {
  await webhooks.start();
  await sessions.boot();
  for (const queue of queues) await queue.start();
}

function addressOf(http: App, configured: number): string {
  const [address] = http.addresses();
  return `http://localhost:${typeof address === 'object' ? address.port : configured}`;
}
