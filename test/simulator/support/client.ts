import {
  type AuthenticationCreds,
  type BaileysEventMap,
  makeWASocket as connect,
  initAuthCreds,
  type makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  type WAMessage,
} from 'baileys';
import { pino } from 'pino';
import type { Simulator } from '../../../simulator/src/index.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

/** Credentials and keys of one bare client, kept in memory. */
export interface ClientState {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
}

export function createClientState(): ClientState {
  const store = new Map<string, unknown>();
  return {
    creds: initAuthCreds(),
    keys: {
      get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
        const found: Record<string, SignalDataTypeMap[T]> = {};
        for (const id of ids) {
          const value = store.get(`${type}/${id}`);
          if (value !== undefined) found[id] = structuredClone(value) as SignalDataTypeMap[T];
        }
        return found;
      },
      set(data: SignalDataSet) {
        for (const [type, entries] of Object.entries(data)) {
          for (const [id, value] of Object.entries(entries ?? {})) {
            if (value === null) store.delete(`${type}/${id}`);
            else store.set(`${type}/${id}`, structuredClone(value));
          }
        }
      },
    },
  };
}

type Socket = ReturnType<typeof makeWASocket>;
type Update = BaileysEventMap['connection.update'];

/** An unmodified Baileys client without any gateway: what it was told, and ways to wait for it. */
export class Client {
  readonly state: ClientState;
  readonly messages: WAMessage[] = [];
  readonly events: { readonly name: string; readonly payload: unknown }[] = [];
  readonly #simulator: Simulator;
  readonly #config: Partial<UserFacingSocketConfig>;
  readonly #watchers = new Set<() => void>();
  #socket: Socket | null = null;
  #flusher: NodeJS.Timeout | null = null;

  constructor(
    simulator: Simulator,
    config: Partial<UserFacingSocketConfig> = {},
    state = createClientState(),
  ) {
    this.#simulator = simulator;
    this.#config = config;
    this.state = state;
  }

  get socket(): Socket {
    if (!this.#socket) throw new Error('the client is not started');
    return this.#socket;
  }

  get jid(): string {
    return this.state.creds.me?.id ?? '';
  }

  /** Opens a connection; a 515 is followed by another one, as every application does it. */
  start(): this {
    const socket = connect({
      auth: this.state,
      waWebSocketUrl: this.#simulator.url,
      logger: pino({ level: process.env['BAILEYS_LOG'] ?? 'silent' }),
      markOnlineOnConnect: true,
      defaultQueryTimeoutMs: PATIENCE_MS,
      qrTimeout: 20_000,
      ...this.#config,
    });
    this.#socket = socket;
    socket.ev.process((map) => {
      for (const [name, payload] of Object.entries(map)) this.events.push({ name, payload });
      const { 'creds.update': creds, 'messages.upsert': upsert } = map;
      if (creds) Object.assign(this.state.creds, creds);
      if (upsert) this.messages.push(...upsert.messages);
      const status = map['connection.update'];
      if (status?.connection === 'close' && codeOf(status) === 515) this.start();
      for (const watch of this.#watchers) watch();
    });
    // Without this, events may sit in the library's buffer for 30 s.
    this.#flusher ??= setInterval(
      () => this.#socket?.ev.isBuffering() && this.#socket.ev.flush(),
      50,
    );
    return this;
  }

  /** The next event, past or future, that `pick` finds something in. */
  async until<T>(what: string, pick: () => T | undefined | null | false): Promise<T> {
    const found = pick();
    if (found) return found;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(watch);
        reject(
          new Error(`${what} did not happen; saw ${this.events.map((e) => e.name).join(' ')}`),
        );
      }, PATIENCE_MS);
      const watch = () => {
        const result = pick();
        if (!result) return;
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(result);
      };
      this.#watchers.add(watch);
    });
  }

  event<Name extends keyof BaileysEventMap>(
    name: Name,
    matches: (payload: BaileysEventMap[Name]) => boolean = () => true,
  ): Promise<BaileysEventMap[Name]> {
    return this.until(name, () => {
      const found = this.events.find(
        (event) => event.name === name && matches(event.payload as BaileysEventMap[Name]),
      );
      return found && (found.payload as BaileysEventMap[Name]);
    });
  }

  async qr(): Promise<string> {
    const update = await this.event('connection.update', ({ qr }) => qr !== undefined);
    return update.qr ?? '';
  }

  async open(): Promise<void> {
    await this.event('connection.update', ({ connection }) => connection === 'open');
  }

  /** Status code of the first close that is not a restart. */
  async closed(): Promise<number | undefined> {
    const isFinal = (update: Update) => update.connection === 'close' && codeOf(update) !== 515;
    return codeOf(await this.event('connection.update', isFinal));
  }

  message(matches: (message: WAMessage) => boolean): Promise<WAMessage> {
    return this.until('a message', () => this.messages.find(matches));
  }

  text(text: string): Promise<WAMessage> {
    return this.message((message) => textOf(message) === text);
  }

  /** Forgets what was seen so far, so that a test can wait for the same again. */
  forget(): void {
    this.events.length = 0;
    this.messages.length = 0;
  }

  async stop(): Promise<void> {
    if (this.#flusher) clearInterval(this.#flusher);
    this.#flusher = null;
    await this.#socket?.end(undefined);
    this.#socket = null;
  }
}

export function textOf(message: WAMessage): string | null | undefined {
  return message.message?.conversation ?? message.message?.extendedTextMessage?.text;
}

function codeOf(update: Update): number | undefined {
  const error = update.lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
  return error?.output?.statusCode;
}
