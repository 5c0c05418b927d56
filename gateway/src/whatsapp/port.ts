import type { SessionKey } from '../sessions/store.ts';
import type { ChatChange } from './chat-change.ts';
import type { MessageTarget, OutgoingContent } from './content.ts';
import type { GroupCalls } from './groups.ts';
import type { PastMessage } from './history.ts';
import type { Notice } from './notice.ts';
import type { PeopleCalls } from './people.ts';
import type { LostMedia, Reupload } from './reupload.ts';

export type { OutgoingContent } from './content.ts';

/**
 * What the service needs of WhatsApp, in its own words. `baileys/` implements it; nothing outside that
 * folder knows the library. Addresses are JIDs without device part: `<digits>@s.whatsapp.net`,
 * `<digits>@lid`, `<digits>@g.us`, `status@broadcast`, `<digits>@newsletter`.
 */
export interface WhatsApp {
  /** The version of WhatsApp Web that new connections present, such as `2.3000.1043857760`. */
  clientVersion(): string;
  /** What is stored for a device, without connecting. */
  identity(device: DeviceRef): Promise<'none' | 'paired' | 'corrupt'>;
  /**
   * Opens one socket. The caller makes sure that a device never has two. Never throws; signals come
   * later, never before it returned.
   */
  connect(device: DeviceRef, handlers: DeviceHandlers, options?: ConnectOptions): Connection;
  /**
   * Hands over every message that was decrypted before a crash but never recorded; resolves with their
   * number. Called before `connect`, so that order is kept.
   */
  recover(device: DeviceRef, handlers: Pick<DeviceHandlers, 'onMessages'>): Promise<number>;
  /** Forgets identity and keys. */
  forget(device: DeviceRef): Promise<void>;
  /**
   * Goes back to the credentials as they were before the last save; false, with nothing changed, when those
   * are of no paired device or cannot be read either. Only for a device that is not connected.
   */
  restore(device: DeviceRef): Promise<boolean>;
  /**
   * All of a paired device, to be pasted elsewhere, with the credentials from before the last save when the
   * last ones are damaged; null when neither can be read.
   */
  copy(device: DeviceRef): Promise<Uint8Array | null>;
  /** Puts a copy in place, whole or not at all; false when it is none. The device must not have an identity. */
  paste(device: DeviceRef, copy: Uint8Array): Promise<boolean>;
  /** Takes over a Baileys multi-file auth folder; false when there is no usable `creds.json` in it. */
  importFolder(device: DeviceRef, folder: string): Promise<boolean>;
}

/** How this one connection is to begin. */
export interface ConnectOptions {
  /** Digits of the phone that is to link this device by a pairing code, instead of a QR code. */
  readonly pairWith?: string | null;
}

/** Whose connection it is. */
export interface DeviceRef {
  readonly key: SessionKey;
  /** The public session id, for log lines. */
  readonly sessionId: string;
}

/** A message, and the journal entries that its recording closes. */
export interface Arrived {
  readonly message: WireMessage;
  readonly journalIds: readonly number[];
}

/** How a connection reports. Handlers may reject: the failure is logged and ends nothing. */
export interface DeviceHandlers {
  onConnection(signal: ConnectionSignal): void;
  /**
   * Messages of one chat, in their order. Resolves when all are recorded, which closes their journal
   * entries. After a rejection they are offered again, those that were recorded as well.
   */
  onMessages(arrived: readonly Arrived[]): Promise<void>;
  onReceipt(receipt: WireReceipt): Promise<void>;
  /**
   * Messages from before the number was linked, of any chats, newest first; some may come again.
   * Resolves, when all are kept, with how many were not there yet.
   */
  onPast?(messages: readonly PastMessage[]): Promise<number>;
  /** All else that WhatsApp tells: calls, changes of groups and people, ...; see `Notice`. */
  onNotice?(notice: Notice): Promise<void>;
  /** What WhatsApp says about this account's freedom to write; each kind replaces the last of its kind. */
  onRestriction?(signal: RestrictionSignal): void;
  /** Who the device is was told again: the phone tells the name some time after the link. May repeat. */
  onSelf?(self: Self): void;
  /** A payload could not be decrypted; called for each, and again when the same one comes again. */
  onUndecryptable?(failure: DecryptionFailure): void;
}

/** Why a payload could not be decrypted: its sender's session (or key for the group) is not known, or all else. */
export type DecryptionFailure = 'no_session' | 'undecryptable';

/**
 * A limit that WhatsApp puts on the account. `reach_out`: it may only write in chats that exist already
 * (the "reach-out timelock"); `untilMs` null while active means that no end was stated. `new_chats`: how
 * many chats may still be begun until `resetsAtMs`, null where it was not stated.
 */
