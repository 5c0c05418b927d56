import { Problem } from '../kernel/errors.ts';
import type { Connection, Vitals } from '../whatsapp/port.ts';
import { createConnectGate } from './connect-gate.ts';
import { ManagedSession, type ManagedSessionDeps } from './managed-session.ts';
import { alreadyPaired, noPairingCode, type PairingView, viewPairing } from './pairing.ts';
import { type SessionState, statusWord } from './state.ts';
import type { SessionChange, SessionKey, SessionRecord } from './store.ts';
import type { Undecryptable } from './undecryptable.ts';
import { type SessionView, viewSession } from './view.ts';

/** Logins cost CPU for signatures; more than this at once slows every one of them. */
const CONNECT_LIMITS = { atOnce: 8, spacingMs: 50 } as const;

/** All sessions of all workspaces, and the connection of each. */
export interface Sessions {
  /** Loads all sessions and connects, staggered, those that were running. */
  boot(): Promise<void>;
  list(workspaceId: string): SessionView[];
  /** Throws `session_not_found`. */
  get(workspaceId: string, id: string): SessionView;
  /** The QR text to show; null when there is none. Throws `session_not_found`. */
  qr(workspaceId: string, id: string): string | null;
  /**
   * Creates the session when it is new and connects it. Idempotent: calls at the same time share one
   * socket. Waits up to `waitMs` for a QR code, for `open`, or for a reason why neither comes.
   */
  start(workspaceId: string, id: string, waitMs: number): Promise<SessionView>;
  /** Creates the session, standing still, when it is new. */
  create(workspaceId: string, id: string): Promise<LiveSession>;
  /**
   * Creates the session when it is new and asks WhatsApp for a code to type on the phone (digits). Waits
   * for it up to `waitMs`. Throws `already_paired`, `pairing_refused` or `whatsapp_unreachable`.
   */
  pair(workspaceId: string, id: string, phone: string, waitMs: number): Promise<PairingView>;
  /**
   * Ends the connection, whatever it does, and makes a new one; a session that stands still is started.
   * Waits like `start`. Throws `session_not_found`.
   */
  restart(workspaceId: string, id: string, waitMs: number): Promise<SessionView>;
  /** Disconnects and stays so, across restarts too; the pairing is kept. */
  stop(workspaceId: string, id: string): Promise<SessionView>;
  /** Logs out of WhatsApp (bounded wait) and removes the session with all its data. */
  remove(workspaceId: string, id: string): Promise<void>;
  /**
   * Makes a session that stands still from what another gateway knew of it; `fill` gives it its identity.
   * When that fails nothing is left of it. Throws `session_exists`, and what `fill` throws.
   */
  adopt(
    workspaceId: string,
    id: string,
    known: SessionChange,
    fill: (record: SessionRecord) => Promise<void>,
  ): Promise<SessionView>;
  /** A session to send through. Throws `session_not_found`. */
  resolve(workspaceId: string, id: string): LiveSession;
  /** What is kept of a session; null when it is gone. */
  recordOf(key: SessionKey): SessionRecord | null;
  /** The open socket of a session; null while it has none. */
  connectionOf(key: SessionKey): Connection | null;
  counts(): { readonly total: number; readonly open: number };
  /** How many sessions are in each state; states without any are left out. */
  countsByState(): Readonly<Record<string, number>>;
  /** What was measured of every open connection, under `<workspace>/<session>`. */
  vitals(): ReadonlyMap<string, Vitals>;
  /** Payloads that could not be decrypted since the process started, under `<workspace>/<session>`. */
  undecryptable(): ReadonlyMap<string, Undecryptable>;
  /** Closes every socket and waits until all writes are committed; what should run stays so. */
  shutDown(): Promise<void>;
}

/** A session as it is kept and as it is right now. */
export interface LiveSession {
  readonly record: SessionRecord;
  readonly state: SessionState;
}

export type SessionsDeps = Omit<ManagedSessionDeps, 'gate' | 'onChange'> & {
  /** Called when a session becomes able to send. */
  readonly onOpen: (key: SessionKey) => void;
};

/** All sessions of all workspaces: one `ManagedSession` each. Bounded by what the operator creates. */
export function createSessions(deps: SessionsDeps): Sessions {
  return new Supervisor(deps);
}

