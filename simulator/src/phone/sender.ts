import type { proto } from 'baileys';
import { type Account, accountJid, deviceIds } from '../accounts/account.ts';
import { type Addressing, STATUS_BROADCAST } from '../accounts/jid.ts';
import type { Content } from '../content/content.ts';
import { wrapDeviceSent } from '../content/envelope.ts';
import { giveToken } from '../server/handlers/account.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { PhoneParts } from './phone.ts';
import type { SentMessage } from './records.ts';
import { type StanzaType, stanzaTypeOf } from './stanza-type.ts';
import { chatName, type Destination, destinationOf, wireAddress } from './target.ts';

export interface SendOptions {
  /** Drawn when absent. */
  readonly id?: string;
  /** How a person is addressed; as `to` is written when absent, and by phone number for digits. */
  readonly addressing?: Addressing;
  /** The ciphertexts are damaged on the way: whoever gets them must ask for the message again. */
  readonly damaged?: boolean;
  /**
   * What linked devices of the receivers get: the message, an empty placeholder whose content they must
   * ask their phone for, or the note that it can be viewed on the phone only. The last is the default
   * for what may be viewed once, as on the real network.
   */
  readonly linkedDevicesGet?: LinkedDevicesGet;
  /** Who may see a status: numbers or addresses. Everybody ever met when absent. */
  readonly audience?: readonly string[];
}

const TOKEN_RENEWAL_S = 7 * 24 * 3600;

export type LinkedDevicesGet = 'message' | 'placeholder' | 'view-once-note';

/** A device that a message must reach, as the stanza names it. */
interface Recipient {
  readonly account: Account;
  readonly deviceId: number;
  readonly addressing: Addressing;
}

/** A phone's way out: encrypts for every device that must get a message and hands it to the server. */
export class PhoneSender {
  readonly #parts: PhoneParts;
  /** Devices that hold this phone's sender key, by group. */
  readonly #keyHolders = new Map<string, Set<string>>();

  constructor(parts: PhoneParts) {
    this.#parts = parts;
  }

