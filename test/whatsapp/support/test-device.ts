import type {
  Connection,
  ConnectionSignal,
  DeviceHandlers,
  DeviceRef,
  RelayOptions,
  RestrictionSignal,
  WireMessage,
  WireReceipt,
} from '../../../gateway/src/whatsapp/port.ts';
import type { AccountHandle } from '../../../simulator/src/index.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import type { Harness } from './harness.ts';

/** One session as the rest of the service would run it: records what it hears and waits for it. */
export class TestDevice {
  readonly ref: DeviceRef;
  readonly signals: ConnectionSignal[] = [];
  readonly messages: WireMessage[] = [];
  readonly duplicates: WireMessage[] = [];
  readonly receipts: WireReceipt[] = [];
  readonly restrictions: RestrictionSignal[] = [];
  account: AccountHandle | null = null;
  connection: Connection | null = null;
  /** Called before a message is recorded; what it throws is the recorder's failure. */
  beforeRecording: (message: WireMessage) => void | Promise<void> = () => undefined;
  /** Told of each restriction after it was noted. */
  onRestriction: (signal: RestrictionSignal) => void = () => undefined;
  readonly #harness: Harness;
  readonly #watchers = new Set<() => void>();

  constructor(harness: Harness, ref: DeviceRef) {
    this.#harness = harness;
    this.ref = ref;
  }

  /** Opens a socket; earlier signals are forgotten. */
  connect(): Connection {
    this.signals.length = 0;
    this.connection = this.#harness.whatsapp.connect(this.ref, this.#handlers());
    return this.connection;
  }

  recover(): Promise<number> {
    return this.#harness.whatsapp.recover(this.ref, this.#handlers());
  }

  /** Shows a QR code to the account's phone and goes on, over the restart, until the session is open. */
  async pair(account: AccountHandle): Promise<void> {
    this.account = account;
    this.connect();
    const { text } = await this.signal('qr');
    await account.phone.scan(text);
    await this.signal('closed');
    await this.connection?.close();
    await this.open();
  }

  async open(): Promise<Connection> {
    const connection = this.connect();
    await this.signal('open');
    return connection;
  }

  /** The first signal of a kind since the last `connect`. */
  signal<T extends ConnectionSignal['type']>(type: T, timeoutMs = PATIENCE_MS) {
    type Signal = Extract<ConnectionSignal, { type: T }>;
    return this.until(
      () => this.signals.find((signal): signal is Signal => signal.type === type),
      `signal ${type} among ${this.signals.map((signal) => signal.type).join(', ')}`,
      timeoutMs,
    );
  }

  message(matches: (message: WireMessage) => boolean): Promise<WireMessage> {
    return this.until(() => this.messages.find(matches), 'message');
  }

  /** The message with this text, past or future. */
  text(text: string): Promise<WireMessage> {
    return this.message((message) => textOf(message) === text);
  }

  receipt(matches: (receipt: WireReceipt) => boolean): Promise<WireReceipt> {
    return this.until(() => this.receipts.find(matches), 'receipt');
  }

  /** Resolves with the first value of `look` that is not undefined. */
  until<T>(look: () => T | undefined, what: string, timeoutMs = PATIENCE_MS): Promise<T> {
    const now = look();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(watch);
        reject(new Error(`waited in vain for: ${what}`));
      }, timeoutMs);
      const watch = () => {
        const value = look();
        if (value === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(value);
      };
      this.#watchers.add(watch);
    });
  }

  async sendText(to: string, text: string, messageId: string, options: RelayOptions = {}) {
    if (!this.connection) throw new Error('not connected');
    const encoded = await this.connection.prepare({ type: 'text', text }, to);
    this.#harness.sent.set(messageId, encoded);
    return this.connection.relay(to, messageId, encoded, options);
  }

  async close(): Promise<void> {
    await this.connection?.close();
    this.connection = null;
  }

  /** The process died: its socket is nobody's any more. What was recorded stays on record. */
  forget(): void {
    this.connection = null;
  }

  #handlers(): DeviceHandlers {
    const { life } = this.#harness;
    return {
      onConnection: (signal) => {
        if (life.dead) return;
        this.signals.push(signal);
        this.#changed();
      },
      onMessages: async (arrived) => {
        for (const { message, journalIds } of arrived) {
          await this.beforeRecording(message);
          await life.write(() => this.#record(message, journalIds));
        }
      },
      onReceipt: async (receipt) => {
        this.receipts.push(receipt);
        this.#changed();
      },
      onRestriction: (signal) => {
        this.restrictions.push(signal);
        this.onRestriction(signal);
        this.#changed();
      },
    };
  }

  /** On record is what is on disk, also when nobody lives to hear of it. */
  async #record(message: WireMessage, journalIds: readonly number[]): Promise<void> {
    const [outcome] = await this.#harness.storage.messages.recordInbound(this.ref.key, [
      {
        journalIds,
        message: {
          messageId: message.messageId,
          chatId: message.chat,
          senderId: message.participant ?? message.chat,
          fromMe: message.fromMe,
          type: 'text',
          status: 'received',
          timestampMs: message.timestampMs,
          data: {},
          encoded: message.encoded,
        },
        batch: { events: [], deliveries: [] },
      },
    ]);
    (outcome === 'stored' ? this.messages : this.duplicates).push(message);
    this.#changed();
  }

  #changed(): void {
    for (const watch of this.#watchers) watch();
  }
}

export function textOf({ content }: WireMessage): string | null {
  if (typeof content.conversation === 'string') return content.conversation;
  const extended = content.extendedTextMessage as { readonly text?: unknown } | undefined;
  return typeof extended?.text === 'string' ? extended.text : null;
}
