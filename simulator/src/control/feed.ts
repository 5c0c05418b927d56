import { Readable } from 'node:stream';
import type { AccountHandle } from '../handles.ts';
import type { KnownMessage } from '../phone/records.ts';
import type { LedgerEntry } from '../server/ledger.ts';
import type { Simulator } from '../simulator.ts';
import type { FeedEvent, FeedName } from './contract/feed.ts';
import {
  describeAccount,
  describeGroup,
  describeLedgerEntry,
  describeMessage,
  describeViolation,
} from './describe.ts';
import { activeFaults } from './faults.ts';
import { Problem } from './problem.ts';
import type { QrBook } from './qr-book.ts';

/** What a subscriber wants to hear. */
export interface FeedFilter {
  /** Messages and typing on the phone of this number only. */
  readonly account: string | null;
  /** Names of events, or what stands before the dot in them; all but the ledger when null. */
  readonly names: readonly string[] | null;
}

interface Subscriber {
  readonly filter: FeedFilter;
  readonly stream: Readable;
}

const MAX_SUBSCRIBERS = 50;
/** A reader that lags behind by so many bytes is cut off; it may connect again and read anew. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
/** Proxies cut connections that are silent for a minute or less. */
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1_000;

/** Everything that happens, as server-sent events. It has no memory: what nobody listened to is gone. */
export class Feed {
  readonly #simulator: Simulator;
  readonly #qrs: QrBook;
  readonly #subscribers = new Set<Subscriber>();
  readonly #unwatchResets: () => void;
  #unwatch: (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(simulator: Simulator, qrs: QrBook) {
    this.#simulator = simulator;
    this.#qrs = qrs;
    this.#watch();
    this.#unwatchResets = simulator.onReset(() => {
      this.#unwatchAll();
      this.#watch();
      this.#tell({ name: 'reset', data: {} }, null);
    });
  }

  /** The events from now on as `text/event-stream`. Throws `too_many_streams`. */
  subscribe(filter: FeedFilter): Readable {
    if (this.#subscribers.size >= MAX_SUBSCRIBERS) {
      const detail = `At most ${MAX_SUBSCRIBERS} streams may be open; close one.`;
      throw new Problem('too_many_streams', detail);
    }
    const stream = new Readable({ read: () => undefined });
    const subscriber = { filter, stream };
    stream.push(`retry: ${RECONNECT_MS}\n: hello\n\n`);
    stream.once('close', () => this.#leave(subscriber));
    this.#subscribers.add(subscriber);
    this.#heartbeat ??= setInterval(() => this.#push(': still here\n\n', () => true), HEARTBEAT_MS);
    this.#heartbeat.unref();
    return stream;
  }

  /** A change that the simulator does not tell by itself, such as the text of a QR code. */
  pairingChanged(): void {
    this.#tell({ name: 'pairing.changed', data: this.#qrs.list() }, null);
  }

  /** Name, picture, habits or standing of an account changed. */
  accountChanged(account: AccountHandle): void {
    this.#tellAccount('account.changed', account);
  }

  /** Ends all streams. */
  close(): void {
    this.#unwatchResets();
    this.#unwatchAll();
    for (const { stream } of this.#subscribers) stream.push(null);
    if (this.#heartbeat) clearInterval(this.#heartbeat);
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0 || !this.#heartbeat) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }

  #watch(): void {
    const { events, faults, violations, ledger, accounts } = this.#simulator;
    const watch = (stop: () => void) => void this.#unwatch.push(stop);
    for (const name of [
      'device.linked',
      'device.unlinked',
      'device.online',
      'device.offline',
    ] as const) {
      watch(
        events.on(name, ({ device }) => {
          this.#tellAccount(name, accounts.handleOf(device.account), device.id);
        }),
      );
    }
    for (const name of ['pairing.waiting', 'pairing.left', 'pairing.code-requested'] as const) {
      // The lists change right after the event; whoever is told must see them changed.
      watch(events.on(name, () => queueMicrotask(() => this.pairingChanged())));
    }
    watch(
      events.on('account.created', ({ account }) => {
        const handle = accounts.handleOf(account);
        this.#watchPhone(handle);
        this.#tellAccount('account.created', handle);
      }),
    );
    watch(
      events.on('group.changed', ({ group }) => {
        const handle = this.#isHeard && this.#simulator.groups.find(group.jid);
        if (handle) this.#tell({ name: 'group.changed', data: describeGroup(handle) }, null);
      }),
    );
    watch(
      faults.onList(() => {
        this.#tell(
          { name: 'faults.changed', data: { active: activeFaults(this.#simulator) } },
          null,
        );
      }),
    );
    watch(
      violations.onViolation((violation) => {
        this.#tell({ name: 'violation', data: describeViolation(violation) }, null);
      }),
    );
    watch(ledger.onEntry((entry) => this.#tellLedger(entry)));
    for (const account of accounts.all()) this.#watchPhone(account);
  }

  #watchPhone(account: AccountHandle): void {
    const { events } = account.phone.records;
    const tell = (name: FeedName) => (message: KnownMessage) => {
      if (this.#isHeard) this.#tellMessage(name as 'message.sent', account, message);
    };
    this.#unwatch.push(
      events.on('message', tell('message.received')),
      events.on('sent', tell('message.sent')),
      events.on('changed', tell('message.changed')),
      events.on('typing', (typing) => {
        this.#tell(
          { name: 'typing', data: { account: account.number, ...typing } },
          account.number,
        );
      }),
    );
  }

  #tellMessage(
    name: 'message.received' | 'message.sent' | 'message.changed',
    owner: AccountHandle,
    message: KnownMessage,
  ): void {
    const view = describeMessage(this.#simulator, owner, message);
    const { records } = owner.phone;
    const unread = { phone: records.unread(), chat: records.unread(message.chat) };
    this.#tell({ name, data: { account: owner.number, message: view, unread } }, owner.number);
  }

  #tellAccount(
    name: Extract<FeedEvent, { data: { account: object } }>['name'],
    account: AccountHandle,
    device?: number,
  ): void {
    if (!this.#isHeard) return;
    const view = describeAccount(this.#simulator, account);
    this.#tell(
      { name, data: { account: view, ...(device === undefined ? {} : { device }) } },
      null,
    );
  }

  /** A load test writes thousands of entries a second: they are described only when asked for. */
  #tellLedger(entry: LedgerEntry): void {
    const isWanted = [...this.#subscribers].some(({ filter }) => filter.names?.includes('ledger'));
    if (isWanted) this.#tell({ name: 'ledger', data: describeLedgerEntry(entry) }, null);
  }

  get #isHeard(): boolean {
    return this.#subscribers.size > 0;
  }

  #tell(event: FeedEvent, account: string | null): void {
    if (!this.#isHeard) return;
    const frame = `event: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`;
    this.#push(frame, ({ filter }) => wants(filter, event.name, account));
  }

  #push(frame: string, isFor: (subscriber: Subscriber) => boolean): void {
    for (const subscriber of this.#subscribers) {
      const { stream } = subscriber;
      if (!isFor(subscriber)) continue;
      if (stream.readableLength > MAX_BEHIND_BYTES) stream.destroy();
      else stream.push(frame);
    }
  }

  #unwatchAll(): void {
    for (const stop of this.#unwatch.splice(0)) stop();
  }
}

/** Events that concern no account in particular reach everybody. */
function wants(
  { account: wanted, names }: FeedFilter,
  name: string,
  account: string | null,
): boolean {
  if (wanted !== null && account !== null && wanted !== account) return false;
  if (names === null) return name !== 'ledger';
  return names.some((one) => one === name || name.startsWith(`${one}.`));
}