  /** Throws `NoSuchChatError`, and whatever `compose` throws. */
  send(to: string, content: Content, options: SendOptions): Promise<SentMessage> {
    const destination = destinationOf(this.#parts.world, to, options.addressing);
    const message = this.#parts.composer.compose(content, destination);
    return this.#sendTo(destination, message, options);
  }

  /** Sends a message as it is. Throws `NoSuchChatError`. */
  sendRaw(to: string, message: proto.IMessage, options: SendOptions): Promise<SentMessage> {
    const destination = destinationOf(this.#parts.world, to, options.addressing);
    return this.#sendTo(destination, message, options);
  }

  async #sendTo(
    destination: Destination,
    message: proto.IMessage,
    options: SendOptions,
  ): Promise<SentMessage> {
    const sent = this.#note(destination, message, options);
    const type = stanzaTypeOf(message);
    const whole = await this.#encrypt(destination, message, type, options);
    const body = options.damaged ? whole.map(damaged) : whole;
    this.submit(
      stanza(
        'message',
        {
          id: sent.id,
          to: sent.wireChat,
          type: type.type,
          edit: type.edit ?? undefined,
          addressing_mode: destination.kind === 'group' ? destination.group.addressing : undefined,
        },
        type.meta ? [...body, stanza('meta', type.meta)] : body,
      ),
    );
    if (destination.kind === 'person') this.#giveToken(destination.account);
    return sent;
  }

  /** Sends a message to one linked device of the own account, as phones do for keys and history. */
  async sendToOwnDevice(deviceId: number, message: proto.IMessage): Promise<void> {
    const { account, cipher } = this.#parts;
    const encrypted = await cipher.encrypt(account, deviceId, message);
    if (!encrypted) return;
    const to = accountJid(account, 'pn', deviceId);
    const attrs = { id: this.newId(), to, type: 'text', category: 'peer', push_priority: 'high' };
    this.submit(stanza('message', attrs, [encrypted]));
  }

  /** Sends a message once more to a device that could not read it. `count` is the number of its tries. */
  async resend(sent: SentMessage, account: Account, deviceId: number, count: number) {
    const { world, cipher } = this.#parts;
    const destination = destinationOf(world, sent.wireChat);
    const isOwn = account === this.#parts.account;
    const message =
      destination.kind === 'person'
        ? sent.message
        : { ...sent.message, ...(await this.#keyMessage(sent.wireChat)) };
    const encrypted = await cipher.encrypt(
      account,
      deviceId,
      isOwn ? wrapDeviceSent(message, sent.wireChat) : message,
      { count: String(count) },
    );
    if (!encrypted) return;
    const addressing = addressingIn(destination);
    const device = accountJid(account, addressing, deviceId);
    const { type } = stanzaTypeOf(sent.message);
    const attrs =
      destination.kind === 'group'
        ? { to: sent.wireChat, participant: device }
        : { to: device, recipient: isOwn ? sent.wireChat : undefined };
    this.submit(stanza('message', { id: sent.id, type, ...attrs }, [encrypted]));
  }

  submit(node: Stanza): void {
    const { router, origin } = this.#parts;
    router.route(origin, node);
  }

  /** As long and as shaped as the ids of Android phones. */
  newId(): string {
    return Buffer.from(this.#parts.random.bytes(16)).toString('hex').toUpperCase();
  }

  /** A device is gone, or its sessions are: it must be given this phone's sender keys anew. */
  forgetKeyHolder(account: Account, deviceId: number): void {
    const name = nameOf({ account, deviceId });
    for (const holders of this.#keyHolders.values()) holders.delete(name);
  }

  /** The devices that hold this phone's sender keys are not known any more. */
  forgetKeyHolders(): void {
    this.#keyHolders.clear();
  }

  /** Whoever is written to is trusted from now on; clients renew that every week. */
  #giveToken(to: Account): void {
    const { world, account, habits } = this.#parts;
    if (!habits.givesTokens || to === account) return;
    const nowS = Math.floor(world.clock.now() / 1000);
    const given = world.tokens.find(account, to);
    if (given && nowS - given.issuedS < TOKEN_RENEWAL_S) return;
    giveToken(world, account, to, nowS);
  }

  #note(destination: Destination, message: proto.IMessage, options: SendOptions): SentMessage {
    const { world, account, composer, media, records } = this.#parts;
    const wireChat = wireAddress(destination);
    const sent: SentMessage = {
      id: options.id ?? this.newId(),
      chat: chatName(world, wireChat),
      wireChat,
      timestampS: Math.floor(world.clock.now() / 1000),
      content: composer.read(message, account),
      message,
      state: 'pending',
      error: null,
      receipts: new Map(),
    };
    records.addSent(sent);
    media.keep(sent.id, sent.content);
    return sent;
  }

  async #encrypt(
    destination: Destination,
    message: proto.IMessage,
    type: StanzaType,
    options: SendOptions,
  ): Promise<Stanza[]> {
    const attrs = encAttrs(type);
    const mode = options.linkedDevicesGet ?? defaultFor(message);
    switch (destination.kind) {
      case 'person':
        return [
          stanza('participants', {}, await this.#forPerson(destination, message, attrs, mode)),
        ];
      case 'group':
        return this.#forMany(
          destination.group.jid,
          message,
          attrs,
          this.#devicesOf([...destination.group.members.keys()], destination.group.addressing),
        );
      case 'status':
        return this.#forMany(STATUS_BROADCAST, message, attrs, this.#audience(options));
    }
  }

  async #forPerson(
    { account: target, addressing }: Extract<Destination, { kind: 'person' }>,
    message: proto.IMessage,
    attrs: EncAttrs,
    mode: LinkedDevicesGet,
  ): Promise<Stanza[]> {
    const copy = wrapDeviceSent(message, accountJid(target, addressing));
    const own = this.#devicesOf([this.#parts.account], addressing);
    const others = target === this.#parts.account ? [] : this.#devicesOf([target], addressing);
    return [
      ...(await this.#encryptEach(others, message, attrs, mode)),
      ...(await this.#encryptEach(own, copy, attrs)),
    ];
  }

  /** One ciphertext under the sender key, and the key for those who do not have it yet. */
  async #forMany(
    chat: string,
    message: proto.IMessage,
    attrs: EncAttrs,
    recipients: readonly Recipient[],
  ): Promise<Stanza[]> {
    let holders = this.#keyHolders.get(chat);
    if (!holders) this.#keyHolders.set(chat, (holders = new Set()));
    const isStatus = chat === STATUS_BROADCAST;
    const newcomers = recipients.filter((one) => isStatus || !holders.has(nameOf(one)));
    for (const one of newcomers) holders.add(nameOf(one));
    const keys = await this.#encryptEach(newcomers, await this.#keyMessage(chat), {});
    const encrypted = await this.#parts.cipher.encryptForGroup(chat, message, attrs);
    return keys.length > 0 ? [stanza('participants', {}, keys), encrypted] : [encrypted];
  }

  async #keyMessage(chat: string): Promise<proto.IMessage> {
    const distribution = await this.#parts.cipher.party.senderKeyDistribution(chat);
    return {
      senderKeyDistributionMessage: {
        groupId: chat,
        axolotlSenderKeyDistributionMessage: distribution,
      },
    };
  }

  async #encryptEach(
    recipients: readonly Recipient[],
    message: proto.IMessage,
    attrs: EncAttrs,
    mode: LinkedDevicesGet = 'message',
  ): Promise<Stanza[]> {
    const encrypted: Stanza[] = [];
    for (const { account, deviceId, addressing } of recipients) {
      const node =
        mode === 'message' || deviceId === 0
          ? await this.#parts.cipher.encrypt(account, deviceId, message, attrs)
          : stanza('unavailable', mode === 'view-once-note' ? { type: 'view_once' } : {});
      const jid = accountJid(account, addressing, deviceId);
      if (node) encrypted.push(stanza('to', { jid }, [node]));
    }
    return encrypted;
  }

