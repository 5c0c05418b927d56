import type { Clock, Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { PastMessage } from '../whatsapp/history.ts';
import type { Notice } from '../whatsapp/notice.ts';
import type {
  Arrived,
  Connection,
  ConnectionSignal,
  DecryptionFailure,
  RestrictionSignal,
  Self,
  Vitals,
  WhatsApp,
  WireReceipt,
} from '../whatsapp/port.ts';
import type { ConnectGate, Leave } from './connect-gate.ts';
import { eventsOfChange, type SessionEvents } from './events.ts';
import { HealthWatch } from './health-watch.ts';
import {
  canPair,
  type Effect,
  type Input,
  idleMachine,
  type Machine,
  transition,
} from './machine.ts';
import { isConnected, type SessionState } from './state.ts';
import type { SessionChange, SessionRecord, SessionStore } from './store.ts';
import { NONE_UNDECRYPTABLE, oneMore, type Undecryptable } from './undecryptable.ts';

/** Who records what a session hears from WhatsApp. */
export interface InboundPort {
  record(session: SessionRecord, arrived: readonly Arrived[]): Promise<void>;
  receipt(session: SessionRecord, receipt: WireReceipt): Promise<void>;
  /** Calls, changes of groups and people, ...: see `Notice` for what may come twice. */
  notice?(session: SessionRecord, notice: Notice): Promise<void>;
  /** Messages from before the number was linked; resolves with how many were not there yet. */
  past?(session: SessionRecord, messages: readonly PastMessage[]): Promise<number>;
  /** WhatsApp spoke about what the account may do. Must not throw. */
  restriction?(session: SessionRecord, signal: RestrictionSignal): void;
}

export interface ManagedSessionDeps {
  readonly store: SessionStore;
  readonly whatsapp: WhatsApp;
  readonly events: SessionEvents;
  readonly inbound: InboundPort;
  readonly gate: ConnectGate;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called after each change of state. */
  readonly onChange: (session: ManagedSession) => void;
}

/** How long a removal waits for a connection that is being made. */
const LOGOUT_PATIENCE_MS = 5_000;

/**
 * One session at work: runs the state machine and carries out its effects. It never has two sockets:
 * a new one is opened only after the last one is closed and its writes are committed, and signals of
 * earlier sockets are dropped.
 */
export class ManagedSession {
  #record: SessionRecord;
  #machine: Machine;
  #connection: Connection | null = null;
  /** Counts sockets; what an earlier one reports is not heard. */
  #generation = 0;
  #closing: Promise<unknown> = Promise.resolve();
  #connecting: Promise<void> = Promise.resolve();
  #writes: Promise<void> = Promise.resolve();
  #retry: Timer | null = null;
  #leaveGate: Leave | null = null;
  #undecryptable = NONE_UNDECRYPTABLE;
  readonly #health: HealthWatch;
  readonly #waiters = new Set<(isLast: boolean) => void>();
  readonly #deps: ManagedSessionDeps;
  readonly #logger: Logger;

  constructor(
    record: SessionRecord,
    state: SessionState,
    paired: boolean,
    deps: ManagedSessionDeps,
  ) {
    this.#record = record;
    this.#machine = idleMachine(state, paired);
    this.#deps = deps;
    this.#logger = deps.logger.child({ session: record.id });
    this.#health = new HealthWatch(
      deps.clock,
      () => this.vitals,
      (health) => this.dispatch({ type: 'health', health }),
    );
  }

  get record(): SessionRecord {
    return this.#record;
  }

  get state(): SessionState {
    return this.#machine.state;
  }

  /** The socket to send through; null unless the session is open. */
  get connection(): Connection | null {
    return isConnected(this.state) ? this.#connection : null;
  }

  /** What was measured of the open connection; null while there is none. */
  get vitals(): Vitals | null {
    return this.connection?.vitals() ?? null;
  }

  /** Payloads that could not be decrypted since the process started. */
  get undecryptable(): Undecryptable {
    return this.#undecryptable;
  }

  /** Whether a phone may be linked. */
  get isPairable(): boolean {
    return canPair(this.#machine);
  }

  /** Feeds the state machine and carries out what it decides. */
  dispatch(input: Input): void {
    const { clock, random } = this.#deps;
    const before = this.state;
    const step = transition(this.#machine, input, {
      nowMs: clock.now(),
      chance: random.next(),
    });
    this.#machine = step.machine;
    if (input.type === 'open' || input.type === 'paired') this.#learnSelf(input.self);
    if (this.state !== before) this.#changed(before);
    for (const effect of step.effects) this.#perform(effect);
  }

  /**
   * Resolves with the first state that fits; with the current one after `timeoutMs`, or when the
   * session is shut down.
   */
  waitFor(fits: (state: SessionState) => boolean, timeoutMs: number): Promise<SessionState> {
    if (fits(this.state)) return Promise.resolve(this.state);
    return new Promise((resolve) => {
      const look = (isLast: boolean) => {
        if (!isLast && !fits(this.state)) return;
        timer.cancel();
        this.#waiters.delete(look);
        resolve(this.state);
      };
      const timer = this.#deps.clock.after(timeoutMs, () => look(true));
      this.#waiters.add(look);
    });
  }

  /** Ends the socket without changing what the operator wants; the process is about to stop. */
  async shutDown(): Promise<void> {
    this.#retry?.cancel();
    this.#health.stop();
    this.#closeSocket();
    for (const look of this.#waiters) look(true);
    await this.#settled();
  }

  /**
   * Unlinks the device at WhatsApp when that is possible, and ends everything. A connection that is just
   * being made is given a few seconds: else the phone would list a device that nobody has any more.
   */
  async logOut(): Promise<void> {
    if (this.#machine.history.paired) {
      await this.waitFor((state) => state.name !== 'connecting', LOGOUT_PATIENCE_MS);
    }
    const connection = this.connection;
    this.#retry?.cancel();
    if (connection) {
      this.#generation++;
      this.#connection = null;
      await connection.logout().catch((error: unknown) => {
        this.#logger.warn({ err: error }, 'WhatsApp could not be told of the logout');
      });
    }
    this.dispatch({ type: 'stop' });
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await this.#connecting;
    await this.#closing;
    await this.#writes;
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        this.#connecting = this.#connect(effect, ++this.#generation);
        return;
      case 'close':
        this.#closeSocket();
        return;
      case 'schedule_retry':
        this.#retry?.cancel();
        this.#retry = this.#deps.clock.after(effect.atMs - this.#deps.clock.now(), () =>
          this.dispatch({ type: 'retry_due' }),
        );
        return;
      case 'cancel_retry':
        this.#retry?.cancel();
        return;
      case 'forget':
        this.#closing = this.#closing
          .then(() => this.#deps.whatsapp.forget(this.#device))
          .catch((error: unknown) => this.#logger.error({ err: error }, 'identity not forgotten'));
        return;
    }
  }

  async #connect(
    { forget, pairWith }: Effect & { type: 'connect' },
    generation: number,
  ): Promise<void> {
    const { whatsapp, gate } = this.#deps;
    const current = () => generation === this.#generation;
    const leave = await gate.enter(current);
    try {
      await this.#closing;
      if (!current()) return leave();
      this.#leaveGate = leave;
      if (forget) await whatsapp.forget(this.#device);
      if ((await whatsapp.identity(this.#device)) === 'corrupt') {
        if (current()) this.dispatch({ type: 'auth_corrupt' });
        return;
      }
      const handlers = this.#handlers(current);
      const recovered = await whatsapp.recover(this.#device, handlers);
      if (recovered > 0) this.#logger.info({ recovered }, 'messages recovered after a crash');
      if (!current()) return;
      this.#connection = whatsapp.connect(this.#device, handlers, { pairWith });
    } catch (error) {
      this.#logger.error({ err: error }, 'the session could not be prepared');
      const cause = { code: null, reason: 'storage_unavailable' };
      if (current()) this.dispatch({ type: 'closed', cause });
    } finally {
      if (!this.#connection) leave();
    }
  }

  #handlers(current: () => boolean) {
    return {
      onConnection: (signal: ConnectionSignal) => {
        if (!current()) return;
        if (signal.type === 'closed') this.#closeSocket();
        this.dispatch(signal);
      },
      onMessages: (arrived: readonly Arrived[]) => this.#deps.inbound.record(this.#record, arrived),
      onReceipt: (receipt: WireReceipt) => this.#deps.inbound.receipt(this.#record, receipt),
      onNotice: async (notice: Notice) => this.#deps.inbound.notice?.(this.#record, notice),
      onPast: async (messages: readonly PastMessage[]) =>
        (await this.#deps.inbound.past?.(this.#record, messages)) ?? 0,
      onRestriction: (signal: RestrictionSignal) =>
        this.#deps.inbound.restriction?.(this.#record, signal),
      onSelf: (self: Self) => {
        if (current()) this.#toldSelf(self);
      },
      onUndecryptable: (failure: DecryptionFailure) => {
        this.#undecryptable = oneMore(this.#undecryptable, failure);
      },
    };
  }

  #closeSocket(): void {
    this.#generation++;
    this.#leaveGate?.();
    this.#leaveGate = null;
    const connection = this.#connection;
    this.#connection = null;
    if (!connection) return;
    this.#closing = this.#closing
      .then(() => connection.close())
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'socket did not close cleanly'));
  }

  get #device() {
    return { key: this.#record.key, sessionId: this.#record.id };
  }

  /** The phone tells the name of its owner some time after the link, and again when it changes. */
  #toldSelf(self: Self): void {
    const { phone, lid, pushName } = this.#record;
    this.#learnSelf(self);
    const change = selfIn(this.#record);
    if (change.phone === phone && change.lid === lid && change.pushName === pushName) return;
    const { store, events } = this.#deps;
    const { key } = this.#record;
    this.#writes = this.#writes.then(() =>
      store.update(key, change, events.plan([])).catch((error: unknown) => {
        this.#logger.error({ err: error }, 'the name of the account was not stored');
      }),
    );
  }

  #learnSelf(self: Self): void {
    const { phone, lid, pushName } = self;
    this.#record = {
      ...this.#record,
      phone,
      lid: lid ?? this.#record.lid,
      pushName: pushName ?? this.#record.pushName,
    };
  }

  #changed(before: SessionState): void {
    const { state } = this;
    if (state.name !== 'connecting') {
      this.#leaveGate?.();
      this.#leaveGate = null;
    }
    this.#logger.info(
      { state: state.name, ...('reason' in state ? { reason: state.reason } : {}) },
      'session state',
    );
    if (isConnected(state)) this.#health.start();
    else this.#health.stop();
    const change = this.#changeToKeep(before);
    this.#record = { ...this.#record, ...change };
    const record = this.#record;
    this.#writes = this.#writes.then(() => this.#keep(record, change, before, state));
    for (const look of this.#waiters) look(false);
    this.#deps.onChange(this);
  }

  /** What of a change outlives a restart. */
  #changeToKeep(before: SessionState): SessionChange {
    const { state } = this;
    switch (state.name) {
      case 'open':
        return selfIn(this.#record);
      case 'connecting':
        return before.name === 'connecting' || before.name === 'waiting_retry'
          ? {}
          : { desired: 'running', terminal: null };
      case 'stopped':
        return { desired: 'stopped', terminal: null };
      case 'logged_out':
      case 'replaced':
      case 'forbidden':
      case 'auth_corrupt':
        return {
          terminal: { state: state.name, reason: state.reason, sinceMs: state.sinceMs },
        };
      case 'qr':
      case 'pairing':
      case 'degraded':
      case 'waiting_retry':
        return {};
    }
  }

  async #keep(
    record: SessionRecord,
    change: SessionChange,
    before: SessionState,
    after: SessionState,
  ): Promise<void> {
    try {
      const { store, events } = this.#deps;
      const drafts = await eventsOfChange(record, before, after);
      if (drafts.length === 0 && Object.keys(change).length === 0) return;
      const batch = events.plan(drafts);
      await store.update(record.key, change, batch);
      events.committed(batch);
    } catch (error) {
      this.#logger.error({ err: error, state: after.name }, 'the change of state was not stored');
    }
  }
}

/** What is kept of who the session is. */
const selfIn = ({ phone, lid, pushName }: SessionRecord) => ({ phone, lid, pushName });
