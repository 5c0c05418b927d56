import type { proto } from 'baileys';
import type { Content } from '../content/content.ts';
import { Emitter } from '../kernel/emitter.ts';

/** How far a message that the phone's owner sent has come. */
export type DeliveryState = 'pending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed';

/** A message that arrived on the phone, or that a linked device of the same account sent. */
export interface ReceivedMessage {
  readonly id: string;
  /** The chat: `<number>@s.whatsapp.net`, a group or `status@broadcast`. */
  readonly chat: string;
  /** Number of the author, as `<number>@s.whatsapp.net`. */
  readonly sender: string;
  /** Sent by one of the account's own devices. */
  readonly fromMe: boolean;
  /** The device that sent it, in the addressing of the wire: receipts go there. */
  readonly senderDevice: string;
  /** The chat as it was addressed on the wire. */
  readonly wireChat: string;
  readonly pushName: string | null;
  readonly timestampS: number;
  readonly content: Content;
  /** The words a person reads first: text, caption, question ... */
  readonly text: string;
  /** What was decrypted, as it came. */
  readonly message: proto.IMessage;
  /** When the owner, or one of the linked devices, read it. */
  readAtMs: number | null;
  /** How far a message of one of the linked devices has come; null for what others sent. */
  state: DeliveryState | null;
}

/** A message that the phone's owner sent. */
export interface SentMessage {
  readonly id: string;
  /** The chat: `<number>@s.whatsapp.net`, a group or `status@broadcast`. */
  readonly chat: string;
  /** The chat as it was addressed on the wire. */
  readonly wireChat: string;
  readonly timestampS: number;
  readonly content: Content;
  readonly message: proto.IMessage;
  state: DeliveryState;
  /** The server's error code when it refused the message. */
  error: string | null;
  /** Devices that said they have it, or read it: `<number>:<device>@s.whatsapp.net` to state. */
  readonly receipts: Map<string, DeliveryState>;
}

export type KnownMessage = ReceivedMessage | SentMessage;

/** What a phone tells those who watch it. */
export interface PhoneEvents extends Record<string, unknown> {
  message: ReceivedMessage;
  /** Its owner sent a message. */
  sent: SentMessage;
  /** A message that the owner sent came further. */
  state: SentMessage;
  /** Any message was read here or, if this account sent it, came further. */
  changed: KnownMessage;
  /** Something that could not be read; a retry was asked for. */
  undecryptable: { readonly id: string; readonly sender: string; readonly reason: string };
  /** `composing`, `recording` or `paused`. */
  typing: { readonly chat: string; readonly sender: string; readonly state: string };
}

/** Older messages are forgotten, as on a phone that is cleaned up now and then. */
const MAX_MESSAGES = 5000;

/** What a phone remembers of its messages: the newest `MAX_MESSAGES` of each kind. */
export class PhoneRecords {
  readonly events = new Emitter<PhoneEvents>();
  readonly #received = new Map<string, ReceivedMessage>();
  readonly #sent = new Map<string, SentMessage>();
  readonly #order = new WeakMap<KnownMessage, number>();
  readonly #unread = new Map<string, number>();
  #seen = 0;
  #duplicates = 0;

  get received(): ReceivedMessage[] {
    return [...this.#received.values()];
  }

  get sent(): SentMessage[] {
    return [...this.#sent.values()];
  }

  /** How many messages arrived under an id that was there already. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Messages of others that nobody has read: in one chat, or in all. */
  unread(chat?: string): number {
    if (chat !== undefined) return this.#unread.get(chat) ?? 0;
    let sum = 0;
    for (const count of this.#unread.values()) sum += count;
    return sum;
  }

  find(id: string): KnownMessage | null {
    return this.findReceived(id) ?? this.findSent(id);
  }

  /** Increases in the order in which the phone saw its messages; seconds are too coarse for that. */
  orderOf(message: KnownMessage): number {
    return this.#order.get(message) ?? 0;
  }

  findSent(id: string): SentMessage | null {
    return this.#sent.get(id) ?? null;
  }

  findReceived(id: string): ReceivedMessage | null {
    return this.#received.get(id) ?? null;
  }

  /** Gives false when the message was there already. */
  addReceived(message: ReceivedMessage): boolean {
    const known = this.#received.has(message.id);
    if (known) this.#duplicates += 1;
    else {
      this.#received.set(message.id, message);
      this.#order.set(message, ++this.#seen);
      if (isUnread(message)) this.#countUnread(message.chat, 1);
      const forgotten = trim(this.#received);
      if (forgotten && isUnread(forgotten)) this.#countUnread(forgotten.chat, -1);
      this.events.emit('message', message);
    }
    return !known;
  }

  addSent(message: SentMessage): void {
    this.#sent.set(message.id, message);
    this.#order.set(message, ++this.#seen);
    trim(this.#sent);
    this.events.emit('sent', message);
  }

  /** Puts back a message from before a restart; nobody is told. */
  restore(message: KnownMessage): void {
    const list: Map<string, KnownMessage> = 'senderDevice' in message ? this.#received : this.#sent;
    list.set(message.id, message);
    this.#order.set(message, ++this.#seen);
  }

  /** Notes that a message of somebody else was read; the first time counts. */
  markRead(message: ReceivedMessage, atMs: number): void {
    if (message.fromMe || message.readAtMs !== null) return;
    message.readAtMs = atMs;
    if (this.#received.get(message.id) === message) this.#countUnread(message.chat, -1);
    this.events.emit('changed', message);
  }

  /** Notes a receipt; states only go forward. */
  advance(id: string, device: string | null, state: DeliveryState, error: string | null = null) {
    const message = this.#sent.get(id);
    if (!message) return this.#advanceCarried(id, state);
    if (device !== null) message.receipts.set(device, later(message.receipts.get(device), state));
    const next = later(message.state, state);
    if (next === message.state && error === null) return;
    message.state = next;
    message.error = error;
    this.events.emit('state', message);
    this.events.emit('changed', message);
  }

  #countUnread(chat: string, change: number): void {
    const count = (this.#unread.get(chat) ?? 0) + change;
    if (count === 0) this.#unread.delete(chat);
    else this.#unread.set(chat, count);
  }

  /** A receipt for what a linked device sent. */
  #advanceCarried(id: string, state: DeliveryState): void {
    const message = this.#received.get(id);
    if (!message?.fromMe) return;
    const next = later(message.state ?? undefined, state);
    if (next === message.state) return;
    message.state = next;
    this.events.emit('changed', message);
  }
}

const ORDER: readonly DeliveryState[] = [
  'pending',
  'sent',
  'failed',
  'delivered',
  'read',
  'played',
];

/** Whether a message that is in `state` has come as far as `goal`. */
export function hasReached(state: DeliveryState, goal: DeliveryState): boolean {
  return ORDER.indexOf(state) >= ORDER.indexOf(goal);
}

function later(one: DeliveryState | undefined, other: DeliveryState): DeliveryState {
  return one !== undefined && ORDER.indexOf(one) >= ORDER.indexOf(other) ? one : other;
}

function isUnread(message: ReceivedMessage): boolean {
  return !message.fromMe && message.readAtMs === null;
}

/** Gives what had to go. */
function trim<T extends KnownMessage>(map: Map<string, T>): T | null {
  if (map.size <= MAX_MESSAGES) return null;
  const oldest = map.values().next().value ?? null;
  if (oldest) map.delete(oldest.id);
  return oldest;
}
