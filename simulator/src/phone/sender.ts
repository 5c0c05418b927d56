import type { proto } from 'baileys';
import { type Account, accountJid, deviceIds } from '../accounts/account.ts';
import { type Addressing, formatJid, parseJid } from '../accounts/jid.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { PhoneParts } from './phone.ts';
import type { SentMessage } from './records.ts';
import { stanzaTypeOf } from './stanza-type.ts';

export interface SendOptions {
  /** Drawn when absent. */
  readonly id?: string;
  /** How people are addressed; by phone number when absent. */
  readonly addressing?: Addressing;
  /** The `edit` attribute: 1 edit, 7 delete of the own, 8 delete by an admin. */
  readonly edit?: string;
}

/** Thrown when there is nobody to send to. */
export class NoSuchChatError extends Error {
  constructor(to: string) {
    super(`there is no account or group "${to}"`);
    this.name = 'NoSuchChatError';
  }
}

/** A phone's way out: encrypts for every device that must get a message and hands it to the server. */
export class PhoneSender {
  readonly #parts: PhoneParts;

  constructor(parts: PhoneParts) {
    this.#parts = parts;
  }

  /** `to` is an address in either form, or digits. */
  async send(to: string, message: proto.IMessage, options: SendOptions): Promise<SentMessage> {
    const { world } = this.#parts;
    const account = /^\d+$/.test(to) ? world.directory.lookUpNumber(to) : world.directory.find(to);
    if (!account) throw new NoSuchChatError(to);
    const addressing = options.addressing ?? (parseJid(to)?.server === 'lid' ? 'lid' : 'pn');
    const sent = this.#note(accountJid(account, 'pn'), message, options);
    const participants = await this.#encryptForPeople(account, message, addressing);
    const { type } = stanzaTypeOf(message);
    this.submit(
      stanza(
        'message',
        { id: sent.id, to: accountJid(account, addressing), type, edit: options.edit },
        [stanza('participants', {}, participants)],
      ),
    );
    return sent;
  }

  /** Sends a message to one linked device of the own account, as phones do for keys and history. */
  async sendToOwnDevice(deviceId: number, message: proto.IMessage): Promise<void> {
    const { account, cipher } = this.#parts;
    const encrypted = await cipher.encrypt(account, deviceId, message);
    if (!encrypted) return;
    this.submit(
      stanza(
        'message',
        {
          id: this.newId(),
          to: accountJid(account, 'pn', deviceId),
          type: 'text',
          category: 'peer',
          push_priority: 'high',
        },
        [encrypted],
      ),
    );
  }

  submit(node: Stanza): void {
    const { router, origin } = this.#parts;
    router.route(origin, node);
  }

  /** As long and as shaped as the ids of Android phones. */
  newId(): string {
    return Buffer.from(this.#parts.random.bytes(16)).toString('hex').toUpperCase();
  }

  #note(chat: string, message: proto.IMessage, options: SendOptions): SentMessage {
    const sent: SentMessage = {
      id: options.id ?? this.newId(),
      chat,
      timestampS: Math.floor(this.#parts.world.clock.now() / 1000),
      message,
      state: 'pending',
      error: null,
      receipts: new Map(),
    };
    this.#parts.records.addSent(sent);
    return sent;
  }

  async #encryptForPeople(
    target: Account,
    message: proto.IMessage,
    addressing: Addressing,
  ): Promise<Stanza[]> {
    const { account } = this.#parts;
    const copy: proto.IMessage = {
      deviceSentMessage: { destinationJid: accountJid(target, addressing), message },
      messageContextInfo: message.messageContextInfo ?? null,
    };
    const recipients: Stanza[] = [];
    if (target !== account) {
      recipients.push(...(await this.#encryptForDevices(target, message, addressing)));
    }
    recipients.push(...(await this.#encryptForDevices(account, copy, addressing)));
    return recipients;
  }

  async #encryptForDevices(
    owner: Account,
    message: proto.IMessage,
    addressing: Addressing,
  ): Promise<Stanza[]> {
    const { account, cipher } = this.#parts;
    const mediatype = stanzaTypeOf(message.deviceSentMessage?.message ?? message).mediaType;
    const recipients: Stanza[] = [];
    for (const id of deviceIds(owner)) {
      if (owner === account && id === 0) continue;
      const encrypted = await cipher.encrypt(owner, id, message, {
        mediatype: mediatype ?? undefined,
      });
      const jid = accountJid(owner, addressing, id);
      if (encrypted) recipients.push(stanza('to', { jid }, [encrypted]));
    }
    return recipients;
  }
}

/** Address without device, as chats are named. */
export function chatName(parts: PhoneParts, address: string): string {
  const account = parts.world.directory.find(address);
  if (account) return accountJid(account, 'pn');
  const jid = parseJid(address);
  return jid ? formatJid({ ...jid, device: 0 }) : address;
}
