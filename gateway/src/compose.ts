import { join } from 'node:path';
import { type Access, createAccess } from './access/access.ts';
import { loadOperatorKey } from './access/operator-key.ts';
import { decidePolicy } from './access/policy.ts';
import type { Config } from './config/config.ts';
import { registerContactRoutes } from './contacts/routes.ts';
import { createEvents } from './events/events.ts';
import { registerEventRoutes } from './events/routes.ts';
import { type App, createHttp } from './http/app.ts';
import { DEFAULT_WORKSPACE } from './http/workspace.ts';
import { systemClock as clock } from './kernel/clock.ts';
import { createIdSource } from './kernel/ids.ts';
import type { Logger } from './kernel/logger.ts';
import { systemRandom as random } from './kernel/random.ts';
import { VERSION } from './kernel/version.ts';
import { registerActionRoutes } from './messages/action-routes.ts';
import { createConverter } from './messages/converter.ts';
import { createHistory } from './messages/history.ts';
import { createInbound } from './messages/inbound.ts';
import { createMedia } from './messages/media.ts';
import { createComposer } from './messages/outgoing.ts';
import { createPreviews } from './messages/preview/previews.ts';
import { loadLinkSecret } from './messages/received/link-secret.ts';
import { createReceivedMedia, type ReceivedMedia } from './messages/received/received-media.ts';
import { simulatedMediaUrl, whatsappMediaUrl } from './messages/received/reference.ts';
import { registerMediaLinkRoute, registerMediaRoutes } from './messages/received/routes.ts';
import { createVault } from './messages/received/vault.ts';
import { createWebhookMedia } from './messages/received/webhook-media.ts';
import { registerHistoryRoutes } from './messages/routes.ts';
import { registerTemplateRoutes } from './messages/templates/routes.ts';
import { createTemplates } from './messages/templates/templates.ts';
import { createOutbound } from './net/outbound.ts';
import { presetPolicy } from './outbox/pacing/policy.ts';
import { createSending } from './outbox/sending.ts';
import { importFolders } from './sessions/import.ts';
import { registerSessionRoutes } from './sessions/routes.ts';
import type { SessionRecord, SessionStore } from './sessions/store.ts';
import { createSessions, type Sessions } from './sessions/supervisor.ts';
import type { Storage } from './storage/port.ts';
import { startRetention } from './storage/retention.ts';
import { openSqlite } from './storage/sqlite/open.ts';
import { registerHealthRoutes } from './telemetry/health.ts';
import { registerMetricsRoutes } from './telemetry/metrics.ts';
import { readingsOf } from './telemetry/readings.ts';
import { registerWebhookRoutes } from './webhooks/routes.ts';
import { createWebhooks } from './webhooks/webhooks.ts';
import { messageCodec } from './whatsapp/baileys/codec.ts';
import { createBaileysWhatsApp, installProcessGuards } from './whatsapp/baileys/whatsapp.ts';

/** The service, put together and at work, but for its port. */
export interface Service {
  /** Serves HTTP; resolves with an address that works on this machine. */
  listen(): Promise<string>;
  /** Ends everything in good order: requests, sends, sockets, deliveries, storage. */
  stop(): Promise<void>;
}

const ids = createIdSource(clock, random);

const DAY_MS = 24 * 60 * 60_000;
/** Rows beyond these go even when they are young, so that a flood cannot fill the disk. */
const MAX_EVENTS = 5_000_000;
const MAX_AUDIT_ROWS = 1_000_000;
/** Rows that retention removes in one transaction. */
const RETENTION_STEP = 500;

