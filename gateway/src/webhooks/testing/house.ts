import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvents, type Events } from '../../events/events.ts';
import type { EventDraft } from '../../events/plan.ts';
import type { EventStore } from '../../events/store.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { createIdSource } from '../../kernel/ids.ts';
import { type Logger, silentLogger } from '../../kernel/logger.ts';
import { seededRandom } from '../../kernel/random.ts';
import { createOutbound } from '../../net/outbound.ts';
import type { MessageMedia } from '../media.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { newSecret } from '../signature.ts';
import type { Endpoint, EndpointSettings, WebhookStore } from '../store.ts';
import { createWebhooks, type Webhooks, type WebhooksDeps } from '../webhooks.ts';

/** What a house needs of a storage driver. */
export interface HouseStorage {
  readonly events: EventStore;
  readonly webhooks: WebhookStore;
  close(): Promise<void>;
}

/** Opens a driver on one file. */
export type OpenStorage = (options: {
  readonly file: string;
  readonly logger: Logger;
  readonly clock: Clock;
}) => Promise<HouseStorage>;

/** Events and webhooks over real storage in a folder of their own. */
export interface House {
  readonly storage: HouseStorage;
  readonly events: Events;
  readonly webhooks: Webhooks;
  /** Ends everything as a stop of the service does; the folder stays. */
  stop(graceMs?: number): Promise<void>;
}

export interface HouseOptions {
  readonly environment?: Partial<WebhooksDeps['environment']>;
  /** Saved before the start. */
  readonly endpoints?: readonly Endpoint[];
  readonly clock?: Clock;
  readonly request?: WebhooksDeps['outbound']['request'];
  readonly allow?: readonly string[];
  readonly media?: MessageMedia;
  /** Stands between webhooks and their storage. */
  readonly wrapStore?: (store: WebhookStore) => WebhookStore;
}

const closing: (() => Promise<void>)[] = [];

/** Has something ended by `closeAll`. */
export function ending<T>(thing: T, close: (thing: T) => Promise<void>): T {
  closing.push(() => close(thing));
  return thing;
}

/** For `afterEach`: ends what was made, last first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'webhooks-'));
  return ending(folder, () => rm(folder, { recursive: true, force: true }));
}

/** Starts a house in a folder; one that was there before goes on where it stopped. */
export async function openHouse(
  openStorage: OpenStorage,
  folder: string,
  options: HouseOptions = {},
): Promise<House> {
  const { clock = systemClock, endpoints = [], wrapStore = (store) => store } = options;
  const random = seededRandom(clock.now());
  const ids = createIdSource(clock, random);
  const file = join(folder, 'house.sqlite');
  const storage = await openStorage({ file, logger: silentLogger, clock });
  for (const endpoint of endpoints) await storage.webhooks.saveEndpoint(endpoint);
  const outbound = createOutbound({ allow: options.allow ?? ['127.0.0.1'], clock });
  const events = createEvents({
    store: storage.events,
    clock,
    ids,
    endpoints: () => webhooks.subscribers(),
  });
  const webhooks = createWebhooks({
    store: wrapStore(storage.webhooks),
    outbound: options.request ? { ...outbound, request: options.request } : outbound,
    events,
    clock,
    random,
    ids,
    logger: silentLogger,
    environment: {
      messagesUrl: null,
      statusUrl: null,
      user: '',
      password: '',
      ...options.environment,
    },
    ...(options.media ? { media: options.media } : {}),
  });
  await webhooks.start();
  let stopped = false;
  const house: House = {
    storage,
    events,
    webhooks,
    async stop(graceMs = 1_000) {
      if (stopped) return;
      stopped = true;
      await webhooks.stop(graceMs);
      await outbound.close();
      await storage.close();
    },
  };
  return ending(house, () => house.stop(0));
}

export const SECRET = newSecret(seededRandom(7));

/** A registered endpoint that wants everything and tries again soon. */
export function endpoint(
  id: string,
  url: string,
  settings: Partial<EndpointSettings> = {},
  more: Partial<Endpoint> = {},
): Endpoint {
  return {
    id,
    workspaceId: 'default',
    url,
    form: 'standard',
    events: ['*'],
    secret: SECRET,
    basicAuth: null,
    active: true,
    createdAtMs: 1,
    settings: { ...DEFAULT_SETTINGS, retryDelaysMs: [20, 20, 20, 20], ...settings },
    ...more,
  };
}

/** A message that somebody wrote, in a chat of its own or a given one. */
export function message(text: string, chat = 'john', more: Partial<EventDraft> = {}): EventDraft {
  const chatId = `${chat}@s.whatsapp.net`;
  return {
    event: 'message.received',
    workspaceId: 'default',
    sessionId: 'support',
    orderKey: chatId,
    data: { from: chatId, messageId: `ID-${text}`, text, hasMedia: false, chatId, fromMe: false },
    ...more,
  };
}

/** Resolves when the condition holds; looks again after each turn of the loop. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
