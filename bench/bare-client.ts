/**
 * Baileys as it comes, with its keys in memory: what the benchmarks compare with. Nothing is stored, so
 * nothing can be cheaper.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DisconnectReason,
  generateMessageIDV2,
  initAuthCreds,
  makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type WAMessage,
} from 'baileys';
import { pino } from 'pino';

const DISCONNECT: Readonly<Record<'loggedOut' | 'restartRequired', number>> = DisconnectReason;
/** A login takes a fraction of a second of CPU, a QR code is scanned at once. */
const OPEN_LIMIT_MS = 60_000;
/** Not at once: a server that had enough of so many would only get more of the same. */
const REOPEN_AFTER_MS = 500;

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

  /**
   * Resolves when it is open; calls `onQr` when it must be paired first. Comes back when it is cut off, as
   * every program around the library has to. Rejects when the identity is lost.
   */
  async open(onQr: (text: string) => void): Promise<void> {
    const { loggedOut, restartRequired } = DISCONNECT;
    for (let code = await this.#attempt(onQr); code !== null; code = await this.#attempt(onQr)) {
      if (code === loggedOut) throw new Error('the bare client was logged out');
      if (code !== restartRequired) await pause(REOPEN_AFTER_MS);
    }
  }

  /** One socket: null when it opened, else the code it ended with. */
  #attempt(onQr: (text: string) => void): Promise<number | null> {
    return new Promise((resolve) => {
      const socket = makeWASocket({
        auth: this.#auth,
        waWebSocketUrl: this.#url,
        logger: pino({ level: 'silent' }),
        markOnlineOnConnect: false,
      });
      this.#socket = socket;
      // The library itself may wait for ever, as when its upgrade is refused.
      const limit = setTimeout(() => void socket.end(new Error('not open in time')), OPEN_LIMIT_MS);
      let isOpen = false;
      socket.ev.on('creds.update', (update) => void Object.assign(this.#auth.creds, update));
      socket.ev.on('messages.upsert', ({ messages }) => {
        for (const message of messages) {
          if (message.key.fromMe || !message.message || message.message.protocolMessage) continue;
          this.#onMessage(message);
        }
      });
      socket.ev.on('connection.update', ({ qr, connection, lastDisconnect }) => {
        if (qr) onQr(qr);
        if (connection === 'open') {
          isOpen = true;
          clearTimeout(limit);
          resolve(null);
        }
        if (connection !== 'close') return;
        clearTimeout(limit);
        if (this.#socket !== socket) return;
        if (isOpen) void this.open(onQr);
        const { output } = (lastDisconnect?.error ?? {}) as { output?: { statusCode?: number } };
        resolve(output?.statusCode ?? 0);
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
