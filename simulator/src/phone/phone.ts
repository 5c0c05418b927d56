import type { proto } from 'baileys';
import { type Account, accountJid, type Device } from '../accounts/account.ts';
import { type AppState, createAppState } from '../content/app-state.ts';
import type { AppStateKey } from '../content/app-state-crypto.ts';
import type { Content } from '../content/content.ts';
import { WAIT_MS } from '../kernel/emitter.ts';
import type { Random } from '../kernel/random.ts';
import type { LinkCodeDesk } from '../server/link-code-desk.ts';
import { PairingError } from '../server/pairing-desk.ts';
import { parseQr } from '../server/qr.ts';
import type { Router } from '../server/router.ts';
import type { Origin, PhoneEndpoint, World } from '../server/world.ts';
import { createSignalParty, restoreSignalParty } from '../signal/party.ts';
import type { PreKeyBundle, SignalParty } from '../signal/port.ts';
import { createSerialQueue, type SerialQueue } from '../signal/serial-queue.ts';
import { restoreKeys, restorePhone } from '../state/phones.ts';
import { fromBase64, type StoredPhone } from '../state/stored.ts';
import type { Stanza } from '../wire/stanza.ts';
import { PhoneCipher } from './cipher.ts';
import { Composer } from './composer.ts';
import { DEFAULT_HABITS, type PhoneHabits } from './habits.ts';
import { MediaKeeper } from './media-keeper.ts';
import { OwnDevices } from './own-devices.ts';
import { PhoneReceiver } from './receiver.ts';
import {
  type DeliveryState,
  hasReached,
  PhoneRecords,
  type ReceivedMessage,
  type SentMessage,
} from './records.ts';
import { Retries } from './retries.ts';
import { PhoneSender, type SendOptions } from './sender.ts';

export interface PhoneDeps {
  readonly world: World;
  readonly router: Router;
  readonly linkCodes: LinkCodeDesk;
  readonly random: Random;
  /** What the phone was before a restart. */
  readonly stored?: StoredPhone;
}

/** What the parts of a phone share. */
export interface PhoneParts {
  readonly world: World;
  readonly router: Router;
  readonly account: Account;
  readonly random: Random;
  readonly cipher: PhoneCipher;
  readonly composer: Composer;
  readonly records: PhoneRecords;
  readonly media: MediaKeeper;
  readonly habits: PhoneHabits;
  readonly origin: Origin;
  readonly appStateKeys: readonly AppStateKey[];
}

/**
 * The phone of an account: device 0, run inside the simulator. Everything it does with keys happens in
 * the order of the calls, one after the other.
 */
export class Phone implements PhoneEndpoint {
  readonly account: Account;
  readonly records = new PhoneRecords();
  readonly habits: PhoneHabits = { ...DEFAULT_HABITS };
  readonly appState: AppState;
  readonly appStateKeys: readonly AppStateKey[];
  readonly #deps: PhoneDeps;
  readonly #cipher: PhoneCipher;
  readonly #inTurn: SerialQueue = createSerialQueue();
  readonly #sender: PhoneSender;
  readonly #receiver: PhoneReceiver;
  readonly #retries: Retries;
  readonly #ownDevices: OwnDevices;

  constructor(account: Account, deps: PhoneDeps) {
    const { world, random, stored } = deps;
    this.account = account;
    this.#deps = deps;
    const party = stored
      ? restoreSignalParty(fromBase64(stored.party))
      : createSignalParty({ random });
    this.#cipher = new PhoneCipher(world, random, party);
    this.appStateKeys = stored ? restoreKeys(stored) : [createAppStateKey(random)];
    this.appState = createAppState(this.appStateKeys, random);
    const composer = new Composer({ world, account, records: this.records, random });
    const parts: PhoneParts = {
      ...deps,
      account,
      records: this.records,
      habits: this.habits,
      cipher: this.#cipher,
      composer,
      media: new MediaKeeper(world.media),
      appStateKeys: this.appStateKeys,
      origin: {
        account,
        deviceId: 0,
        device: null,
        reply: (node) => this.#receiver.answered(node),
        drop: () => undefined,
      },
    };
    this.#sender = new PhoneSender(parts);
    this.#retries = new Retries(parts, this.#sender);
    this.#ownDevices = new OwnDevices(parts, this.#sender);
    this.#receiver = new PhoneReceiver(parts, this.#sender, this.#retries, this.#ownDevices);
    if (stored) restorePhone(this, world, composer, stored);
  }

  /** Keys and sessions, for storing them. */
  get party(): SignalParty {
    return this.#cipher.party;
  }

  /** `<number>@s.whatsapp.net`. */
  get jid(): string {
    return accountJid(this.account, 'pn');
  }

  get identity(): Uint8Array {
    return this.#cipher.party.identity;
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#cipher.party.sign(message);
  }

  agree(publicKey: Uint8Array): Uint8Array {
    return this.#cipher.party.agree(publicKey);
  }

  takeBundle(): PreKeyBundle {
    return this.#cipher.party.takeBundle();
  }

