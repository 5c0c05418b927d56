import { once } from 'node:events';
import { proto } from 'baileys';
import { WebSocket } from 'ws';
import { linkDevice } from '../../../simulator/src/accounts/account.ts';
import type { AccountHandle, Simulator } from '../../../simulator/src/index.ts';
import { type Random, seededRandom } from '../../../simulator/src/kernel/random.ts';
import { generateKeyPair, type KeyPair } from '../../../simulator/src/signal/curve.ts';
import { createSignalParty } from '../../../simulator/src/signal/party.ts';
import type { SignalParty } from '../../../simulator/src/signal/port.ts';
import { decodeStanza } from '../../../simulator/src/wire/decoder.ts';
import { encodeStanza } from '../../../simulator/src/wire/encoder.ts';
import { FrameSplitter, frame, HEADER } from '../../../simulator/src/wire/frames.ts';
import { NoiseInitiator, type NoiseTransport } from '../../../simulator/src/wire/noise.ts';
import { type Stanza, stanza } from '../../../simulator/src/wire/stanza.ts';

/** A client that says exactly what a test wants it to say, right or wrong. */
export class WireClient {
  readonly party: SignalParty;
  readonly received: Stanza[] = [];
  readonly #socket: WebSocket;
  readonly #transport: NoiseTransport;
  readonly #splitter: FrameSplitter;
  readonly #watchers = new Set<() => void>();

  private constructor(
    socket: WebSocket,
    transport: NoiseTransport,
    splitter: FrameSplitter,
    party: SignalParty,
  ) {
    this.#socket = socket;
    this.#transport = transport;
    this.#splitter = splitter;
    this.party = party;
    socket.on('message', (data: Buffer) => this.take(data));
  }

  /** Links a device to an account past all pairing, and logs it in. */
  static async logIn(simulator: Simulator, account: AccountHandle): Promise<WireClient> {
    const random = seededRandom(account.devices.length + 99);
    const party = createSignalParty({ random });
    const noiseKey = generateKeyPair(random);
    const device = linkDevice(
      account.account,
      {
        platform: 'Test',
        noiseKey: noiseKey.publicKey,
        identity: party.identity,
        registrationId: party.registrationId,
        signedPreKey: party.signedPreKey,
      },
      0,
    );
    const login = { username: Number(account.number), device: device.id, passive: true };
    return WireClient.#shakeHands(simulator, noiseKey, random, login, party);
  }

  static async #shakeHands(
    simulator: Simulator,
    noiseKey: KeyPair,
    random: Random,
    login: proto.IClientPayload,
    party: SignalParty,
  ): Promise<WireClient> {
    const socket = new WebSocket(simulator.url);
    await once(socket, 'open');
    const handshake = new NoiseInitiator(noiseKey, generateKeyPair(random), HEADER);
    const splitter = new FrameSplitter(HEADER);
    const answered = once(socket, 'message');
    socket.send(Buffer.concat([HEADER, frame(handshake.hello())]));
    const [data] = (await answered) as [Buffer];
    const [hello] = splitter.push(data);
    const payload = proto.ClientPayload.encode(login).finish();
    const { message, transport } = handshake.finish(hello ?? new Uint8Array(), payload);
    const client = new WireClient(socket, transport, splitter, party);
    socket.send(frame(message));
    await client.until((node) => node.tag === 'success');
    return client;
  }

  send(node: Stanza): void {
    this.#socket.send(frame(this.#transport.encrypt(encodeStanza(node))));
  }

  /** Sends bytes that are no frame of this connection. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Asks and resolves with the answer. */
  ask(xmlns: string, type: string, content: readonly Stanza[]): Promise<Stanza> {
    const id = `t${this.received.length}-${Math.floor(performance.now() * 1000)}`;
    this.send(stanza('iq', { id, xmlns, type, to: 's.whatsapp.net' }, content));
    return this.until((node) => node.attrs['id'] === id);
  }

  /** The first stanza, past or future, that matches. */
  until(matches: (node: Stanza) => boolean): Promise<Stanza> {
    const past = this.received.find(matches);
    if (past) return Promise.resolve(past);
    return new Promise((resolve) => {
      const watch = () => {
        const found = this.received.find(matches);
        if (!found) return;
        this.#watchers.delete(watch);
        resolve(found);
      };
      this.#watchers.add(watch);
    });
  }

  async closed(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close');
  }

  stop(): void {
    this.#socket.terminate();
  }

  private take(data: Buffer): void {
    for (const payload of this.#splitter.push(data)) {
      this.received.push(decodeStanza(this.#transport.decrypt(payload)));
    }
    for (const watch of this.#watchers) watch();
  }
}
