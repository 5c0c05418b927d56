import type { Vitals } from '../whatsapp/port.ts';
import { type SessionState, type StatusWord, statusWord, userAction } from './state.ts';
import type { SessionRecord } from './store.ts';

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
}

/** Puts what is kept and what is true now into one picture. */
export function viewSession(
  record: SessionRecord,
  state: SessionState,
  vitals: Vitals | null,
  clientVersion: string,
): SessionView {
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
    health: vitals && viewHealth(vitals),
  };
}

const viewHealth = ({ lastFrameAtMs, roundTripMs, unackedSends }: Vitals): HealthView => ({
  lastFrameAt: new Date(lastFrameAtMs).toISOString(),
  pingMs: roundTripMs,
  unackedSends,
});
