import type { Vitals } from '../whatsapp/port.ts';
import { type SessionState, type StatusWord, statusWord, userAction } from './state.ts';
import type { SessionRecord } from './store.ts';
import { totalOf, type Undecryptable } from './undecryptable.ts';

/** A session as the API shows it. Instants are ISO 8601. */
export interface SessionView {
  readonly id: string;
  readonly status: StatusWord;
  readonly state: SessionState['name'];
  readonly reason: string | null;
  readonly since: string;
  readonly nextRetryAt: string | null;
  readonly userAction: string | null;
  readonly phone: string | null;
  readonly lid: string | null;
  readonly pushName: string | null;
  readonly createdAt: string;
  /** The version of WhatsApp Web that the session presents when it connects. */
  readonly clientVersion: string;
  /** What was measured of the open connection; null while there is none. */
  readonly health: HealthView | null;
}

/** Signs of life of an open connection. */
export interface HealthView {
  /** When WhatsApp was last heard of. */
  readonly lastFrameAt: string;
  /** Milliseconds that WhatsApp took to answer the last ping; null before the first answer. */
  readonly pingMs: number | null;
  /** Sends that wait for WhatsApp's answer. */
  readonly unackedSends: number;
  /** Messages that could not be decrypted when they came, since the service was started; tries count. */
  readonly undecryptable: number;
}

/** Puts what is kept and what is true now into one picture. */
export function viewSession({
  record,
  state,
  vitals,
  undecryptable,
  clientVersion,
}: {
  readonly record: SessionRecord;
  readonly state: SessionState;
  readonly vitals: Vitals | null;
  readonly undecryptable: Undecryptable;
  readonly clientVersion: string;
}): SessionView {
  return {
    id: record.id,
    status: statusWord(state),
    state: state.name,
    reason: 'reason' in state ? state.reason : null,
    since: new Date(state.sinceMs).toISOString(),
    nextRetryAt:
      state.name === 'waiting_retry' ? new Date(state.nextRetryAtMs).toISOString() : null,
    userAction: userAction(state),
    phone: record.phone,
    lid: record.lid,
    pushName: record.pushName,
    createdAt: new Date(record.createdAtMs).toISOString(),
    clientVersion,
    health: vitals && viewHealth(vitals, undecryptable),
  };
}

const viewHealth = (
  { lastFrameAtMs, roundTripMs, unackedSends }: Vitals,
  undecryptable: Undecryptable,
): HealthView => ({
  lastFrameAt: new Date(lastFrameAtMs).toISOString(),
  pingMs: roundTripMs,
  unackedSends,
  undecryptable: totalOf(undecryptable),
});
