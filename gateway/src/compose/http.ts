import type { Access } from '../access/access.ts';
import { registerBulkRoutes } from '../bulk/routes.ts';
import { createAsking } from '../contacts/asking.ts';
import type { createEvents } from '../events/events.ts';
import { registerEventRoutes } from '../events/routes.ts';
import { type App, createHttp } from '../http/app.ts';
import { VERSION } from '../kernel/version.ts';
import { registerActionRoutes } from '../messages/action-routes.ts';
import { registerChatChangeRoutes } from '../messages/chat-change-routes.ts';
import { createChatChanges } from '../messages/chat-changes.ts';
import { createChatLookup } from '../messages/chat-lookup.ts';
import { createHistory } from '../messages/history.ts';
import { createMessageSight } from '../messages/message-sight.ts';
import { registerOwnChangeRoutes } from '../messages/own-change-routes.ts';
import { createOwnChanges } from '../messages/own-changes.ts';
import type { ReceivedMedia } from '../messages/received/received-media.ts';
import { registerMediaLinkRoute, registerMediaRoutes } from '../messages/received/routes.ts';
import { registerHistoryRoutes } from '../messages/routes.ts';
import { registerTemplateRoutes } from '../messages/templates/routes.ts';
import { registerUploadRoutes } from '../messages/uploads/routes.ts';
import type { Uploads } from '../messages/uploads/uploads.ts';
import type { Download } from '../net/download.ts';
import { registerScheduleRoutes } from '../schedule/routes.ts';
import type { Proxies } from '../sessions/proxies.ts';
import { registerProxyRoutes } from '../sessions/proxy-routes.ts';
import { registerSessionRoutes } from '../sessions/routes.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Transfers } from '../sessions/transfer.ts';
import { registerTransferRoutes } from '../sessions/transfer-routes.ts';
import { eventReadings } from '../telemetry/event-readings.ts';
import { registerHealthRoutes } from '../telemetry/health.ts';
import { libraryReadings } from '../telemetry/library-readings.ts';
import { registerMetricsRoutes } from '../telemetry/metrics.ts';
import { queueReadings } from '../telemetry/queue-readings.ts';
import { sessionReadings } from '../telemetry/session-readings.ts';
import { storageReadings } from '../telemetry/storage-readings.ts';
import { versionReadings } from '../telemetry/version-readings.ts';
import type { WebhookMeter } from '../telemetry/webhook-readings.ts';
import { registerWebhookRoutes } from '../webhooks/routes.ts';
import type { createWebhooks } from '../webhooks/webhooks.ts';
import type { ProcessGuards } from '../whatsapp/baileys/whatsapp.ts';
import type { ClientVersions } from '../whatsapp/client-versions.ts';
import type { Parts } from './parts.ts';
import { composePeople } from './people.ts';
import type { composeSending } from './sending.ts';
import { clock, ids } from './system.ts';

type Served = Parts & {
  readonly events: ReturnType<typeof createEvents>;
  readonly webhooks: ReturnType<typeof createWebhooks>;
  readonly sending: ReturnType<typeof composeSending>;
  readonly access: Access;
  readonly webhookMeter: WebhookMeter;
  readonly versions: ClientVersions;
  readonly guards: ProcessGuards;
  readonly transfers: Transfers;
  readonly received: {
    readonly media: ReceivedMedia;
    readonly uploads: Uploads;
    readonly downloadFor: (key: SessionKey) => Promise<Download>;
  };
  readonly proxies: Proxies;
};

type Routes = (app: App) => unknown;

/** Every route of the service. */
export function composeHttp(parts: Served): Promise<App> {
  const { config, logger, access } = parts;
  return createHttp({
    logger,
    ids,
    version: VERSION,
    trustedProxies: config.trustedProxies,
    guard: (app) => access.guard(app),
    system: systemRoutes(parts),
    workspace: [...messageRoutes(parts), ...otherRoutes(parts)],
  });
}

/** What belongs to no workspace. */
function systemRoutes(parts: Served): Routes[] {
  const { logger, storage, sessions, events, webhooks, access, received } = parts;
  const now = () => clock.now();
  const endpoints = () => webhooks.subscribers();
  return [
    (app) =>
      registerHealthRoutes(app, {
        version: VERSION,
        clock,
        logger,
        sessions: () => sessions.counts(),
        check: () => storage.check(),
      }),
    (app) =>
      registerMetricsRoutes(app, [
        ...sessionReadings(sessions, now),
        ...versionReadings(parts.versions),
        ...libraryReadings(parts.guards),
        ...queueReadings(storage.outbox, now),
        ...storageReadings(storage),
        ...eventReadings(events),
        ...parts.webhookMeter.readings(storage.webhooks, endpoints, now),
      ]),
    (app) => access.registerServiceRoutes(app),
    (app) => registerMediaLinkRoute(app, { media: received.media, clock }),
  ];
}

/** Sending, and what becomes of messages. */
function messageRoutes(parts: Served): Routes[] {
  const { storage, sessions, sending, received } = parts;
  const session = sessionOf(parts);
  const { history: store, identities, messages, chats, contacts } = storage;
  const history = createHistory({ store, chats, contacts, identities, clock });
  const asking = createAsking((key) => sessions.connectionOf(key));
  const { recipients } = sending;
  const findChat = createChatLookup({ history: store, chats, identities, recipients, asking });
  const ofChats = { messages, history: store, chats, identities, asking, findChat };
  const requireMessage = createMessageSight({ messages, identities });
  const onMessages = { session, requireMessage };
  const place = (...which: Parameters<typeof sending.outbox.place>) =>
    sending.outbox.place(...which);
  return [
    (app) => sending.registerRoutes(app),
    (app) => registerBulkRoutes(app, { bulks: sending.bulks, session, sessions }),
    (app) => registerScheduleRoutes(app, { schedules: sending.schedules, session }),
    (app) => registerActionRoutes(app, { ...onMessages, sender: sending.sender, messages }),
    (app) => registerOwnChangeRoutes(app, { ...onMessages, changes: createOwnChanges(ofChats) }),
    (app) => registerChatChangeRoutes(app, { chats: createChatChanges(ofChats), session, clock }),
    (app) => registerHistoryRoutes(app, { ...onMessages, history, place }),
    (app) => registerTemplateRoutes(app, { templates: sending.templates }),
    (app) => registerMediaRoutes(app, { ...onMessages, media: received.media }),
    (app) => registerUploadRoutes(app, { uploads: received.uploads, session }),
  ];
}

function otherRoutes(parts: Served): Routes[] {
  const { sessions, events, webhooks, access } = parts;
  const people = composePeople(parts);
  return [
    (app) => registerSessionRoutes(app, { sessions }),
    (app) => registerProxyRoutes(app, parts),
    (app) => registerTransferRoutes(app, parts.transfers),
    (app) => people.registerRoutes(app),
    (app) => registerWebhookRoutes(app, { webhooks, clock }),
    (app) => registerEventRoutes(app, { events, clock }),
    (app) => access.registerRoutes(app),
  ];
}

/** Throws `session_not_found`. */
function sessionOf({ sessions }: Parts) {
  return (workspaceId: string, id: string) => sessions.resolve(workspaceId, id).record;
}
