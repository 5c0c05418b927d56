import type { proto } from 'baileys';
import { accountJid, type Device } from '../accounts/account.ts';
import { textOf } from '../content/content.ts';
import { secondsText } from '../kernel/clock.ts';
import { UndecryptableError } from '../signal/port.ts';
import { childNamed, childrenNamed, childrenOf, type Stanza, stanza } from '../wire/stanza.ts';
import type { OwnDevices } from './own-devices.ts';
import type { PhoneParts } from './phone.ts';
import type { DeliveryState, ReceivedMessage } from './records.ts';
import type { Retries } from './retries.ts';
import type { PhoneSender } from './sender.ts';
import { chatName } from './target.ts';

const STATE_OF_RECEIPT: Readonly<Record<string, DeliveryState>> = {
  '': 'delivered',
  read: 'read',
  played: 'played',
};

/** A phone's way in: decrypts, remembers, and answers with receipts. */
export class PhoneReceiver {
  readonly #parts: PhoneParts;
  readonly #sender: PhoneSender;
  readonly #retries: Retries;
  readonly #ownDevices: OwnDevices;

  constructor(parts: PhoneParts, sender: PhoneSender, retries: Retries, ownDevices: OwnDevices) {
    this.#parts = parts;
    this.#sender = sender;
    this.#retries = retries;
    this.#ownDevices = ownDevices;
  }

  async receive(node: Stanza): Promise<void> {
    if (node.tag === 'message') return this.#receiveMessage(node);
    if (node.tag === 'receipt') return this.#receiveReceipt(node);
    if (node.tag === 'chatstate') this.#receiveChatState(node);
  }

  /** The server's answer to something the phone sent. */
  answered(node: Stanza): void {
    const { id = '', class: about, error } = node.attrs;
    if (node.tag !== 'ack' || about !== 'message') return;
    const state = error === undefined ? 'sent' : 'failed';
    this.#parts.records.advance(id, null, state, error ?? null);
  }

  sendRead(message: ReceivedMessage, played: boolean): void {
    if (message.fromMe) return;
    this.#parts.records.markRead(message, this.#parts.world.clock.now());
    this.#receipt(message, played ? 'played' : 'read');
  }

  async #receiveMessage(node: Stanza): Promise<void> {
    const { from = '', participant, category } = node.attrs;
    const senderDevice = participant ?? from;
    const message = await this.#decrypt(node, senderDevice, from);
    if (!message) return;
    await this.#acceptSenderKey(message, senderDevice);
    if (category === 'peer') {
      const device = this.#ownDevice(senderDevice);
      if (device) await this.#ownDevices.answer(device, node.attrs['id'] ?? '', message);
      return;
    }
    const received = this.#describe(node, message, senderDevice);
    if (received.content.type === 'nothing') return;
    const { habits, media, records } = this.#parts;
    const isNew = records.addReceived(received);
    media.keep(received.id, received.content);
    if (received.fromMe) return;
    // A repeated message is confirmed again, as clients do: its first receipt may have been lost.
    if (habits.deliveryReceipts) this.#receipt(received, undefined);
    if (isNew && habits.readsAtOnce) this.sendRead(received, false);
  }

  #describe(node: Stanza, decrypted: proto.IMessage, senderDevice: string): ReceivedMessage {
    const { id = '', from = '', recipient, notify, t } = node.attrs;
    const { account, world, composer } = this.#parts;
    const author = world.directory.find(senderDevice);
    const message = decrypted.deviceSentMessage?.message ?? decrypted;
    const content = composer.read(decrypted, author);
    return {
      id,
      chat: chatName(world, recipient ?? from),
      sender: author ? accountJid(author, 'pn') : senderDevice,
      fromMe: author === account,
      senderDevice,
      wireChat: recipient ?? from,
      pushName: notify ?? null,
      timestampS: Number(t ?? 0),
      content,
      text: textOf(content),
      message,
      readAtMs: null,
      state: author === account ? 'sent' : null,
    };
  }

  async #decrypt(node: Stanza, sender: string, chat: string): Promise<proto.IMessage | null> {
    const { cipher } = this.#parts;
    let content: proto.IMessage | null = null;
    for (const encrypted of childrenNamed(node, 'enc')) {
      try {
        const part = await cipher.decrypt(sender, chat, encrypted);
        // A sender key comes before what it opens, in the same stanza.
        await this.#acceptSenderKey(part, sender);
        content = Object.assign(content ?? {}, part);
      } catch (error) {
        if (!(error instanceof UndecryptableError)) throw error;
        this.#retries.ask(node, sender, error);
        return null;
      }
    }
    if (content) this.#retries.succeeded(node.attrs['id'] ?? '', sender);
    return content;
  }

  async #acceptSenderKey(message: proto.IMessage, sender: string): Promise<void> {
    const key = message.senderKeyDistributionMessage;
    if (!key?.groupId || !key.axolotlSenderKeyDistributionMessage) return;
    const bytes = key.axolotlSenderKeyDistributionMessage;
    await this.#parts.cipher.acceptSenderKey(key.groupId, sender, bytes);
    message.senderKeyDistributionMessage = null;
  }

  #receiveChatState(node: Stanza): void {
    const { from = '', participant } = node.attrs;
    const state = childrenOf(node)[0];
    const { world, records } = this.#parts;
    records.events.emit('typing', {
      chat: chatName(world, from),
      sender: chatName(world, participant ?? from),
      state: state?.attrs['media'] === 'audio' ? 'recording' : (state?.tag ?? 'paused'),
    });
  }

  #ownDevice(address: string): Device | null {
    const { account, world } = this.#parts;
    if (world.directory.find(address) !== account) return null;
    const id = Number(/:(\d+)@/.exec(address)?.[1] ?? 0);
    return account.devices.get(id) ?? null;
  }

  #receipt(message: ReceivedMessage, type: string | undefined): void {
    const isDirect = message.wireChat === message.senderDevice;
    this.#sender.submit(
      stanza('receipt', {
        id: message.id,
        type,
        to: message.wireChat,
        participant: isDirect ? undefined : message.senderDevice,
        t: secondsText(this.#parts.world.clock),
      }),
    );
  }

  async #receiveReceipt(node: Stanza): Promise<void> {
    const { id = '', type = '', from = '', participant } = node.attrs;
    if (type === 'retry') return this.#retries.answer(node);
    if (type === 'server-error') {
      const device = this.#ownDevice(from);
      if (device) this.#ownDevices.uploadAgain(device, node);
      return;
    }
    const { records, world } = this.#parts;
    const ids = [
      id,
      ...childrenNamed(childNamed(node, 'list'), 'item').map((item) => item.attrs['id'] ?? ''),
    ];
    if (type === 'read-self' || type === 'played-self') {
      for (const message of ids.flatMap((each) => records.findReceived(each) ?? [])) {
        records.markRead(message, world.clock.now());
      }
      return;
    }
    const state = STATE_OF_RECEIPT[type];
    if (!state) return;
    for (const each of ids) records.advance(each, participant ?? from, state);
  }
}
