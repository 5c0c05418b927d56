import { type BackoffPolicy, backoffDelayMs } from '../kernel/backoff.ts';
import type { ConnectionSignal, DisconnectCause } from '../whatsapp/port.ts';
import {
  type DisconnectHistory,
  judge,
  NETWORK_BACKOFF,
  REPLACED_WINDOW_MS,
} from './disconnect-policy.ts';
import type { Health } from './health.ts';
import { RESTARTED, type SessionState, type StopReason } from './state.ts';

/** A session's state together with what later decisions depend on. */
export interface Machine {
  readonly state: SessionState;
  /** Connections that failed in a row; drives the backoff. */
  readonly failures: number;
  readonly history: DisconnectHistory;
  /** Digits of the phone that links the device by a code; null: by QR codes. */
  readonly pairWith: string | null;
}

/** All that can happen to a session. */
export type Input =
  | { readonly type: 'start' }
  | { readonly type: 'restart' }
  | { readonly type: 'pair'; readonly phone: string }
  | { readonly type: 'stop' }
  | { readonly type: 'retry_due' }
  | { readonly type: 'auth_corrupt' }
  | { readonly type: 'health'; readonly health: Health }
  | ConnectionSignal;

/** What is to be done after a transition; a small loop in the supervisor does it. */
export type Effect =
  | { readonly type: 'connect'; readonly forget: boolean; readonly pairWith: string | null }
  | { readonly type: 'close' }
  | { readonly type: 'schedule_retry'; readonly atMs: number }
  | { readonly type: 'cancel_retry' }
  | { readonly type: 'forget' };

/** What an input makes of a session: its next state, and what has to be done, in order. */
export interface Step {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
}

/** Instant and chance (uniform in [0, 1)) at which a decision is taken. */
export interface Moment {
  readonly nowMs: number;
  readonly chance: number;
}

/** A connection that held this long was good: the backoff starts anew after it. */
export const STABLE_AFTER_MS = 30_000;

const CLEAN_HISTORY = { refusedBefore: false, restarts: 0, replacedAtMs: [] };

/** A session that is not connected and does nothing by itself. */
export function idleMachine(state: SessionState, paired: boolean): Machine {
  return { state, failures: 0, history: { ...CLEAN_HISTORY, paired }, pairWith: null };
}

/** A code that is about to expire is replaced: a person needs some time to type it. */
const CODE_STILL_USEFUL_MS = 30_000;

/** Whether a phone may be linked: a device that is linked already would lose its identity. */
export function canPair({ state, history }: Machine): boolean {
  return state.name === 'logged_out' || !history.paired;
}

/**
 * The session's state machine: pure, total, synchronous. Signals are expected only from the current
 * connection; the supervisor drops those of earlier ones.
 */
export function transition(machine: Machine, input: Input, moment: Moment): Step {
  switch (input.type) {
    case 'start':
      return start(machine, moment);
    case 'restart':
      return restart(machine, moment);
    case 'pair':
      return pair(machine, input.phone, moment);
    case 'stop':
      return stop(machine, 'by_request', moment, [{ type: 'cancel_retry' }, { type: 'close' }]);
    case 'retry_due':
      return machine.state.name === 'waiting_retry'
        ? connect(machine, machine.state.reason, moment)
        : { machine, effects: [] };
    case 'auth_corrupt':
      return enter(
        machine,
        { name: 'auth_corrupt', sinceMs: moment.nowMs, reason: 'credentials_unreadable' },
        [{ type: 'cancel_retry' }, { type: 'close' }],
      );
    case 'health':
      return health(machine, input.health, moment);
    case 'qr':
      return qr(machine, input.text, moment);
    case 'pairing_code': {
      const { phone, code, expiresAtMs } = input;
      return enter(machine, { name: 'pairing', sinceMs: moment.nowMs, phone, code, expiresAtMs });
    }
    case 'paired':
      return enter(
        { ...machine, history: { ...CLEAN_HISTORY, paired: true }, pairWith: null },
        { name: 'connecting', sinceMs: moment.nowMs, reason: 'paired' },
      );
    case 'open':
      return enter(
        {
          ...machine,
          history: { ...machine.history, paired: true, refusedBefore: false, restarts: 0 },
        },
        { name: 'open', sinceMs: moment.nowMs },
      );
    case 'closed':
      return closed(machine, input.cause, moment);
  }
}

/** Idempotent: a session that is up, or on its way up, is left alone; a waiting one is tried at once. */
function start(machine: Machine, moment: Moment): Step {
  const { state } = machine;
  switch (state.name) {
    case 'connecting':
    case 'qr':
    case 'pairing':
    case 'open':
    case 'degraded':
      return { machine, effects: [] };
    case 'waiting_retry':
      return connect(machine, state.reason, moment, [{ type: 'cancel_retry' }]);
    case 'logged_out':
      return connect(idleMachine(state, false), 'started', moment, [], true);
    case 'stopped':
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      return connect(idleMachine(state, machine.history.paired), 'started', moment);
  }
}