class Supervisor implements Sessions {
  readonly #deps: SessionsDeps;
  readonly #managedDeps: ManagedSessionDeps;
  readonly #byName = new Map<string, ManagedSession>();
  readonly #byKey = new Map<SessionKey, ManagedSession>();
  /** Per name, the creation or removal under way: one at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    this.#managedDeps = {
      ...deps,
      gate: createConnectGate(deps.clock, CONNECT_LIMITS),
      onChange: (session) => {
        if (session.state.name === 'open') deps.onOpen(session.record.key);
      },
    };
  }

  async boot(): Promise<void> {
    for (const record of await this.#deps.store.all()) {
      if (this.#byKey.has(record.key)) continue;
      const identity = await this.#deps.whatsapp.identity({
        key: record.key,
        sessionId: record.id,
      });
      const session = this.#manage(
        record,
        stateAtBoot(record, this.#deps.clock.now()),
        identity !== 'none',
      );
      if (identity === 'corrupt') session.dispatch({ type: 'auth_corrupt' });
      else if (identity === 'paired' && record.desired === 'running' && !record.terminal) {
        session.dispatch({ type: 'start' });
      }
    }
  }

  list(workspaceId: string): SessionView[] {
    return [...this.#byName.values()]
      .filter((session) => session.record.workspaceId === workspaceId)
      .map((session) => this.#view(session));
  }

  get(workspaceId: string, id: string): SessionView {
    const session = this.#find(workspaceId, id);
    return this.#view(session);
  }

  qr(workspaceId: string, id: string): string | null {
    const { state } = this.#find(workspaceId, id);
    return state.name === 'qr' ? state.qr : null;
  }

  async start(workspaceId: string, id: string, waitMs: number): Promise<SessionView> {
    const session = await this.#findOrCreate(workspaceId, id);
    session.dispatch({ type: 'start' });
    const state = await session.waitFor(isSettled, waitMs);
    return this.#view(session, state);
  }

  create(workspaceId: string, id: string): Promise<LiveSession> {
    return this.#findOrCreate(workspaceId, id);
  }

  async pair(workspaceId: string, id: string, phone: string, waitMs: number): Promise<PairingView> {
    const session = await this.#findOrCreate(workspaceId, id);
    if (!session.isPairable) throw alreadyPaired(session.record, session.state);
    session.dispatch({ type: 'pair', phone });
    const state = await session.waitFor(isSettled, waitMs);
    if (state.name === 'pairing') return viewPairing(this.#view(session, state), state);
    throw noPairingCode(session.record, state);
  }

  async restart(workspaceId: string, id: string, waitMs: number): Promise<SessionView> {
    const session = this.#find(workspaceId, id);
    session.dispatch({ type: 'restart' });
    const state = await session.waitFor(isSettled, waitMs);
    return this.#view(session, state);
  }

  async stop(workspaceId: string, id: string): Promise<SessionView> {
    const session = this.#find(workspaceId, id);
    session.dispatch({ type: 'stop' });
    await session.shutDown();
    return this.#view(session);
  }

  async remove(workspaceId: string, id: string): Promise<void> {
    this.#find(workspaceId, id);
    await this.#inTurn(workspaceId, id, async () => {
      const session = this.#find(workspaceId, id);
      await session.logOut();
      const { key } = session.record;
      await this.#deps.whatsapp.forget({ key, sessionId: id });
      await this.#deps.store.remove(key, this.#deps.events.plan([]));
      this.#byName.delete(nameOf(workspaceId, id));
      this.#byKey.delete(key);
    });
  }

  adopt(
    workspaceId: string,
    id: string,
    known: SessionChange,
    fill: (record: SessionRecord) => Promise<void>,
  ): Promise<SessionView> {
    return this.#inTurn(workspaceId, id, async () => {
      if (this.#byName.has(nameOf(workspaceId, id))) throw sessionExists(id);
      const { store, clock, events } = this.#deps;
      const made = await store.create(workspaceId, id, clock.now());
      const change: SessionChange = { ...known, desired: 'stopped' };
      try {
        await store.update(made.key, change, events.plan([]));
        await fill(made);
      } catch (error) {
        await store.remove(made.key, events.plan([]));
        throw error;
      }
      const record = { ...made, ...change };
      return this.#view(this.#manage(record, stateAtBoot(record, clock.now()), true));
    });
  }

  resolve(workspaceId: string, id: string): LiveSession {
    return this.#find(workspaceId, id);
  }

  recordOf(key: SessionKey): SessionRecord | null {
    return this.#byKey.get(key)?.record ?? null;
  }

  connectionOf(key: SessionKey): Connection | null {
    return this.#byKey.get(key)?.connection ?? null;
  }

  counts(): { total: number; open: number } {
    const sessions = [...this.#byKey.values()];
    return {
      total: sessions.length,
      open: sessions.filter((session) => statusWord(session.state) === 'open').length,
    };
  }

  countsByState(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { state } of this.#byKey.values())
      counts[state.name] = (counts[state.name] ?? 0) + 1;
    return counts;
  }

  vitals(): Map<string, Vitals> {
    return new Map(
      [...this.#byName].flatMap(([name, { vitals }]) => (vitals ? [[name, vitals]] : [])),
    );
  }

  undecryptable(): Map<string, Undecryptable> {
    return new Map([...this.#byName].map(([name, session]) => [name, session.undecryptable]));
  }

  async shutDown(): Promise<void> {
    await Promise.all([...this.#byKey.values()].map((session) => session.shutDown()));
  }

  #view(session: ManagedSession, state = session.state): SessionView {
    const clientVersion = this.#deps.whatsapp.clientVersion();
    const { record, vitals, undecryptable } = session;
    return viewSession({ record, state, vitals, undecryptable, clientVersion });
  }

  #find(workspaceId: string, id: string): ManagedSession {
    const session = this.#byName.get(nameOf(workspaceId, id));
    if (session) return session;
    throw new Problem(
      'session_not_found',
      `There is no session "${id}". Create it with POST /sessions/${id}/start.`,
    );
  }

  async #findOrCreate(workspaceId: string, id: string): Promise<ManagedSession> {
    return this.#inTurn(workspaceId, id, async () => {
      const existing = this.#byName.get(nameOf(workspaceId, id));
      if (existing) return existing;
      const { store, clock } = this.#deps;
      const record = await store.create(workspaceId, id, clock.now());
      return this.#manage(record, stateAtBoot(record, clock.now()), false);
    });
  }

  #manage(record: SessionRecord, state: SessionState, paired: boolean): ManagedSession {
    const session = new ManagedSession(record, state, paired, this.#managedDeps);
    this.#byName.set(nameOf(record.workspaceId, record.id), session);
    this.#byKey.set(record.key, session);
    return session;
  }

  /** Runs creations and removals of one name one after the other. */
  #inTurn<T>(workspaceId: string, id: string, work: () => Promise<T>): Promise<T> {
    const name = nameOf(workspaceId, id);
    const result = (this.#turns.get(name) ?? Promise.resolve()).then(work, work);
    this.#turns.set(name, result);
    const forget = () => {
      if (this.#turns.get(name) === result) this.#turns.delete(name);
    };
    result.then(forget, forget);
    return result;
  }
}

const sessionExists = (id: string) =>
  new Problem(
    'session_exists',
    `There is a session "${id}" already. Delete it first, or import under another id.`,
  );

function nameOf(workspaceId: string, id: string): string {
  return `${workspaceId}/${id}`;
}

/** A state in which `start` has an answer: something to scan, a connection, or a reason for neither. */
function isSettled(state: SessionState): boolean {
  return state.name !== 'connecting';
}

function stateAtBoot(record: SessionRecord, nowMs: number): SessionState {
  const { terminal } = record;
  switch (terminal?.state) {
    case 'logged_out':
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      return { name: terminal.state, sinceMs: terminal.sinceMs, reason: terminal.reason };
    default:
      return { name: 'stopped', sinceMs: nowMs, reason: stopReason(record) };
  }
}

function stopReason(record: SessionRecord): 'not_started' | 'not_paired' | 'by_request' {
  if (record.phone) return record.desired === 'stopped' ? 'by_request' : 'not_started';
  return 'not_paired';
}
