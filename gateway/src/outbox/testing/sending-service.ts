import { type Caller, LOCAL } from '../../access/caller.ts';
import { createEvents, type Events } from '../../events/events.ts';
import type { EventRecord } from '../../events/store.ts';
import { type App, createHttp } from '../../http/app.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { createIdSource, type IdSource } from '../../kernel/ids.ts';
import { type Logger, silentLogger as logger } from '../../kernel/logger.ts';
import { type Random, systemRandom as random } from '../../kernel/random.ts';
import type { Composer } from '../../messages/outgoing.ts';
import { shownOf } from '../../messages/shown.ts';
import type { SessionState } from '../../sessions/state.ts';
import type { SessionKey, SessionRecord } from '../../sessions/store.ts';
import type { Storage } from '../../storage/port.ts';
import {
  makeTestFolder,
  openUnsynced,
  type TestFolder,
} from '../../storage/sqlite/testing/folder.ts';
import type { Lookup } from '../../whatsapp/port.ts';
import { createSending, type Sending, type SendingDeps } from '../sending.ts';
import { ScriptedConnection } from './scripted-connection.ts';

/** Knows every number but those that begin with 999; one that begins with 777 is spelled with 555. */
export class Directory extends ScriptedConnection {
  override async lookUp(phones: readonly string[]): Promise<Lookup[]> {
    return phones.map((phone) => {
      const exists = !phone.startsWith('999');
      const spelled = phone.replace(/^777/, '555');
      return { phone, exists, chatId: exists ? `${spelled}@s.whatsapp.net` : null, lid: null };
    });
  }
}

/** What parts beside sending are made from. */
export interface Given extends Pick<Sending, 'outbox' | 'sender' | 'recipients'> {
  readonly storage: Storage;
  readonly events: Events;
  readonly sessions: SendingDeps['sessions'];
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly random: Random;
  readonly logger: Logger;
}

/** What a part adds to the service. */
export interface Beside {
  register(app: App): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Sending from HTTP to a scripted wire, on a database of its own that outlives a restart. Sessions live as
 * the test says, and only texts are composed: other content is tested where that is done.
 */
export class SendingService {
  /** By session id; a session without one is not connected. */
  readonly connections: Map<string, Directory>;
  /** All that was told, over all lives. */
  readonly told: EventRecord[] = [];
  /** Errors of the next messages that are composed. */
  faults: Error[] = [];
  /** Of every session. */
  state: SessionState = { name: 'open', sinceMs: 0 };
  /** Who makes the requests. */
  caller: Caller = LOCAL;
  storage!: Storage;
  events!: Events;
  sending!: Sending;
  app!: App;
  records: readonly SessionRecord[] = [];
  readonly #folder: TestFolder;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #add: ((given: Given) => Beside) | null;
  #beside: Beside | null = null;

  private constructor(
    folder: TestFolder,
    sessionIds: readonly string[],
    clock: Clock,
    add: ((given: Given) => Beside) | null,
  ) {
    this.#folder = folder;
    this.#clock = clock;
    this.#ids = createIdSource(clock, random);
    this.connections = new Map(sessionIds.map((id) => [id, new Directory()]));
    this.#add = add;
  }

  /** Starts with these sessions, linked and connected, and with what `add` makes of its parts. */
  static async with(
    sessionIds: readonly string[],
    clock: Clock = systemClock,
    add: ((given: Given) => Beside) | null = null,
  ): Promise<SendingService> {
    const service = new SendingService(await makeTestFolder(), sessionIds, clock, add);
    await service.start(sessionIds);
    return service;
  }

  /** The process starts, on what is stored. */
  async start(newSessions: readonly string[] = []): Promise<void> {
    const clock = this.#clock;
    this.storage = await openUnsynced({ file: this.#folder.file, logger, clock });
    const { events: store, sessions } = this.storage;
    for (const id of newSessions) await sessions.create('default', id, clock.now());
    this.records = (await sessions.all()).map((made) => ({ ...made, phone: '5511999999999' }));
    this.events = createEvents({ store, clock, ids: this.#ids, endpoints: () => [] });
    this.events.onCommitted((batch) => void this.told.push(...batch.events));
    const { given, sending } = this.#compose();
    this.sending = sending;
    this.#beside = this.#add?.(given) ?? null;
    this.app = await createHttp({
      logger,
      ids: this.#ids,
      version: '0',
      trustedProxies: [],
      guard: (base) => {
        base.decorateRequest('workspaceId', 'default');
        base.decorateRequest('caller', { getter: () => this.caller });
      },
      system: [],
      workspace: [
        (scope) => sending.registerRoutes(scope),
        (scope) => this.#beside?.register(scope),
      ],
    });
    await this.#beside?.start();
  }

  /** The process ends. */
  async stop(): Promise<void> {
    await this.app.close();
    await this.#beside?.stop();
    await this.sending.outbox.stop();
    await this.storage.close();
  }

  /** Ends the process and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await this.#folder.remove();
  }

  /** Makes a request; bodies are JSON unless `headers` say otherwise. */
  async call(method: Method, url: string, body?: object | string, headers = {}) {
    const payload = body === undefined ? {} : { payload: body };
    const answer = await this.app.inject({ method, url, headers, ...payload });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  }

  #compose() {
    const { storage, events } = this;
    const recordOf = (key: SessionKey) => this.records.find((one) => one.key === key) ?? null;
    const sessions: SendingDeps['sessions'] = {
      recordOf,
      resolve: (_workspaceId, id) => {
        const record = this.records.find((one) => one.id === id);
        if (!record) throw new Error(`no session ${id}`);
        return { record, state: this.state };
      },
      connectionOf: (key) => this.connections.get(recordOf(key)?.id ?? '') ?? null,
    };
    const parts = { storage, sessions, events, clock: this.#clock, random, logger };
    const sending = createSending({
      ...parts,
      composer: this.#composer,
      uploads: { borrow: () => Promise.reject(new Error('nothing is uploaded here')) },
      mediaFolder: this.#folder.file,
      discard: async () => {},
      timeZone: 'UTC',
    });
    const { outbox, sender, recipients } = sending;
    const given: Given = { ...parts, outbox, sender, recipients, ids: this.#ids };
    return { sending, given };
  }

  readonly #composer: Composer = {
    compose: async ({ content, options }) => {
      const fault = this.faults.shift();
      if (fault) throw fault;
      const text = content.type === 'text' ? content.text : content.type;
      const body = { type: 'text', text } as const;
      return {
        content: body,
        files: [],
        shown: shownOf(body, options, null, []),
        renderedAs: null,
      };
    },
  };
}

/** Somebody whose key is bound to these chats. */
export const boundTo = (...chats: string[]): Caller => ({
  ...LOCAL,
  permissions: { ...LOCAL.permissions, bindings: { sessions: null, networks: null, chats } },
});
