import type { Account, BusinessProfile } from '../accounts/account.ts';
import type { Group, JoinMethod, Role } from '../accounts/group.ts';
import type { Addressing } from '../accounts/jid.ts';
import type { PhoneHabits } from '../phone/habits.ts';
import type { DeliveryState } from '../phone/records.ts';
import type { StoredStanding } from '../server/standing.ts';

/** The whole world as JSON; bytes are base64, people are named by number. */
export interface StoredWorld {
  readonly version: 1;
  readonly accounts: readonly StoredAccount[];
  readonly groups: readonly StoredGroup[];
  readonly phones: readonly StoredPhone[];
  readonly tokens: readonly (readonly [key: string, token: StoredToken])[];
  readonly standings: readonly (readonly [phone: string, standing: StoredStanding])[];
}

export interface StoredToken {
  readonly bytes: string;
  readonly issuedS: number;
}

export interface StoredPicture {
  readonly id: string;
  readonly image: string;
}

export interface StoredAccount {
  readonly phone: string;
  readonly lid: string;
  readonly name: string;
  readonly about: Account['about'];
  readonly picture: StoredPicture | null;
  readonly blocked: readonly string[];
  readonly privacy: readonly (readonly [string, string])[];
  readonly disappearing: Account['disappearing'];
  readonly business: BusinessProfile | null;
  readonly nextDeviceId: number;
  readonly acquaintances: readonly string[];
  readonly heardFrom: readonly string[];
  readonly devices: readonly StoredDevice[];
}

export interface StoredDevice {
  readonly id: number;
  readonly platform: string;
  readonly noiseKey: string;
  readonly identity: string;
  readonly registrationId: number;
  readonly signedPreKey: {
    readonly id: number;
    readonly publicKey: string;
    readonly signature: string;
  };
  readonly preKeys: string;
  /** Encoded stanzas that wait for the device, oldest first. */
  readonly letters: readonly string[];
  readonly linkedAtMs: number;
  readonly greeted: boolean;
  readonly pushName: string | null;
  readonly lastSeenMs: number | null;
}

export interface StoredGroup {
  readonly jid: string;
  readonly addressing: Addressing;
  readonly subject: { readonly text: string; readonly by: string; readonly setAtMs: number };
  readonly description: {
    readonly id: string;
    readonly text: string;
    readonly by: string;
    readonly setAtMs: number;
  } | null;
  readonly picture: StoredPicture | null;
  readonly creator: string;
  readonly createdAtMs: number;
  readonly members: readonly (readonly [phone: string, role: Role])[];
  readonly announce: boolean;
  readonly locked: boolean;
  readonly ephemeralS: number;
  readonly memberAddMode: Group['memberAddMode'];
  readonly approval: boolean;
  readonly inviteCode: string;
  readonly requests: readonly (readonly [
    phone: string,
    request: { atMs: number; method: JoinMethod },
  ])[];
  readonly personalInvites: readonly (readonly [code: string, phone: string, expiresS: number])[];
  readonly senderKeys: readonly (readonly [sender: string, holders: readonly string[]])[];
}

export interface StoredPhone {
  readonly account: string;
  readonly party: string;
  readonly appStateKeys: readonly { readonly id: string; readonly data: string }[];
  /** Patches of each collection from its beginning. */
  readonly appState: readonly (readonly [collection: string, patches: readonly string[]])[];
  readonly habits: PhoneHabits;
  /** Oldest first. */
  readonly messages: readonly StoredMessage[];
}

interface StoredMessageBase {
  readonly id: string;
  readonly chat: string;
  readonly wireChat: string;
  readonly timestampS: number;
  readonly message: string;
}

export type StoredMessage =
  | (StoredMessageBase & {
      readonly kind: 'received';
      readonly sender: string;
      readonly fromMe: boolean;
      readonly senderDevice: string;
      readonly pushName: string | null;
      readonly readAtMs: number | null;
      readonly state: DeliveryState | null;
    })
  | (StoredMessageBase & {
      readonly kind: 'sent';
      readonly state: DeliveryState;
      readonly error: string | null;
      readonly receipts: readonly (readonly [string, DeliveryState])[];
    });

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
