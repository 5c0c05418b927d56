import { type BinaryNode, makeWASocket } from 'baileys';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { GroupCalls } from '../groups.ts';
import type { HistoryBudget } from '../history.ts';
import type { PeopleCalls } from '../people.ts';
import {
  type ChatPresence,
  type Connection,
  type ConnectionSignal,
  type DeviceHandlers,
  type DeviceRef,
  type DisconnectCause,
  type Lookup,
  NotConnected,
  type OwnChange,
  type RelayOutcome,
  type RestrictionSignal,
  type Vitals,
} from '../port.ts';
import type { DeviceStore } from '../store.ts';
import type { ClientVersion } from '../version.ts';
import { callsOver } from './calls.ts';
import type { ClientVersionSource } from './client-version.ts';
import { CorruptCredentials, type Device, openDevice, ownAddresses, selfOf } from './device.ts';
import { disconnectCause, reasonOf } from './disconnect.ts';
import type { Egress } from './egress.ts';
import { EventFlush } from './event-flush.ts';
import { toMetadata } from './group-node.ts';
import { historyIntakeFor } from './history/for-device.ts';
import type { HistoryIntake } from './history/intake.ts';
import { failureOf, unreadableNotice } from './notices/unreadable.ts';
import type { OpenConnection } from './open-connection.ts';
import { PairingCode } from './pairing-code.ts';
import { Pulse } from './pulse.ts';
import { Sending } from './sending.ts';
import { type SocketOptions, socketConfig } from './socket-config.ts';
import { mendSignatures, trustRoot } from './trust.ts';
import { LOOK_EVERY_MS, verdict } from './vitality.ts';
import { cut, type LibrarySocket, wireUp } from './wiring.ts';

/** A server other than WhatsApp's own: a simulator. */
export interface ServerOptions {
  /** `ws://` or `wss://` URL. */
  readonly url: string;
  /** The root public key (32 bytes) of its certificates; WhatsApp's own when absent. */
  readonly rootKey?: Uint8Array | null;
}

export interface ConnectionDeps extends Pick<SocketOptions, 'message'> {
  readonly store: DeviceStore;
  readonly egress: () => Promise<Egress | null>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly server: ServerOptions | null;
  readonly history: HistoryBudget;
  readonly versions: ClientVersionSource;
  /** Digits of the phone that links the device by a code; null: by QR codes. */
  readonly pairWith: string | null;
}

const LOGOUT_LIMIT_MS = 5_000;

/** One socket of one device, from its making to its end. */
export class BaileysConnection implements Connection {
  readonly #ref: DeviceRef;
  readonly #handlers: DeviceHandlers;
  readonly #deps: ConnectionDeps;
  readonly #logger: Logger;
  readonly #sending: Sending;
  readonly #startedAtMs: number;
  readonly #version: ClientVersion;
  readonly #started: Promise<void>;
  readonly #calls = callsOver(() => this.#openParts());
  #device: Device | null = null;
  #socket: LibrarySocket | null = null;
  #history: HistoryIntake | null = null;
  #state: 'connecting' | 'answered' | 'open' | 'ended' = 'connecting';
  #pairingCode: PairingCode | null = null;
  #silent = false;
  #lastFrameAtMs: number | null = null;
  #pulse: Pulse | null = null;
  #look: Timer | null = null;
  readonly #flush: EventFlush;
  #closed: Promise<void> | null = null;