export type RestrictionSignal =
  | { readonly type: 'reach_out'; readonly active: boolean; readonly untilMs: number | null }
  | {
      readonly type: 'new_chats';
      readonly total: number | null;
      readonly used: number | null;
      readonly capped: boolean;
      readonly resetsAtMs: number | null;
    };

/** The life of one socket. After `closed` nothing more comes. */
export type ConnectionSignal =
  /** A QR text to show; it lives until the next one or until `closed`. */
  | { readonly type: 'qr'; readonly text: string }
  /** A code to type on the phone with this number; it is of no use after `expiresAtMs`. */
  | {
      readonly type: 'pairing_code';
      readonly phone: string;
      readonly code: string;
      readonly expiresAtMs: number;
    }
  /** The phone accepted the device; a `closed` with code 515 follows, which asks for a new connection. */
  | { readonly type: 'paired'; readonly self: Self }
  | { readonly type: 'open'; readonly self: Self }
  | { readonly type: 'closed'; readonly cause: DisconnectCause };

/** The account of the device: digits of its phone number, and the user part of its LID. */
export interface Self {
  readonly phone: string;
  readonly lid: string | null;
  readonly pushName: string | null;
}

/**
 * Why a socket ended. `code` is WhatsApp's number (401 logged out, 403 forbidden, 405 version refused,
 * 408 lost or timed out, 411 multi-device mismatch, 428 closed, 440 replaced, 500 bad session, 503
 * unavailable, 515 restart required), null when there was none.
 */
export interface DisconnectCause {
  readonly code: number | null;
  readonly reason: string;
  /** True when the QR codes of an unpaired device ran out. */
  readonly qrExhausted?: boolean;
  /** With code 405: there is another version that WhatsApp has not refused. */
  readonly anotherVersion?: boolean;
  /** Why linking by a pairing code came to an end: nobody typed it, or the server would not have one. */
  readonly pairing?: 'code_expired' | 'code_refused';
  /** True when the server did not prove that it is the one we trust. */
  readonly untrustedServer?: boolean;
}

/** A message as it came from the wire, decrypted, addresses resolved, nothing interpreted. */
export interface WireMessage {
  readonly messageId: string;
  /** The chat in the wire's own addressing, and its other form where the wire gave it. */
  readonly chat: string;
  readonly chatAlt: string | null;
  /** The author in groups and broadcasts. */
  readonly participant: string | null;
  readonly participantAlt: string | null;
  readonly fromMe: boolean;
  readonly pushName: string | null;
  readonly timestampMs: number;
  /** True when WhatsApp kept it for us while we were away. */
  readonly delayed: boolean;
  /** WhatsApp's `Message` protobuf as a plain object: camelCase, 64-bit numbers as number, bytes as Uint8Array. */
  readonly content: WireContent;
  /** The same, encoded and without padding. */
  readonly encoded: Uint8Array;
}

/** A decoded `Message`, by the field names of its protobuf; nothing in it is to be trusted. */
export type WireContent = { readonly [field: string]: unknown };

/** Reads protobufs that were kept, without a connection. */
export interface MessageCodec {
  /** An encoded `Message` in the form of `WireMessage.content`; null when the bytes are none. Pure. */
  decode(encoded: Uint8Array): WireContent | null;
  /** The same for a part that WhatsApp encrypts by itself. Pure. */
  decodePart(name: PartName, encoded: Uint8Array): WireContent | null;
  /**
   * The same message with the medium of this key lying at another path of WhatsApp's media servers; null
   * when there is no such medium in it. Fields that are newer than the library get lost. Pure.
   */
  relocate(encoded: Uint8Array, mediaKey: Uint8Array, directPath: string): Uint8Array | null;
}

/** Parts of `Message` that stand alone, encrypted, in other messages. */
export type PartName =
  | 'ReactionMessage'
  | 'PollVoteMessage'
  | 'EventMessage'
  | 'EventResponseMessage';

/** What is wrong in a message given as JSON; `field` is a JSON pointer into it. */
export interface WrongField {
  readonly field: string;
  readonly message: string;
}

/** Makes protobufs of JSON, for those who know WhatsApp's messages. */
export interface RawCodec {
  /** A `Message`, encoded; or the first thing that would get lost or changed on the way. Pure. */
  encode(
    message: Readonly<Record<string, unknown>>,
  ):
    | { readonly kind: 'encoded'; readonly encoded: Uint8Array }
    | ({ readonly kind: 'wrong' } & WrongField);
}

/** What others' devices did with messages of ours. */
export interface WireReceipt {
  readonly chat: string;
  readonly messageIds: readonly string[];
  readonly status: 'delivered' | 'read' | 'played';
  /** Who received or read it; the chat itself in one-to-one chats. */
  readonly by: string;
  readonly timestampMs: number;
}