  /** Scans the QR text of a client. Resolves when the client is linked; rejects with `PairingError`. */
  async scan(qrText: string): Promise<Device> {
    const qr = parseQr(qrText);
    if (!qr) throw new PairingError('not-a-qr', 'this is not a WhatsApp QR code');
    const { pairing } = this.#deps.world;
    const candidate = pairing.findByRef(qr.ref);
    if (!candidate) throw new PairingError('unknown-ref', 'no client shows this QR code (now)');
    const { identity, noiseKey } = candidate.keys;
    const isHonest =
      Buffer.from(qr.identity).equals(identity) && Buffer.from(qr.noiseKey).equals(noiseKey);
    if (!isHonest) {
      throw new PairingError('wrong-keys', 'the QR code shows other keys than the client has');
    }
    return pairing.link(candidate, this, qr.advSecret);
  }

  /** Types the code that a client shows. Resolves when it is linked; rejects with `PairingError`. */
  linkByCode(code: string): Promise<Device> {
    return this.#deps.linkCodes.link(this, code.replaceAll('-', ''));
  }

  /**
   * Sends a text or any other content to digits, an address, a group or `status@broadcast`. Resolves
   * when the server has taken it (or refused it: see its state). Rejects with `NoSuchChatError`.
   */
  send(to: string, content: Content | string, options: SendOptions = {}): Promise<SentMessage> {
    const whole: Content = typeof content === 'string' ? { type: 'text', text: content } : content;
    return this.#inTurn(async () => this.#sender.send(to, whole, options));
  }

  /** Sends a protobuf as it is, for what `Content` has no words for. As `send` otherwise. */
  sendMessage(
    to: string,
    message: proto.IMessage,
    options: SendOptions = {},
  ): Promise<SentMessage> {
    return this.#inTurn(async () => this.#sender.sendRaw(to, message, options));
  }

  /** Messages from others, oldest first. */
  get inbox(): ReceivedMessage[] {
    return this.records.received.filter(({ fromMe }) => !fromMe);
  }

  /** The first received message, past or future, that matches; rejects with `WaitTimeoutError`. */
  waitForMessage(
    matches: (message: ReceivedMessage) => boolean = () => true,
    timeoutMs = WAIT_MS,
  ): Promise<ReceivedMessage> {
    const past = this.records.received.find(matches);
    if (past) return Promise.resolve(past);
    return this.records.events.waitFor(this.#deps.world.clock, 'message', matches, timeoutMs);
  }

  /** Resolves when a sent message has come at least so far; rejects with `WaitTimeoutError`. */
  async waitForState(id: string, state: DeliveryState, timeoutMs = WAIT_MS): Promise<SentMessage> {
    const has = (message: SentMessage) => message.id === id && hasReached(message.state, state);
    const past = this.records.findSent(id);
    if (past && has(past)) return past;
    return this.records.events.waitFor(this.#deps.world.clock, 'state', has, timeoutMs);
  }

  /** Marks a message as read: blue ticks for its sender. */
  read(message: ReceivedMessage): Promise<void> {
    return this.#inTurn(async () => this.#receiver.sendRead(message, false));
  }

  /** Marks a voice note or view-once file as played. */
  play(message: ReceivedMessage): Promise<void> {
    return this.#inTurn(async () => this.#receiver.sendRead(message, true));
  }

  receive(node: Stanza): void {
    this.#alone(() => this.#receiver.receive(node));
  }

  greet(device: Device): void {
    this.#alone(() => this.#ownDevices.greet(device));
  }

  /** Sends what only devices of one account tell one another (keys, mappings ...) to all linked ones. */
  tellDevices(content: Content): Promise<void> {
    return this.#inTurn(async () => {
      for (const device of this.account.devices.values()) {
        await this.#ownDevices.tell(device, content);
      }
    });
  }

  /** Drops the session with a device, whoever's it is; the next message starts a new one. */
  forgetSession(account: Account, deviceId: number): void {
    this.#cipher.dropSession(account, deviceId);
    this.#sender.forgetKeyHolder(account, deviceId);
  }

  /**
   * New identity, no sessions: what a reinstallation does to keys. The caller unlinks the devices and
   * tells the acquaintances.
   */
  renewKeys(): void {
    this.#cipher.replaceParty(createSignalParty({ random: this.#deps.random }));
    this.#sender.forgetKeyHolders();
    this.#retries.forget();
  }

  /** Resolves once everything asked of the phone so far is done. */
  settled(): Promise<void> {
    return this.#inTurn(async () => undefined);
  }

  /** Does what nobody waits for; a failure of it is a fault of the simulator and is reported as such. */
  #alone(task: () => Promise<void>): void {
    this.#inTurn(task).catch((error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#deps.world.violations.report('simulator', this.jid, text);
    });
  }
}

/** An id as WhatsApp forms it (device, then epoch), and 32 secret bytes. */
function createAppStateKey(random: Random): AppStateKey {
  const id = Buffer.alloc(6);
  id.writeUInt32BE(1 + Math.floor(random.next() * 0xffff), 2);
  return { id, data: random.bytes(32) };
}