  constructor(ref: DeviceRef, handlers: DeviceHandlers, deps: ConnectionDeps) {
    this.#ref = ref;
    this.#handlers = handlers;
    this.#deps = deps;
    this.#logger = deps.logger.child({ session: ref.sessionId });
    this.#flush = new EventFlush(deps.clock, () => this.#socket);
    this.#sending = new Sending({
      clock: deps.clock,
      open: () => this.#openParts(),
      addressingOfGroup: async (chatId) => (await this.groups.get(chatId)).addressing,
      onHandedOver: () => this.#flushSoon(),
      onRestriction: (signal) => this.#restricted(signal),
    });
    this.#startedAtMs = deps.clock.now();
    this.#version = deps.versions.current();
    this.#started = this.#start();
  }

  vitals(): Vitals | null {
    if (this.#state !== 'open') return null;
    return {
      lastFrameAtMs: this.#lastFrameAtMs ?? this.#startedAtMs,
      pingWaitingSinceMs: this.#pulse?.waitingSinceMs ?? null,
      roundTripMs: this.#pulse?.roundTripMs ?? null,
      unackedSends: this.#sending.acks.waiting,
      unackedSinceMs: this.#sending.acks.unansweredSinceMs,
    };
  }

  get groups(): GroupCalls {
    return this.#calls.groups;
  }

  get people(): PeopleCalls {
    return this.#calls.people;
  }

  prepare(...call: Parameters<Connection['prepare']>): Promise<Uint8Array> {
    return this.#sending.prepare(...call);
  }

  relay(...call: Parameters<Connection['relay']>): Promise<RelayOutcome> {
    return this.#sending.relay(...call);
  }

  presence(chatId: string, state: ChatPresence): Promise<void> {
    return this.#sending.presence(chatId, state);
  }

  change(chatId: string, change: OwnChange): Promise<void> {
    return this.#sending.change(chatId, change);
  }

  lookUp(phones: readonly string[]): Promise<Lookup[]> {
    return this.#calls.lookUp(phones);
  }

  uploadAgain(
    ...lost: Parameters<Connection['uploadAgain']>
  ): ReturnType<Connection['uploadAgain']> {
    return this.#sending.uploadAgain(...lost);
  }

  async logout(): Promise<void> {
    const socket = this.#state === 'open' ? this.#socket : null;
    const jid = this.#device?.auth.creds.me?.id;
    this.#silent = true;
    if (socket && jid) {
      const unlink = {
        tag: 'remove-companion-device',
        attrs: { jid, reason: 'user_initiated' },
      };
      const attrs = { to: '@s.whatsapp.net', type: 'set', xmlns: 'md' };
      // WhatsApp answers, or closes the connection: both mean that it knows.
      await socket
        .query({ tag: 'iq', attrs, content: [unlink] }, LOGOUT_LIMIT_MS)
        .catch(() => undefined);
    }
    await this.close();
  }

  close(): Promise<void> {
    this.#silent = true;
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #start(): Promise<void> {
    const { clock, server } = this.#deps;
    mendSignatures();
    try {
      this.#device = await openDevice(
        this.#ref,
        { ...this.#deps, logger: this.#logger },
        {
          onMessages: (arrived) => this.#handlers.onMessages(arrived),
          onHistory: (journalId) => this.#history?.push(journalId),
          onUnreadable: (stanza, error) => this.#unreadable(stanza, error),
          onStorageFailure: () => this.#end({ code: null, reason: 'storage_unavailable' }),
        },
      );
      const egress = await this.#deps.egress();
      if (this.#state === 'ended') return;
      trustRoot(server?.rootKey ?? null);
      this.#connect(this.#device, egress);
      this.#look = clock.after(LOOK_EVERY_MS, () => this.#lookForLife());
    } catch (error) {
      const reason =
        error instanceof CorruptCredentials ? `auth_corrupt: ${error.message}` : reasonOf(error);
      this.#end({ code: null, reason });
    }
  }

  #connect(device: Device, egress: Egress | null): void {
    const { clock, pairWith } = this.#deps;
    const parts = { ...this.#deps, key: this.#ref.key, device, egress, logger: this.#logger };
    this.#history = historyIntakeFor(parts, this.#handlers);
    const socket = makeWASocket(
      socketConfig({
        ...this.#deps,
        device,
        egress,
        clientName: this.#ref.sessionId,
        version: this.#version,
        byCode: pairWith !== null,
        logger: this.#logger,
        group: (chatId) => this.groups.get(chatId).then(toMetadata, () => undefined),
      }),
    );
    this.#socket = socket;
    this.#pulse = new Pulse(socket, clock);
    if (pairWith !== null) {
      this.#pairingCode = new PairingCode({
        socket,
        phone: pairWith,
        clock,
        onCode: (code, expiresAtMs) =>
          this.#answered({ type: 'pairing_code', phone: pairWith, code, expiresAtMs }),
        onFailed: (cause) => this.#end(cause),
      });
    }
    wireUp(socket, device, {
      now: () => clock.now(),
      onFrame: () => {
        this.#lastFrameAtMs = clock.now();
        this.#flushSoon();
      },
      onAck: (stanza) => this.#sending.acks.heard(stanza),
      onReceipt: (receipt) => this.#handlers.onReceipt(receipt),
      onNotice: async (notice) => this.#handlers.onNotice?.(notice),
      onQr: (text) => {
        if (this.#pairingCode) this.#pairingCode.ready();
        else this.#answered({ type: 'qr', text });
      },
      onCredentials: () => this.#tellSelf(device),
      onPaired: () => this.#signalSelf('paired'),
      onOpen: () => this.#opened(device),
      onClosed: (error) => this.#end(disconnectCause(error)),
      onRefused: (status) =>
        this.#end({ code: 503, reason: `the WebSocket was refused with HTTP ${status}` }),
      onStorageFailure: () => this.#end({ code: null, reason: 'storage_unavailable' }),
      onRestriction: (signal) => this.#restricted(signal),
      logger: this.#logger,
    });
  }

  #flushSoon(): void {
    if (this.#state !== 'ended') this.#flush.soon();
  }

  #unreadable(stanza: BinaryNode | null, error: unknown): void {
    this.#handlers.onUndecryptable?.(failureOf(error));
    const own = this.#device ? ownAddresses(this.#device.auth.creds) : null;
    const notice = own && stanza && unreadableNotice(stanza, error, own, this.#deps.clock.now());
    if (!notice) return;
    this.#handlers.onNotice?.(notice).catch((failure: unknown) => {
      this.#logger.warn({ err: failure }, 'an unreadable message was not noted');
    });
  }

  #opened(device: Device): void {
    this.#deps.versions.accepted(this.#version);
    this.#signalSelf('open');
    this.#state = this.#state === 'ended' ? 'ended' : 'open';
    device.inbound.start();
  }

  #signalSelf(type: 'paired' | 'open'): void {
    const creds = this.#device?.auth.creds;
    const self = creds && selfOf(creds);
    if (self) this.#answered({ type, self });
  }

  #tellSelf({ auth }: Device): void {
    const self = this.#state === 'open' ? selfOf(auth.creds) : null;
    if (self) this.#handlers.onSelf?.(self);
  }

  #answered(signal: ConnectionSignal): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'connecting') this.#state = 'answered';
    this.#pulse?.start();
    this.#emit(signal);
  }

  #emit(signal: ConnectionSignal): void {
    if (this.#silent) return;
    try {
      this.#handlers.onConnection(signal);
    } catch (error) {
      this.#logger.error({ err: error, signal: signal.type }, 'a signal was not handled');
    }
  }

  #restricted(signal: RestrictionSignal): void {
    if (this.#silent) return;
    try {
      this.#handlers.onRestriction?.(signal);
    } catch (error) {
      this.#logger.error({ err: error }, 'a restriction was not handled');
    }
  }

  #lookForLife(): void {
    if (this.#state === 'ended' || this.#state === 'open') return;
    const { clock } = this.#deps;
    const reason = verdict(
      {
        startedAtMs: this.#startedAtMs,
        lastFrameAtMs: this.#lastFrameAtMs,
        answered: this.#state !== 'connecting',
      },
      clock.now(),
    );
    if (reason) this.#end({ code: 408, reason });
    else this.#look = clock.after(LOOK_EVERY_MS, () => this.#lookForLife());
  }

  /** The end, whoever brings it about. From here on nothing leaves the process through this socket. */
  #end(cause: DisconnectCause): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#look?.cancel();
    this.#pulse?.stop();
    this.#flush.stop();
    this.#pairingCode?.end();
    if (this.#socket) cut(this.#socket, this.#deps.clock);
    this.#sending.acks.abandon('the connection ended');
    if (cause.code !== 405) return this.#emit({ type: 'closed', cause });
    void this.#deps.versions.refused(this.#version).then((anotherVersion) => {
      this.#emit({ type: 'closed', cause: { ...cause, anotherVersion } });
    });
  }

  async #shutDown(): Promise<void> {
    this.#end({ code: null, reason: 'closed' });
    await this.#started;
    await this.#history?.stop();
    await this.#device?.settle();
  }

  #openParts(): OpenConnection {
    const socket = this.#socket;
    const device = this.#device;
    if (this.#state !== 'open' || !socket || !device) throw new NotConnected('not connected');
    return { socket, device, clock: this.#deps.clock };
  }
}
