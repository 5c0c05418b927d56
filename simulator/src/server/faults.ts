import { Emitter } from '../kernel/emitter.ts';

/** Whom a fault hits, and how often. */
interface Scope {
  /** Digits of the account it is confined to; everybody when absent. */
  readonly account?: string;
  /** How often it strikes before it is over; until it is cleared when absent. */
  readonly times?: number;
}

/** Everything that can be made to go wrong on command. `faultCatalogue` says what each kind does. */
export type Fault = Scope &
  (
    | { readonly kind: 'refuse-upgrade'; readonly status: number }
    | { readonly kind: 'refuse-login'; readonly code: number }
    | { readonly kind: 'refuse-version'; readonly below: number }
    | { readonly kind: 'stream-error'; readonly code: number }
    | { readonly kind: 'silent-line' }
    | { readonly kind: 'drop-after-bytes'; readonly bytes: number }
    | { readonly kind: 'drop-before-ack'; readonly taken: boolean }
    | { readonly kind: 'latency'; readonly latencyMs: number; readonly jitterMs: number }
    | { readonly kind: 'reorder' }
    | { readonly kind: 'duplicate' }
    | { readonly kind: 'nack'; readonly code: number; readonly to?: string }
    | { readonly kind: 'rate-overlimit' }
    | { readonly kind: 'unanswered'; readonly xmlns: string }
    | { readonly kind: 'settings-conflict' }
    | { readonly kind: 'no-pre-keys' }
    | { readonly kind: 'hide-other-address' }
  );

export type FaultKind = Fault['kind'];

/** What each fault does, in one sentence for people. */
export const faultCatalogue: Readonly<Record<FaultKind, string>> = {
  'refuse-upgrade': 'The WebSocket upgrade is answered with the HTTP `status`, such as 503.',
  'refuse-login':
    'A login is answered with the failure `code`: 401 unlinked, 403 banned, 405 too old, 411, 500, 503.',
  'refuse-version':
    'A client whose version of WhatsApp Web, `2.3000.N`, has an N lower than `below` is answered with the failure 405.',
  'stream-error':
    'Connected clients, or the next ones to log in, get the stream error `code` (515, 440, 401, 503) and are cut off.',
  'silent-line':
    'Connections stay up but carry nothing either way, as after a network change (half-open).',
  'drop-after-bytes': 'A connection is cut once the server has sent `bytes` more bytes on it.',
  'drop-before-ack':
    'The connection is cut instead of acknowledging a message; `taken` says whether it is delivered nevertheless.',
  latency: 'Everything the server sends is late by `latencyMs`, plus up to `jitterMs`.',
  reorder: 'A message is held back until the next message for the same device has been delivered.',
  duplicate: 'A message is delivered twice.',
  nack: 'A message, or only one `to` that address, is refused with the error `code`: 463, 479, 406, 429 ...',
  'rate-overlimit':
    'Questions about groups, and requests for a pairing code, are answered with 429 rate-overlimit.',
  unanswered: 'Questions in the namespace `xmlns` are never answered.',
  'settings-conflict':
    'A change to the settings that devices share is answered with 409 conflict, as if another device were first.',
  'no-pre-keys': 'Bundles come without a one-time pre-key, as when a contact has run out of them.',
  'hide-other-address':
    'Messages do not say the other address of their sender (`sender_pn`, `sender_lid` and the like).',
};

/** A fault that is switched on. */
export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  /** How often it has struck. */
  readonly hits: number;
}

type OfKind<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;

/** More at once than any test needs; the oldest gives way. */
const MAX_ACTIVE = 200;

/** The switchboard of faults; the parts of the server ask it before they act. */
export class FaultBoard {
  readonly #active: { id: number; fault: Fault; hits: number }[] = [];
  readonly #events = new Emitter<{ listed: null }>();
  #nextId = 1;
  #changed: (fault: Fault) => void = () => undefined;

  /** Switches a fault on; gives its id. */
  add(fault: Fault): number {
    const id = this.#nextId++;
    this.#active.push({ id, fault, hits: 0 });
    if (this.#active.length > MAX_ACTIVE) this.#active.shift();
    this.#changed(fault);
    this.#events.emit('listed', null);
    return id;
  }

  /** Switches one fault off, or all of them. */
  clear(id?: number): void {
    const gone = this.#active.filter((entry) => id === undefined || entry.id === id);
    for (const entry of gone) {
      this.#active.splice(this.#active.indexOf(entry), 1);
      this.#changed(entry.fault);
    }
    this.#events.emit('listed', null);
  }

  list(): ActiveFault[] {
    return this.#active.map((entry) => ({ ...entry }));
  }

  /** Whether a fault of this kind is on for an account (digits), without using it up. */
  peek<Kind extends FaultKind>(kind: Kind, account: string | null): OfKind<Kind> | null {
    return (this.#find(kind, account)?.fault as OfKind<Kind> | undefined) ?? null;
  }

  /** The fault of this kind that strikes now, if any; it counts as one of its times. */
  strike<Kind extends FaultKind>(
    kind: Kind,
    account: string | null,
    applies: (fault: OfKind<Kind>) => boolean = () => true,
  ): OfKind<Kind> | null {
    const entry = this.#find(kind, account, applies as (fault: Fault) => boolean);
    if (!entry) return null;
    entry.hits += 1;
    if (entry.fault.times !== undefined && entry.hits >= entry.fault.times) {
      this.#active.splice(this.#active.indexOf(entry), 1);
    }
    this.#events.emit('listed', null);
    return entry.fault as OfKind<Kind>;
  }

  /** Calls back whenever a fault is switched on or off by hand; for those that strike at once. */
  onChange(listener: (fault: Fault) => void): void {
    this.#changed = listener;
  }

  /** Calls back whenever `list` gives something else, hits included; the result stops it. */
  onList(listener: () => void): () => void {
    return this.#events.on('listed', listener);
  }

  #find(kind: FaultKind, account: string | null, applies: (fault: Fault) => boolean = () => true) {
    return this.#active.find(
      ({ fault }) =>
        fault.kind === kind &&
        (fault.account === undefined || fault.account === account) &&
        applies(fault),
    );
  }
}
