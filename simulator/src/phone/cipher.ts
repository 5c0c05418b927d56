import { proto } from 'baileys';
import { type Account, accountJid } from '../accounts/account.ts';
import { parseJid } from '../accounts/jid.ts';
import type { Random } from '../kernel/random.ts';
import { takeBundle } from '../server/handlers/keys.ts';
import type { World } from '../server/world.ts';
import type { EncryptedMessage, SignalParty } from '../signal/port.ts';
import { UndecryptableError } from '../signal/port.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import { pad, unpad } from './padding.ts';

/** What a phone does with keys: encrypts for devices, decrypts what devices sent. */
export class PhoneCipher {
  readonly #world: World;
  readonly #random: Random;
  /** Devices whose old messages are expected to be unreadable, after sessions were dropped here. */
  readonly #forgiven = new Set<string>();
  #allForgiven = false;
  party: SignalParty;

  constructor(world: World, random: Random, party: SignalParty) {
    this.#world = world;
    this.#random = random;
    this.party = party;
  }

  /** `<enc>` for one device; starts a session when there is none. Null: the device is gone. */
  async encrypt(
    account: Account,
    deviceId: number,
    message: proto.IMessage,
    attrs: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Stanza | null> {
    const address = sessionAddress(account, deviceId);
    if (!this.party.hasSession(address)) {
      const bundle = takeBundle(this.#world, address);
      if (!bundle) return null;
      await this.party.startSession(address, bundle);
    }
    const plaintext = pad(proto.Message.encode(message).finish(), this.#random);
    const { type, ciphertext } = await this.party.encrypt(address, plaintext);
    return stanza('enc', { v: '2', type, ...attrs }, ciphertext);
  }

  async encryptForGroup(
    groupId: string,
    message: proto.IMessage,
    attrs: Readonly<Record<string, string | undefined>>,
  ): Promise<Stanza> {
    const plaintext = pad(proto.Message.encode(message).finish(), this.#random);
    const ciphertext = await this.party.encryptForGroup(groupId, plaintext);
    return stanza('enc', { v: '2', type: 'skmsg', ...attrs }, ciphertext);
  }

  /**
   * Reads one `<enc>` that `sender` (any address of its device) wrote, in group `chat` for `skmsg`.
   * Throws `UndecryptableError`. Wrong padding is reported and then tolerated.
   */
  async decrypt(sender: string, chat: string, node: Stanza): Promise<proto.Message> {
    const ciphertext = node.content;
    if (!(ciphertext instanceof Uint8Array)) {
      throw new UndecryptableError('invalid', 'the enc node has no bytes');
    }
    const address = this.#address(sender);
    const type = node.attrs['type'] ?? '';
    const padded =
      type === 'skmsg'
        ? await this.party.decryptFromGroup(chat, address, ciphertext)
        : await this.party.decrypt(address, { type, ciphertext } as EncryptedMessage);
    const plaintext = unpad(padded);
    if (!plaintext) {
      const last = padded.at(-1) ?? 0;
      const text = `a plaintext of ${padded.length} bytes ends in ${last}, which is no padding`;
      this.#world.violations.report('padding', sender, text);
    }
    return decodeMessage(plaintext ?? padded);
  }

  /** Takes the sender key that a device gave out for a group. Throws `UndecryptableError`. */
  acceptSenderKey(groupId: string, sender: string, distribution: Uint8Array): Promise<void> {
    return this.party.acceptSenderKey(groupId, this.#address(sender), distribution);
  }

  /** Drops the session with a device; that it cannot be understood for a while is not its fault. */
  dropSession(account: Account, deviceId: number): void {
    this.party.dropSession(sessionAddress(account, deviceId));
    this.#forgiven.add(sessionAddress(account, deviceId));
  }

  isForgiven(sender: string): boolean {
    return this.#allForgiven || this.#forgiven.has(this.#address(sender));
  }

  /** A device was understood again. */
  unforgive(sender: string): void {
    this.#forgiven.delete(this.#address(sender));
  }

  /** Goes on with new keys and no sessions, as after a reinstallation. */
  replaceParty(party: SignalParty): void {
    this.party = party;
    this.#allForgiven = true;
  }

  #address(sender: string): string {
    const jid = parseJid(sender);
    const account = jid && this.#world.directory.find(jid);
    return account ? sessionAddress(account, jid.device) : sender;
  }
}

function decodeMessage(plaintext: Uint8Array): proto.Message {
  try {
    return proto.Message.decode(plaintext);
  } catch (error) {
    throw new UndecryptableError('invalid', `the plaintext is no message: ${String(error)}`);
  }
}

/** Sessions are filed under the LID, which stays the same however a chat is addressed. */
export function sessionAddress(account: Account, deviceId: number): string {
  return accountJid(account, 'lid', deviceId);
}