/** The one place that knows every part. Rejects, with nothing left open, when a part cannot start. */
export async function compose(config: Config, logger: Logger): Promise<Service> {
  installProcessGuards(logger);
  const storage = await openSqlite({
    file: join(config.dataDir, 'gateway.sqlite'),
    logger,
    clock,
    dataKey: config.dataKey,
    onFailure: (failure) => logger.error({ err: failure }, 'the storage does not take writes'),
  });
  try {
    return await composeOn(storage, config, logger);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function composeOn(storage: Storage, config: Config, logger: Logger): Promise<Service> {
  const outbound = createOutbound({ allow: config.outboundAllow, clock });
  const events = createEvents({
    store: storage.events,
    clock,
    ids,
    endpoints: () => webhooks.subscribers(),
  });
  const received = await composeReceivedMedia(storage, config, logger);
  const webhooks = createWebhooks({
    media: webhookMedia(config, received.media, (...name) => sessions.resolve(...name).record),
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
    ...(config.whatsapp.simulated ? { server: config.whatsapp } : {}),
  });
  const inbound = composeInbound(storage, events, received.media);
  const sessions: Sessions = createSessions({
    store: forgettingMedia(storage.sessions, received.media),
    whatsapp,
    events,
    inbound: {
      record: (...message) => inbound.record(...message),
      receipt: (...receipt) => inbound.receipt(...receipt),
      restriction: (session, signal) => {
        sending.outbox.restricted(session, signal).catch((error: unknown) => {
          logger.error({ err: error }, 'a restriction by WhatsApp was not noted');
        });
      },
    },
    clock,
    random,
    logger,
    onOpen: (key) => sending.outbox.wake(key),
  });
  const sending = composeSending({ config, logger, storage, events, sessions, outbound });
  const access = await composeAccess({ config, logger, storage, sessions });
  const parts = { config, logger, storage, sessions, events, webhooks, sending, access, received };
  const http = await composeHttp(parts);

  await importFolders({
    dataDir: config.dataDir,
    workspaceId: DEFAULT_WORKSPACE,
    store: storage.sessions,
    whatsapp,
    nowMs: clock.now(),
    logger,
  });
  await webhooks.start();
  await sessions.boot();
  const retention = composeRetention(storage, received.media, config, logger);

  return {
    async listen() {
      await http.listen({ port: config.port, host: config.host });
      return addressOf(http, config.port);
    },
    async stop() {
      const closed = http.close();
      await Promise.all([sending.outbox.stop(), retention.stop()]);
      await sessions.shutDown();
      await closed;
      await webhooks.stop();
      await access.close();
      await received.close();
      await outbound.close();
      await storage.close();
    },
  };
}

interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly storage: Storage;
  readonly sessions: Sessions;
}

/** From a validated request to the wire. */
function composeSending(
  parts: Parts & {
    readonly events: ReturnType<typeof createEvents>;
    readonly outbound: ReturnType<typeof createOutbound>;
  },
) {
  const { config, logger, storage, sessions, events, outbound } = parts;
  const media = createMedia({ download: outbound.download, ids });
  const templates = createTemplates(storage.templates, clock);
  const composer = createComposer({
    media,
    convert: createConverter('ffmpeg', clock),
    previews: createPreviews({ request: outbound.request, clock }),
    templates,
    messages: storage.messages,
    identities: storage.identities,
    clock,
  });
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const sending = createSending({
    defaultPolicy: presetPolicy(config.pacing, timeZone),
    storage,
    sessions,
    events,
    composer,
    mediaFolder: join(config.dataDir, 'outgoing'),
    discard: (file) => media.discard(file),
    timeZone,
    clock,
    random,
    logger,
  });
  return { ...sending, templates };
}

/** Every route of the service. */
function composeHttp(
  parts: Parts & {
    readonly events: ReturnType<typeof createEvents>;
    readonly webhooks: ReturnType<typeof createWebhooks>;
    readonly sending: ReturnType<typeof composeSending>;
    readonly access: Access;
    readonly received: { readonly media: ReceivedMedia };
  },
): Promise<App> {
  const { config, logger, storage, sessions, events, webhooks, sending, access, received } = parts;
  const session = (workspaceId: string, id: string) => sessions.resolve(workspaceId, id).record;
  const mediaRoutes = { media: received.media, session, clock };
  const history = createHistory({ store: storage.history, identities: storage.identities });
  const { sender, recipients, templates } = sending;
  return createHttp({
    logger,
    ids,
    version: VERSION,
    trustedProxies: config.trustedProxies,
    guard: (app) => access.guard(app),
    system: [
      (app) =>
        registerHealthRoutes(app, {
          version: VERSION,
          clock,
          logger,
          sessions: () => sessions.counts(),
          check: () => storage.check(),
        }),
      (app) => registerMetricsRoutes(app, readingsOf(sessions, storage)),
      (app) => access.registerServiceRoutes(app),
      (app) => registerMediaLinkRoute(app, mediaRoutes),
    ],
    workspace: [
      (app) => registerSessionRoutes(app, { sessions }),
      (app) => sending.registerRoutes(app),
      (app) => registerActionRoutes(app, { sender, session, messages: storage.messages }),
      (app) => registerHistoryRoutes(app, { history, session }),
      (app) => registerTemplateRoutes(app, { templates }),
      (app) => registerContactRoutes(app, { recipients, session }),
      (app) => registerMediaRoutes(app, mediaRoutes),
      (app) => registerWebhookRoutes(app, { webhooks, clock }),
      (app) => registerEventRoutes(app, { events, clock }),
      (app) => access.registerRoutes(app),
    ],
  });
}

/** Keys, workspaces and the audit log. Rejects when the settings would let anybody in by accident. */
async function composeAccess({ config, logger, storage, sessions }: Parts): Promise<Access> {
  const { apiKey, auth, offUnderstood, requestsPerMinute } = config.access;
  const policy = decidePolicy({
    auth,
    offUnderstood,
    hasApiKey: apiKey !== '',
    production: config.production,
    host: config.host,
  });
  if (!policy.ok) throw new Error(policy.reason);
  if (policy.warning) logger.warn(policy.warning);
  return createAccess({
    store: storage.access,
    clock,
    ids,
    random,
    logger,
    mode: policy.mode,
    operatorKey: apiKey || (await operatorKey(config, logger)),
    requestsPerMinute,
    auditRetention: { days: config.retentionDays.audit, rows: MAX_AUDIT_ROWS },
    contents: async (workspaceId) => {
      const endpoints = (await storage.webhooks.endpoints()).filter(
        (endpoint) => endpoint.workspaceId === workspaceId,
      );
      const counts = { sessions: sessions.list(workspaceId).length, endpoints: endpoints.length };
      return Object.entries(counts).flatMap(([what, count]) =>
        count > 0 ? [`${count} ${what}`] : [],
      );
    },
  });
}

async function operatorKey(config: Config, logger: Logger): Promise<string> {
  const key = await loadOperatorKey(config.dataDir, random);
  if (key.wasExposed) logger.warn({ path: key.path }, 'others could read the key file; mended');
  if (key.created) {
    // Shown once, and not through the logger, which keeps what it is given.
    process.stdout.write(
      `\nThe operator's key, shown this once and kept in ${key.path}:\n\n  ${key.text}\n\n`,
    );
  }
  return key.text;
}

/** From the wire to a stored message, its event, and the media that belongs to it. */
function composeInbound(
  storage: Storage,
  events: ReturnType<typeof createEvents>,
  media: ReceivedMedia,
) {
  return createInbound({
    store: storage.messages,
    history: storage.history,
    identities: storage.identities,
    codec: messageCodec,
    events,
    onStored: (session, message) => media.noticed(session, message),
  });
}

/** A session that is removed takes its media along. */
function forgettingMedia(store: SessionStore, media: ReceivedMedia): SessionStore {
  return {
    ...store,
    remove: async (key, batch) => {
      await store.remove(key, batch);
      await media.forget(key);
    },
  };
}

function webhookMedia(
  config: Config,
  media: ReceivedMedia,
  session: (workspaceId: string, id: string) => SessionRecord,
) {
  const baseUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  return createWebhookMedia({ media, session, baseUrl: () => baseUrl, clock });
}

/** Media of messages; a simulator's media server is on this machine, where nobody else may lead us. */
async function composeReceivedMedia(storage: Storage, config: Config, logger: Logger) {
  const { simulated } = config.whatsapp;
  const allow = simulated ? ['127.0.0.0/8'] : [];
  const outbound = createOutbound({ allow, clock });
  const media = createReceivedMedia({
    download: outbound.download,
    locate: simulated ? simulatedMediaUrl : whatsappMediaUrl,
    vault: createVault(join(config.dataDir, 'media'), ids),
    messages: storage.messages,
    policies: storage.mediaPolicies,
    codec: messageCodec,
    linkSecret: await loadLinkSecret(join(config.dataDir, 'media-link.key'), random),
    clock,
    logger,
  });
  return {
    media,
    async close() {
      await media.stop();
      await outbound.close();
    },
  };
}

function composeRetention(storage: Storage, media: ReceivedMedia, config: Config, logger: Logger) {
  const { events, messages } = config.retentionDays;
  const before = (days: number) => clock.now() - days * DAY_MS;
  return startRetention({
    clock,
    logger,
    chores: [
      {
        name: 'events',
        step: () =>
          storage.events.prune({ beforeMs: before(events), keepRows: MAX_EVENTS }, RETENTION_STEP),
      },
      { name: 'messages', step: () => storage.messages.prune(before(messages), RETENTION_STEP) },
      {
        name: 'media',
        step: async () => media.sweep((await storage.sessions.all()).map(({ key }) => key)),
      },
    ],
  });
}

function addressOf(http: App, configured: number): string {
  const [address] = http.addresses();
  return `http://localhost:${typeof address === 'object' ? address.port : configured}`;
}