/** A new socket at once, whatever the session does now. A pairing under way begins again, with a QR code. */
function restart(machine: Machine, moment: Moment): Step {
  const { state, history } = machine;
  const isLoggedOut = state.name === 'logged_out';
  return connect(
    idleMachine(state, history.paired && !isLoggedOut),
    RESTARTED,
    moment,
    [{ type: 'cancel_retry' }, { type: 'close' }],
    isLoggedOut,
  );
}

/**
 * Asks for a pairing code on a fresh connection, so that the code lives its full time. Asked again for the
 * same phone, the code that is being shown stays. Nothing happens to a device that is linked.
 */
function pair(machine: Machine, phone: string, moment: Moment): Step {
  const { state } = machine;
  const isUnderWay =
    (state.name === 'connecting' && machine.pairWith === phone) ||
    (state.name === 'pairing' &&
      state.phone === phone &&
      state.expiresAtMs - moment.nowMs >= CODE_STILL_USEFUL_MS);
  if (isUnderWay || !canPair(machine)) return { machine, effects: [] };
  return connect(
    { ...idleMachine(state, false), pairWith: phone },
    'pairing',
    moment,
    [{ type: 'cancel_retry' }, { type: 'close' }],
    state.name === 'logged_out',
  );
}

function connect(
  machine: Machine,
  reason: string,
  moment: Moment,
  before: readonly Effect[] = [],
  forget = false,
): Step {
  return enter(machine, { name: 'connecting', sinceMs: moment.nowMs, reason }, [
    ...before,
    { type: 'connect', forget, pairWith: machine.pairWith },
  ]);
}

function stop(
  machine: Machine,
  reason: StopReason,
  moment: Moment,
  effects: readonly Effect[] = [],
): Step {
  return enter(
    idleMachine(machine.state, machine.history.paired),
    { name: 'stopped', sinceMs: moment.nowMs, reason },
    effects,
  );
}

function qr(machine: Machine, text: string, moment: Moment): Step {
  const { state } = machine;
  const previous = state.name === 'qr' ? state : null;
  return enter(machine, {
    name: 'qr',
    sinceMs: previous?.sinceMs ?? moment.nowMs,
    qr: text,
    qrNumber: (previous?.qrNumber ?? 0) + 1,
  });
}

function closed(machine: Machine, cause: DisconnectCause, moment: Moment): Step {
  const { nowMs } = moment;
  const verdict = judge(cause, machine.history, nowMs);
  const after: Machine = { ...machine, history: remember(machine.history, cause, nowMs) };
  switch (verdict.kind) {
    case 'reconnect':
      return connect(after, verdict.reason, moment);
    case 'retry':
      return retry(after, verdict.reason, verdict.backoff, moment);
    case 'end':
      return enter(after, { name: verdict.state, sinceMs: nowMs, reason: verdict.reason });
    case 'stop':
      return stop(after, verdict.reason, moment, verdict.forget ? [{ type: 'forget' }] : []);
  }
}

function retry(
  machine: Machine,
  reason: string,
  backoff: BackoffPolicy,
  moment: Moment,
  before: readonly Effect[] = [],
): Step {
  const { nowMs } = moment;
  const failures = wasStable(machine.state, nowMs) ? 0 : machine.failures;
  const atMs = nowMs + backoffDelayMs(backoff, failures, moment.chance);
  return enter(
    { ...machine, failures: failures + 1 },
    { name: 'waiting_retry', sinceMs: nowMs, reason, nextRetryAtMs: atMs },
    [...before, { type: 'schedule_retry', atMs }],
  );
}

/** `degraded` while the connection ails; when it is dead, it is closed here and made anew. */
function health(machine: Machine, { kind, ...more }: Health, moment: Moment): Step {
  const { state } = machine;
  const { nowMs: sinceMs } = moment;
  const same = { machine, effects: [] };
  if (state.name !== 'open' && state.name !== 'degraded') return same;
  const reason = 'reason' in more ? more.reason : null;
  if (kind === 'dead') {
    return retry(machine, 'unresponsive', NETWORK_BACKOFF, moment, [{ type: 'close' }]);
  }
  const before = state.name === 'degraded' ? state.reason : null;
  if (reason === before) return same;
  if (reason === null) return enter(machine, { name: 'open', sinceMs });
  const openSinceMs = state.name === 'degraded' ? state.openSinceMs : state.sinceMs;
  return enter(machine, { name: 'degraded', sinceMs, reason, openSinceMs });
}

function remember(
  history: DisconnectHistory,
  cause: DisconnectCause,
  nowMs: number,
): DisconnectHistory {
  const recent = history.replacedAtMs.filter((atMs) => nowMs - atMs < REPLACED_WINDOW_MS);
  return {
    paired: history.paired,
    refusedBefore: history.refusedBefore || cause.code === 401,
    restarts: history.restarts + (cause.code === 515 ? 1 : 0),
    replacedAtMs: cause.code === 440 ? [...recent, nowMs] : recent,
  };
}

function wasStable(state: SessionState, nowMs: number): boolean {
  switch (state.name) {
    case 'open':
      return nowMs - state.sinceMs >= STABLE_AFTER_MS;
    case 'degraded':
      return nowMs - state.openSinceMs >= STABLE_AFTER_MS;
    default:
      return false;
  }
}

function enter(machine: Machine, state: SessionState, effects: readonly Effect[] = []): Step {
  return { machine: { ...machine, state }, effects };
}
