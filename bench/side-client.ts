/**
 * The measured process of `sessions.ts` and `inbound.ts`: sessions either through the gateway's adapter on
 * SQLite, or as bare Baileys clients with their keys in memory.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { systemClock } from '../gateway/src/kernel/clock.ts';
import { silentLogger } from '../gateway/src/kernel/logger.ts';
import { systemRandom } from '../gateway/src/kernel/random.ts';
import type { InboundEntry } from '../gateway/src/messages/store.ts';
import type { SessionKey } from '../gateway/src/sessions/store.ts';
import type { Storage } from '../gateway/src/storage/port.ts';
import { openSqlite } from '../gateway/src/storage/sqlite/open.ts';
import { installProcessGuards } from '../gateway/src/whatsapp/baileys/process-guards.ts';
import { createBaileysWhatsApp } from '../gateway/src/whatsapp/baileys/whatsapp.ts';
import type { Arrived, Connection, WhatsApp } from '../gateway/src/whatsapp/port.ts';
import { BareSession } from './bare-client.ts';

export type Mode = 'gateway' | 'bare';

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Memory {
  readonly heapMiB: number;
  readonly externalMiB: number;
  readonly rssMiB: number;
}

/** What the parent asks for, and what it gets. */
export interface Asks {
  pair: { ask: { index: number }; answer: null };
  /** Opens the sessions `from` to `to - 1` and waits for `messages` messages. */
  open: { ask: { from: number; to: number; messages: number }; answer: Cost };
  close: { ask: { from: number; to: number }; answer: null };
  memory: { ask: Record<string, never>; answer: Memory };
  /** CPU used while nothing happens for `ms`. */
  idle: { ask: { ms: number }; answer: Cost };
}

interface Session {
  /** Resolves when it is open; calls `onQr` when it must be paired first. */
  open(onQr: (text: string) => void): Promise<void>;
  close(): Promise<void>;
}

interface Side {
  session(index: number, onMessage: () => void): Promise<Session>;
  stop(): Promise<void>;
}

const [mode = 'gateway', url = '', rootKeyHex = ''] = process.argv.slice(2);

async function gatewaySide(): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const storage = await openSqlite({ file: join(folder, 'bench.sqlite'), logger: silentLogger });
  const whatsapp = createBaileysWhatsApp({
    store: storage.devices,
    messages: storage.messages,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    server: { url, rootKey: Buffer.from(rootKeyHex, 'hex') },
  });
  return {
    async session(index, onMessage) {
      const { key } = await storage.sessions.create('bench', `s${index}`, Date.now());
      return new GatewaySession(whatsapp, storage, key, onMessage);
    },
    async stop() {
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
}

class GatewaySession implements Session {
  readonly #whatsapp: WhatsApp;
  readonly #storage: Storage;
  readonly #key: SessionKey;
  readonly #onMessage: () => void;
  #connection: Connection | null = null;

  constructor(whatsapp: WhatsApp, storage: Storage, key: SessionKey, onMessage: () => void) {
    this.#whatsapp = whatsapp;
    this.#storage = storage;
    this.#key = key;
    this.#onMessage = onMessage;
  }

  async open(onQr: (text: string) => void): Promise<void> {
    const device = { key: this.#key, sessionId: `s${this.#key}` };
    for (let isOpen = false; !isOpen; ) {
      await this.#whatsapp.recover(device, { onMessages: (arrived) => this.#record(arrived) });
      isOpen = await new Promise<boolean>((resolve) => {
        this.#connection = this.#whatsapp.connect(device, {
          onConnection: (signal) => {
            if (signal.type === 'qr') onQr(signal.text);
            if (signal.type === 'open') resolve(true);
            if (signal.type === 'closed') resolve(false);
          },
          onMessages: (arrived) => this.#record(arrived),
          onReceipt: async () => undefined,
        });
      });
      if (!isOpen) await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = null;
  }

  /** With the events that the service would write beside it. */
  async #record(arrived: readonly Arrived[]): Promise<void> {
    await this.#storage.messages.recordInbound(
      this.#key,
      arrived.map((one) => this.#entry(one)),
    );
    for (let n = 0; n < arrived.length; n++) this.#onMessage();
  }

  #entry({ message, journalIds }: Arrived): InboundEntry {
    const { messageId, chat, timestampMs, encoded } = message;
    const data = { messageId, chat };
    return {
      journalIds,
      message: {
        messageId,
        chatId: chat,
        senderId: message.participant ?? chat,
        fromMe: false,
        type: 'text',
        status: 'received',
        timestampMs,
        data,
        encoded,
      },
      batch: {
        events: [
          {
            id: `${this.#key}-${messageId}`,
            event: 'message.received',
            workspaceId: 'bench',
            sessionId: String(this.#key),
            timestampMs,
            orderKey: chat,
            data,
          },
        ],
        deliveries: [],
      },
    };
  }
}

function bareSide(): Side {
  return {
    session: async (_index, onMessage) => new BareSession(url, onMessage),
    stop: async () => undefined,
  };
}

// The loader's source maps make every `new Error()` of the library expensive; what ships has none.
process.setSourceMapsEnabled(false);
installProcessGuards(silentLogger);
const side = mode === 'gateway' ? await gatewaySide() : bareSide();
const sessions: Session[] = [];
let received = 0;
let onReceived: () => void = () => undefined;

async function measured(work: () => Promise<unknown>): Promise<Cost> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedMs, cpuMs: (user + system) / 1000 };
}

const handlers: { [A in keyof Asks]: (ask: Asks[A]['ask']) => Promise<Asks[A]['answer']> } = {
  async pair({ index }) {
    const session = await side.session(index, () => {
      received++;
      onReceived();
    });
    sessions[index] = session;
    await session.open((text) => process.send?.({ qr: text, index }));
    return null;
  },
  open: ({ from, to, messages }) =>
    measured(async () => {
      received = 0;
      const all = new Promise<void>((resolve) => {
        onReceived = () => {
          if (received >= messages) resolve();
        };
        onReceived();
      });
      await Promise.all(
        sessions.slice(from, to).map(async (session) => {
          await session.open(() => undefined);
          process.send?.({ progress: 'open' });
        }),
      );
      await all;
    }),
  async close({ from, to }) {
    await Promise.all(sessions.slice(from, to).map((session) => session.close()));
    return null;
  },
  async memory() {
    for (let round = 0; round < 3; round++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    const miB = (bytes: number) => bytes / 2 ** 20;
    return { heapMiB: miB(heapUsed), externalMiB: miB(external), rssMiB: miB(rss) };
  },
  idle: ({ ms }) => measured(() => new Promise((resolve) => setTimeout(resolve, ms))),
};

process.on('message', (message: { id: number; name: keyof Asks; ask: never }) => {
  void handlers[message.name](message.ask).then(
    (answer) => process.send?.({ id: message.id, answer }),
    (error: unknown) => process.send?.({ id: message.id, error: String(error) }),
  );
});
process.on('disconnect', () => void side.stop().finally(() => process.exit(0)));
process.send?.({ ready: true });