/** How a message is to be sent. */
export interface RelayOptions {
  /** Who is shown what goes to `status@broadcast`. */
  readonly audience?: readonly string[] | undefined;
  /** It was handed over before, perhaps by a process that has died: nobody may have got it, or what it brought. */
  readonly isRepeated?: boolean;
}

/** What became of a message that was handed to the connection. */
export type RelayOutcome =
  /** WhatsApp's server has it. */
  | { readonly kind: 'acked' }
  /** WhatsApp refused it; `code` is its number (463 restricted, 479, ...). */
  | { readonly kind: 'rejected'; readonly code: number }
  /** The connection ended or nothing was heard in time; a retry with the same id is safe. */
  | { readonly kind: 'unconfirmed'; readonly reason: string };

/** What the other side of a chat sees us do. */
export type ChatPresence = 'composing' | 'recording' | 'paused';

/** Something done to kept messages, or to a chat, for which no message is sent. */
export type OwnChange =
  | ChatChange
  /** Their authors see it, unless the account hides that; our other devices see it in any case. */
  | { readonly type: 'read'; readonly messages: readonly MessageTarget[] }
  | { readonly type: 'star'; readonly target: MessageTarget; readonly starred: boolean }
  /** The message goes from our own devices only. */
  | { readonly type: 'delete_for_me'; readonly target: MessageTarget; readonly sentAtMs: number };

/** One number as WhatsApp knows it. */
export interface Lookup {
  /** As asked, digits only. */
  readonly phone: string;
  readonly exists: boolean;
  /** The address to send to; null when it does not exist. */
  readonly chatId: string | null;
  readonly lid: string | null;
}

/** Signs of life of an open connection. Instants and spans in milliseconds. */
export interface Vitals {
  /** When the server was last heard of in any way. */
  readonly lastFrameAtMs: number;
  /** When the oldest ping without an answer was sent; null when all were answered. */
  readonly pingWaitingSinceMs: number | null;
  /** How long the last answered ping took; null before the first. */
  readonly roundTripMs: number | null;
  /** Sends that wait for the server's answer. */
  readonly unackedSends: number;
  /** Since when sends, given up ones too, have been without any answer; null when there is none such. */
  readonly unackedSinceMs: number | null;
}

/** An open, or opening, socket. Calls on one that is not open reject with `NotConnected`. */
export interface Connection {
  /** Null unless it is open. */
  vitals(): Vitals | null;
  /**
   * Uploads media where there is some and returns the protobuf that will go on the wire. With the chat it
   * is for, people it refers to are named as that chat names them (see `participantAlt`).
   */
  prepare(content: OutgoingContent, chatId?: string): Promise<Uint8Array>;
  /**
   * Encrypts and sends under a given id; resolves when the server answered or gave no answer in time.
   * Several calls may be under way; what they send goes on the wire in the order of the calls.
   */
  relay(
    chatId: string,
    messageId: string,
    encoded: Uint8Array,
    options?: RelayOptions,
  ): Promise<RelayOutcome>;
  /**
   * Shows in a chat that somebody types or records, or has stopped. WhatsApp's clients forget
   * `composing` and `recording` after some seconds and when a message arrives. Resolves when it is
   * written to the socket; nothing is confirmed, and it says nothing about being online.
   */
  presence(chatId: string, state: ChatPresence): Promise<void>;
  /**
   * Makes a change to one chat or messages of it. Rejects with `SettingsNotShared` when the phone has not
   * handed over the keys of what its devices share, `Refused` or `Unanswered` when WhatsApp did not take
   * the change; reading needs neither.
   */
  change(chatId: string, change: OwnChange): Promise<void>;
  lookUp(phones: readonly string[]): Promise<Lookup[]>;
  /** Asks the own phone to upload a file again; resolves when it answered, within ten minutes. */
  uploadAgain(lost: LostMedia): Promise<Reupload>;
  readonly groups: GroupCalls;
  readonly people: PeopleCalls;
  /** Unlinks the device at WhatsApp (bounded wait) and closes. */
  logout(): Promise<void>;
  /** Closes the socket and waits until every pending write is committed. Emits no further signal. */
  close(): Promise<void>;
}

/** The phone has not handed over the keys of what its devices share; it does so after linking. */
export class SettingsNotShared extends Error {
  override readonly name = 'SettingsNotShared';
}

/** The connection is not open (yet, or any more). */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
}

/** WhatsApp refused what it was asked; `code` is its number, in the manner of HTTP. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`${reason} (${code})`);
    this.code = code;
  }
}

/** WhatsApp did not answer in time: what was to be changed may have been changed or not. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';

  constructor() {
    super('WhatsApp did not answer in time');
  }
}