  #devicesOf(accounts: readonly Account[], addressing: Addressing): Recipient[] {
    return accounts.flatMap((account) =>
      deviceIds(account)
        .filter((deviceId) => account !== this.#parts.account || deviceId !== 0)
        .map((deviceId) => ({ account, deviceId, addressing })),
    );
  }

  #audience({ audience }: SendOptions): Recipient[] {
    const { world, account } = this.#parts;
    const people = audience
      ? audience.map((one) => destinationOf(world, one)).flatMap((one) => accountOf(one))
      : [...account.acquaintances];
    return this.#devicesOf([...people, account], 'pn');
  }
}

type EncAttrs = Readonly<Record<string, string | undefined>>;

function encAttrs({ mediaType, hideWhenUnreadable }: StanzaType): EncAttrs {
  return {
    mediatype: mediaType ?? undefined,
    'decrypt-fail': hideWhenUnreadable ? 'hide' : undefined,
  };
}

function defaultFor(message: proto.IMessage): LinkedDevicesGet {
  const { viewOnceMessage, viewOnceMessageV2, viewOnceMessageV2Extension } = message;
  return viewOnceMessage || viewOnceMessageV2 || viewOnceMessageV2Extension
    ? 'view-once-note'
    : 'message';
}

/** Spoils the MAC at the end of every ciphertext. */
function damaged(node: Stanza): Stanza {
  if (Array.isArray(node.content)) {
    return { ...node, content: (node.content as readonly Stanza[]).map(damaged) };
  }
  if (node.tag !== 'enc' || !(node.content instanceof Uint8Array)) return node;
  const content = Uint8Array.from(node.content);
  const last = content.length - 1;
  content[last] = (content[last] ?? 0) ^ 0xff;
  return { ...node, content };
}

function accountOf(destination: Destination): Account[] {
  return destination.kind === 'person' ? [destination.account] : [];
}

function addressingIn(destination: Destination): Addressing {
  if (destination.kind === 'person') return destination.addressing;
  return destination.kind === 'group' ? destination.group.addressing : 'pn';
}

function nameOf({ account, deviceId }: Pick<Recipient, 'account' | 'deviceId'>): string {
  return `${account.phone}:${deviceId}`;
}
