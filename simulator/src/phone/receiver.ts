import type { proto } from 'baileys';
import { accountJid } from '../accounts/account.ts';
import { secondsText } from '../kernel/clock.ts';
import { UndecryptableError } from '../signal/port.ts';
import { childNamed, childrenNamed, type Stanza, stanza } from '../wire/stanza.ts';
import type { PhoneParts } from './phone.ts';
import type { DeliveryState, ReceivedMessage } from './records.ts';
import { chatName, type PhoneSender } from './sender.ts';

const STATE_OF_RECEIPT: Readonly<Record<string, DeliveryState>> = {
  '': 'delivered',
  read: 'read',
  played: 'played',
};

/** A phone's way in: decrypts, remembers, and answers with receipts. */
export class PhoneReceiver {
  readonly #parts: PhoneParts;
  readonly #sender: PhoneSender;

  constructor(parts: PhoneParts, sender: PhoneSender) {
    this.#parts = parts;
    this.#sender = sender;
  }

  async receive(node: Stanza): Promise<void> {
    switch (node.tag) {
      case 'message':
        return this.#receiveMessage(node);
      case 'receipt':
        return this.#receiveReceipt(node);
      default:
        return;
    }
  }

  /** The server's answer to something the phone sent. */
  answered(node: Stanza): void {
    const { id = '', class: about, error } = node.attrs;
    if (node.tag !== 'ack' || about !== 'message') return;
    const state = error === undefined ? 'sent' : 'failed';
    this.#parts.records.advance(id, null, state, error ?? null);
  }

  sendRead(message: ReceivedMessage): void {
    if (message.fromMe || message.readAtMs !== null) return;
    message.readAtMs = this.#parts.world.clock.now();
    this.#receipt(message, 'read');
  }

  async #receiveMessage(node: Stanza): Promise<void> {
    const { id = '', from = '', participant, recipient } = node.attrs;
    const senderDevice = participant ?? from;
    const content = await this.#decrypt(node, senderDevice, from);
    if (!content) return;
    const { account, habits, records } = this.#parts;
    const sender = chatName(this.#parts, senderDevice);
    const wireChat = recipient ?? from;
    const message: ReceivedMessage = {
      id,
      chat: chatName(this.#parts, wireChat),
      sender,
      fromMe: sender === accountJid(account, 'pn'),
      senderDevice,
      wireChat,
      pushName: node.attrs['notify'] ?? null,
      timestampS: Number(node.attrs['t'] ?? 0),
      message: content.deviceSentMessage?.message ?? content,
      readAtMs: null,
    };
    records.addReceived(message);
    if (habits.deliveryReceipts && !message.fromMe) this.#receipt(message, undefined);
    if (habits.readsAtOnce) this.sendRead(message);
  }

  async #decrypt(node: Stanza, sender: string, chat: string): Promise<proto.IMessage | null> {
    const { cipher, records, world } = this.#parts;
    let content: proto.IMessage | null = null;
    for (const encrypted of childrenNamed(node, 'enc')) {
      try {
        content = Object.assign(content ?? {}, await cipher.decrypt(sender, chat, encrypted));
      } catch (error) {
        if (!(error instanceof UndecryptableError)) throw error;
        const id = node.attrs['id'] ?? '';
        world.violations.report('undecryptable', sender, `message ${id}: ${error.message}`);
        records.events.emit('undecryptable', { id, sender, reason: error.reason });
        return null;
      }
    }
    return content;
  }

  #receipt(message: ReceivedMessage, type: string | undefined): void {
    const isGroup = message.wireChat !== message.senderDevice;
    this.#sender.submit(
      stanza('receipt', {
        id: message.id,
        type,
        to: isGroup ? message.wireChat : message.senderDevice,
        participant: isGroup ? message.senderDevice : undefined,
        t: secondsText(this.#parts.world.clock),
      }),
    );
  }

  #receiveReceipt(node: Stanza): void {
    const { id = '', type = '', from = '', participant } = node.attrs;
    const state = STATE_OF_RECEIPT[type];
    if (!state) return;
    const ids = [
      id,
      ...childrenNamed(childNamed(node, 'list'), 'item').map((item) => item.attrs['id'] ?? ''),
    ];
    for (const each of ids) this.#parts.records.advance(each, participant ?? from, state);
  }
}
