/**
 * Baileys as it comes, with its keys in memory: what the benchmarks compare with. Nothing is stored, so
 * nothing can be cheaper.
 */
import {
  generateMessageIDV2,
  initAuthCreds,
  makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type WAMessage,
} from 'baileys';
import { pino } from 'pino';

export class BareSession {
  readonly #url: string;
  readonly #auth = { creds: initAuthCreds(), keys: memoryKeys() };
  readonly #onMessage: (message: WAMessage) => void;
  #socket: ReturnType<typeof makeWASocket> | null = null;

  /** `onMessage` hears of each message that somebody else wrote. */
  constructor(url: string, onMessage: (message: WAMessage) => void) {
    this.#url = url;
    this.#onMessage = onMessage;
  }

  /** Resolves when it is open; calls `onQr` when it must be paired first. */
  open(onQr: (text: string) => void): Promise<void> {
    return new Promise((resolve) => {
      const socket = makeWASocket({
        auth: this.#auth,
        waWebSocketUrl: this.#url,
        logger: pino({ level: 'silent' }),
        markOnlineOnConnect: false,
      });
      this.#socket = socket;
      socket.ev.on('creds.update', (update) => void Object.assign(this.#auth.creds, update));
      socket.ev.on('messages.upsert', ({ messages }) => {
        for (const message of messages) {
          if (message.key.fromMe || !message.message || message.message.protocolMessage) continue;
          this.#onMessage(message);
        }
      });
      socket.ev.on('connection.update', ({ qr, connection }) => {
        if (qr) onQr(qr);
        if (connection === 'open') resolve();
        // After pairing, and whenever the server had enough of so many at once.
        if (connection === 'close' && this.#socket === socket) resolve(this.open(onQr));
      });
    });
  }

  /**
   * Sends a text. `written` is the end of the library's `sendMessage`: the stanza is in the socket.
   * `answered` is the server's acknowledgement, which the library does not report by itself.
   */
  send(chatId: string, text: string): { written: Promise<unknown>; answered: Promise<unknown> } {
    const socket = this.#socket;
    if (!socket) throw new Error('the session is not open');
    const messageId = generateMessageIDV2();
    const answered = new Promise((resolve) => socket.ws.once(`TAG:${messageId}`, resolve));
    return { written: socket.sendMessage(chatId, { text }, { messageId }), answered };
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    await socket?.end(undefined);
  }
}

/** Values are kept as they are: no copy, no encoding. */
function memoryKeys(): SignalKeyStore {
  const store = new Map<string, unknown>();
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const id of ids) {
        const value = store.get(`${type}/${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null) store.delete(`${type}/${id}`);
          else store.set(`${type}/${id}`, value);
        }
      }
    },
  };
}
