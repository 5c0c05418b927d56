import type { proto } from 'baileys';
import { type Account, accountJid, type Device } from '../accounts/account.ts';
import type { Random } from '../kernel/random.ts';
import type { LinkCodeDesk } from '../server/link-code-desk.ts';
import { PairingError } from '../server/pairing-desk.ts';
import { parseQr } from '../server/qr.ts';
import type { Router } from '../server/router.ts';
import type { Origin, PhoneEndpoint, World } from '../server/world.ts';
import { createSignalParty } from '../signal/party.ts';
import type { PreKeyBundle, SignalParty } from '../signal/port.ts';
import { createSerialQueue, type SerialQueue } from '../signal/serial-queue.ts';
import type { Stanza } from '../wire/stanza.ts';
import { type AppStateKey, createAppStateKey } from './app-state-key.ts';
import { PhoneCipher, sessionAddress } from './cipher.ts';
import { Greeter } from './greeter.ts';
import { PhoneReceiver } from './receiver.ts';
import {
  type DeliveryState,
  hasReached,
  PhoneRecords,
  type ReceivedMessage,
  type SentMessage,
} from './records.ts';
import { PhoneSender, type SendOptions } from './sender.ts';

/** How long the `waitFor` functions wait unless told otherwise. */
const WAIT_MS = 10_000;

/** Habits of the phone's owner; all can be changed at any time. */
export interface PhoneHabits {
  /** Sends delivery receipts as soon as a message arrives. On by default. */
  deliveryReceipts: boolean;
  /** Reads each message at once, with blue ticks. Off by default. */
  readsAtOnce: boolean;
  /** Answers retry receipts and requests of linked devices. On by default. */
  answersDevices: boolean;
}

export interface PhoneDeps {
  readonly world: World;
  readonly router: Router;
  readonly linkCodes: LinkCodeDesk;
  readonly random: Random;
}

/** What the parts of a phone share. */
export interface PhoneParts {
  readonly world: World;
  readonly router: Router;
  readonly account: Account;
  readonly random: Random;
  readonly cipher: PhoneCipher;
  readonly records: PhoneRecords;
  readonly habits: PhoneHabits;
  readonly origin: Origin;
  readonly appStateKey: AppStateKey;
}

/**
 * The phone of an account: device 0, run inside the simulator. Everything it does with keys happens in
 * the order of the calls, one after the other.
 */
export class Phone implements PhoneEndpoint {
  readonly account: Account;
  readonly records = new PhoneRecords();
  readonly habits: PhoneHabits = {
    deliveryReceipts: true,
    readsAtOnce: false,
    answersDevices: true,
  };
  readonly #deps: PhoneDeps;
  readonly #party: SignalParty;
  readonly #inTurn: SerialQueue = createSerialQueue();
  readonly #sender: PhoneSender;
  readonly #receiver: PhoneReceiver;
  readonly #greeter: Greeter;

  constructor(account: Account, deps: PhoneDeps) {
    this.account = account;
    this.#deps = deps;
    this.#party = createSignalParty({ random: deps.random });
    const parts: PhoneParts = {
      ...deps,
      account,
      records: this.records,
      habits: this.habits,
      cipher: new PhoneCipher(deps.world, deps.random, this.#party),
      appStateKey: createAppStateKey(deps.random),
      origin: {
        account,
        deviceId: 0,
        device: null,
        reply: (node) => this.#receiver.answered(node),
      },
    };
    this.#sender = new PhoneSender(parts);
    this.#receiver = new PhoneReceiver(parts, this.#sender);
    this.#greeter = new Greeter(parts, this.#sender);
  }

  get identity(): Uint8Array {
    return this.#party.identity;
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#party.sign(message);
  }

  agree(publicKey: Uint8Array): Uint8Array {
    return this.#party.agree(publicKey);
  }

  takeBundle(): PreKeyBundle {
    return this.#party.takeBundle();
  }

  /** Scans the QR text of a client. Resolves when the client is linked; rejects with `PairingError`. */
  scan(qrText: string): Promise<Device> {
    const qr = parseQr(qrText);
    if (!qr) return Promise.reject(new PairingError('not-a-qr', 'this is not a WhatsApp QR code'));
    const { pairing } = this.#deps.world;
    const candidate = pairing.findByRef(qr.ref);
    if (!candidate) {
      return Promise.reject(new PairingError('unknown-ref', 'no client shows this QR code (now)'));
    }
    const { identity, noiseKey } = candidate.keys;
    const isHonest =
      Buffer.from(qr.identity).equals(identity) && Buffer.from(qr.noiseKey).equals(noiseKey);
    if (!isHonest) {
      return Promise.reject(
        new PairingError('wrong-keys', 'the QR code shows other keys than the client registered'),
      );
    }
    return pairing.link(candidate, this, qr.advSecret);
  }

  /** Types the code that a client shows. Resolves when it is linked; rejects with `PairingError`. */
  linkByCode(code: string): Promise<Device> {
    return this.#deps.linkCodes.link(this, code.replaceAll('-', ''));
  }

  /** Sends a message; resolves when the server has taken it. */
  sendMessage(to: string, message: proto.IMessage, options: SendOptions = {}) {
    return this.#inTurn(() => this.#sender.send(to, message, options));
  }

  /** Messages from others, oldest first. */
  get inbox(): ReceivedMessage[] {
    return this.records.received.filter(({ fromMe }) => !fromMe);
  }

  /** The first received message, past or future, that matches; rejects with `WaitTimeoutError`. */
  waitForMessage(
    matches: (message: ReceivedMessage) => boolean,
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
    return this.#inTurn(async () => this.#receiver.sendRead(message));
  }

  receive(node: Stanza): void {
    this.#alone(() => this.#receiver.receive(node));
  }

  greet(device: Device): void {
    this.#alone(() => this.#greeter.greet(device));
  }

  forget(deviceId: number): void {
    this.forgetSession(this.account, deviceId);
  }

  /** Drops the session with a device, whoever's it is; the next message starts a new one. */
  forgetSession(account: Account, deviceId: number): void {
    this.#party.dropSession(sessionAddress(account, deviceId));
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

  /** `<number>@s.whatsapp.net`. */
  get jid(): string {
    return accountJid(this.account, 'pn');
  }
}
