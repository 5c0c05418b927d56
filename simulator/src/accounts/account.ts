import { type Addressing, formatJid } from './jid.ts';
import { Mailbox } from './mailbox.ts';
import { PreKeyStore } from './pre-keys.ts';

/** A subscriber: one phone number, one LID, one phone, some linked devices. */
export interface Account {
  /** Digits, in the form under which the number is registered. */
  readonly phone: string;
  /** Digits of the LID. */
  readonly lid: string;
  /** The push name. */
  name: string;
  about: { readonly text: string; readonly setAtMs: number };
  picture: ProfilePicture | null;
  /** LID digits of blocked accounts. */
  readonly blocked: Set<string>;
  readonly privacy: Map<string, string>;
  /** Seconds; 0 is off. */
  disappearing: { readonly durationS: number; readonly setAtMs: number };
  business: BusinessProfile | null;
  /** Linked devices by their number, 1 and up. Device 0, the phone, is not among them. */
  readonly devices: Map<number, Device>;
  nextDeviceId: number;
  /** Whoever exchanged a message or shares a group: they are told when the devices change. */
  readonly acquaintances: Set<Account>;
  /** Whoever has written to this account: answering them is no cold contact. */
  readonly heardFrom: Set<Account>;
}

export interface ProfilePicture {
  readonly id: string;
  readonly image: Uint8Array;
}

export interface BusinessProfile {
  readonly description: string;
  readonly address: string | null;
  readonly email: string | null;
  readonly website: string | null;
  readonly category: string | null;
}

/** A linked device as the server knows it: public keys, what waits for it. */
export interface Device {
  readonly account: Account;
  readonly id: number;
  /** What the client calls itself, such as "Chrome (Mac OS)". */
  readonly platform: string;
  readonly noiseKey: Uint8Array;
  readonly identity: Uint8Array;
  readonly registrationId: number;
  signedPreKey: {
    readonly id: number;
    readonly publicKey: Uint8Array;
    readonly signature: Uint8Array;
  };
  preKeys: PreKeyStore;
  readonly mailbox: Mailbox;
  readonly linkedAtMs: number;
  /** History and app-state keys are sent at the first login only. */
  greeted: boolean;
  /** The name that the client itself announced; the account's name when it has not. */
  pushName: string | null;
  /** Shown to others as online; null while the client has said nothing on this connection. */
  available: boolean | null;
  lastSeenMs: number | null;
}

export function createAccount(phone: string, lid: string, name: string, nowMs: number): Account {
  return {
    phone,
    lid,
    name,
    about: { text: 'Hey there! I am using WhatsApp.', setAtMs: nowMs },
    picture: null,
    blocked: new Set(),
    privacy: new Map(DEFAULT_PRIVACY),
    disappearing: { durationS: 0, setAtMs: nowMs },
    business: null,
    devices: new Map(),
    nextDeviceId: 1,
    acquaintances: new Set(),
    heardFrom: new Set(),
  };
}

/** The categories a client reads at start, with WhatsApp's own defaults. */
const DEFAULT_PRIVACY: readonly (readonly [string, string])[] = [
  ['readreceipts', 'all'],
  ['profile', 'all'],
  ['status', 'all'],
  ['online', 'all'],
  ['last', 'all'],
  ['groupadd', 'all'],
  ['calladd', 'all'],
  ['messages', 'all'],
];

export interface NewDevice {
  readonly platform: string;
  readonly noiseKey: Uint8Array;
  readonly identity: Uint8Array;
  readonly registrationId: number;
  readonly signedPreKey: Device['signedPreKey'];
}

/** Device numbers fit one byte on the wire, and 99 is kept for hosted devices. */
const HIGHEST_DEVICE_ID = 98;

/** The number that the next linked device gets. Throws when all are in use. */
export function nextDeviceId(account: Account): number {
  for (let tried = 0; tried < HIGHEST_DEVICE_ID; tried++) {
    const id = ((account.nextDeviceId - 1 + tried) % HIGHEST_DEVICE_ID) + 1;
    if (!account.devices.has(id)) return id;
  }
  throw new RangeError(`${account.phone} has ${HIGHEST_DEVICE_ID} linked devices already`);
}

/** Links a device under the next free number. */
export function linkDevice(account: Account, keys: NewDevice, nowMs: number): Device {
  const id = nextDeviceId(account);
  account.nextDeviceId = id + 1;
  const device: Device = {
    ...keys,
    account,
    id,
    preKeys: new PreKeyStore(),
    mailbox: new Mailbox(),
    linkedAtMs: nowMs,
    greeted: false,
    pushName: null,
    available: null,
    lastSeenMs: null,
  };
  account.devices.set(device.id, device);
  return device;
}

/** Address of an account, or of one of its devices, in the wished addressing. */
export function accountJid(account: Account, addressing: Addressing, device = 0): string {
  return addressing === 'lid'
    ? formatJid({ user: account.lid, device, server: 'lid' })
    : formatJid({ user: account.phone, device, server: 's.whatsapp.net' });
}

/** Numbers of all devices of an account, the phone (0) first. */
export function deviceIds(account: Account): number[] {
  return [0, ...account.devices.keys()];
}
