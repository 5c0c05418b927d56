import type { Account, Device } from '../accounts/account.ts';
import { accountJid } from '../accounts/account.ts';
import type { Directory } from '../accounts/directory.ts';
import type { Group, Groups } from '../accounts/group.ts';
import type { Addressing } from '../accounts/jid.ts';
import type { AppState } from '../content/app-state.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Emitter } from '../kernel/emitter.ts';
import type { Random } from '../kernel/random.ts';
import type { MediaServer } from '../media/port.ts';
import type { PreKeyBundle } from '../signal/port.ts';
import type { Stanza } from '../wire/stanza.ts';
import type { FaultBoard } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { PostOffice } from './post-office.ts';
import type { ReceiptCounts } from './receipt-counts.ts';
import type { SentIds } from './sent-ids.ts';
import type { Standings } from './standing.ts';
import type { TrustTokens } from './trust-tokens.ts';
import type { Violations } from './violations.ts';

/** Who sends a stanza: a linked device on its connection, or the phone (device 0) inside the simulator. */
export interface Origin {
  readonly account: Account;
  readonly deviceId: number;
  /** Null for the phone. */
  readonly device: Device | null;
  /** Answers towards the sender. */
  reply(node: Stanza): void;
  /** Cuts the sender's connection without a word; nothing happens to a phone. */
  drop(): void;
}

/** What the server needs of an account's phone. */
export interface PhoneEndpoint {
  readonly identity: Uint8Array;
  /** Takes a stanza as a device would from its connection. */
  receive(node: Stanza): void;
  takeBundle(): PreKeyBundle;
  /** The settings that the account's devices share; the phone holds their keys. */
  readonly appState: AppState;
  /** A linked device has logged in for the first time: it needs keys and history. */
  greet(device: Device): void;
}

/** What happens in the simulated world, for those who watch it. */
export interface WorldEvents extends Record<string, unknown> {
  'account.created': { readonly account: Account };
  /** A group was made, or anything about it changed; its members have been told. */
  'group.changed': { readonly group: Group };
  /** A client shows a QR code and waits for a phone to scan it. */
  'pairing.waiting': { readonly ref: string; readonly pushName: string | null };
  /** A client that waited is gone, or linked. */
  'pairing.left': { readonly ref: string };
  /** A client wants to be linked by a code that is typed into this phone. */
  'pairing.code-requested': { readonly phone: string };
  'device.linked': { readonly device: Device };
  'device.unlinked': { readonly device: Device };
  /** Logged in and ready for messages. */
  'device.online': { readonly device: Device };
  'device.offline': { readonly device: Device };
}

/** Everything the parts of the server share. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: Directory;
  readonly groups: Groups;
  /** How new groups name their members; LID unless told otherwise. */
  readonly groupAddressing: { mode: Addressing };
  /** Whether devices that start from nothing get snapshots or all patches. */
  readonly appStateSnapshots: { enabled: boolean };
  readonly ledger: Ledger;
  readonly violations: Violations;
  readonly events: Emitter<WorldEvents>;
  readonly post: PostOffice;
  readonly pairing: PairingDesk;
  readonly receiptCounts: ReceiptCounts;
  readonly sentIds: SentIds;
  readonly faults: FaultBoard;
  readonly standings: Standings;
  readonly tokens: TrustTokens;
  readonly media: MediaServer;
  phoneOf(account: Account): PhoneEndpoint;
}

/** The address under which reports and the ledger name a sender. */
export function originName(origin: Origin): string {
  return accountJid(origin.account, 'pn', origin.deviceId);
}

export function deviceName(device: Device): string {
  return accountJid(device.account, 'pn', device.id);
}

/** An id as the server gives to its own stanzas: decimal, unique enough for one connection. */
export function stanzaId(random: Random): string {
  return String(Math.floor(random.next() * 2 ** 32));
}
