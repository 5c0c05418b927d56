import type { Clock } from '../kernel/clock.ts';
import { Emitter, WAIT_MS } from '../kernel/emitter.ts';
import { Ring } from '../kernel/ring.ts';

/**
 * What happened to a stanza:
 * - `accepted`: the server took it from a device;
 * - `refused`: the server answered it with an error;
 * - `duplicate`: the device sent a message id that it had sent before;
 * - `queued`: it waits for a device;
 * - `delivered`: it was written to the device's connection for the first time;
 * - `redelivered`: it was written again, because it was never confirmed;
 * - `confirmed`: the device confirmed it by receipt or ack, and it left the queue;
 * - `rejected`: the device confirmed it with an error (it could not be read);
 * - `dropped`: it left the queue unconfirmed (full queue, device unlinked).
 */
export type LedgerEvent =
  | 'accepted'
  | 'refused'
  | 'duplicate'
  | 'queued'
  | 'delivered'
  | 'redelivered'
  | 'confirmed'
  | 'rejected'
  | 'dropped';

export interface LedgerEntry {
  /** Increases by one per entry, from 1; also over entries that were forgotten. */
  readonly sequence: number;
  readonly atMs: number;
  readonly event: LedgerEvent;
  /** Phone-number address of the device, `15550001:2@s.whatsapp.net`; device 0 is the phone. */
  readonly device: string;
  readonly tag: string;
  /** The stanza's id: for messages and their receipts the message id. */
  readonly id: string;
  readonly type: string | null;
  /** The other side: `to` of what a device sent, `from` of what it got. */
  readonly peer: string | null;
  /** Error code, or other detail. */
  readonly detail: string | null;
}

export type LedgerFilter = Partial<
  Pick<LedgerEntry, 'event' | 'device' | 'tag' | 'id' | 'type' | 'peer'>
>;

export type LedgerRecord = Omit<LedgerEntry, 'sequence' | 'atMs'>;

/** Enough for a long crash test; then the oldest entries are forgotten (`forgotten` counts them). */
const DEFAULT_LIMIT = 200_000;

/** Append-only account of every stanza: the judge in tests of loss, order and doubling. */
export class Ledger {
  readonly #clock: Clock;
  readonly #entries: Ring<LedgerEntry>;
  readonly #events = new Emitter<{ entry: LedgerEntry }>();
  #sequence = 0;

  constructor(clock: Clock, limit = DEFAULT_LIMIT) {
    this.#clock = clock;
    this.#entries = new Ring(limit);
  }

  append(record: LedgerRecord): void {
    const { event, device, tag, id, type, peer, detail } = record;
    const sequence = ++this.#sequence;
    const entry = { sequence, atMs: this.#clock.now(), event, device, tag, id, type, peer, detail };
    this.#entries.push(entry);
    this.#events.emit('entry', entry);
  }

  /** Entries that have all the given values, oldest first. */
  query(filter: LedgerFilter = {}): LedgerEntry[] {
    return this.#entries.toArray().filter((entry) => matches(entry, filter));
  }

  count(filter: LedgerFilter = {}): number {
    return this.query(filter).length;
  }

  /** How many entries were forgotten at the limit. */
  get forgotten(): number {
    return this.#entries.forgotten;
  }

  /** The first entry, past or future, that matches; rejects with `WaitTimeoutError`. */
  waitFor(filter: LedgerFilter, timeoutMs = WAIT_MS): Promise<LedgerEntry> {
    const past = this.query(filter)[0];
    if (past) return Promise.resolve(past);
    return this.#events.waitFor(this.#clock, 'entry', (entry) => matches(entry, filter), timeoutMs);
  }

  /** Calls back for every entry from now on; the returned function stops it. */
  onEntry(listener: (entry: LedgerEntry) => void): () => void {
    return this.#events.on('entry', listener);
  }
}

function matches(entry: LedgerEntry, filter: LedgerFilter): boolean {
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && entry[name as keyof LedgerFilter] !== value) return false;
  }
  return true;
}
