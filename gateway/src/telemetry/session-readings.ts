import type { DecryptionFailure, Vitals } from '../whatsapp/port.ts';
import type { Reading } from './metrics.ts';

/** What is asked of the sessions. */
interface SessionFigures {
  countsByState(): Readonly<Record<string, number>>;
  vitals(): ReadonlyMap<string, Vitals>;
  undecryptable(): ReadonlyMap<string, Readonly<Record<DecryptionFailure, number>>>;
}

/** Sessions by state, and how alive each connection is. */
export function sessionReadings(sessions: SessionFigures, now: () => number): Reading[] {
  return [
    {
      name: 'sessions',
      help: 'Sessions by state',
      label: 'state',
      read: () => sessions.countsByState(),
    },
    ...healthReadings(sessions, now),
    ...decryptionReadings(sessions),
  ];
}

/** What could not be decrypted since the process started: once by session, once by why. */
function decryptionReadings(sessions: SessionFigures): Reading[] {
  const counts = () => [...sessions.undecryptable()];
  const sum = (of: (figures: Record<DecryptionFailure, number>) => number) =>
    counts().reduce((total, [, figures]) => total + of(figures), 0);
  return [
    {
      name: 'session_undecryptable_total',
      help: 'Messages that could not be decrypted, each try counted, by workspace/session',
      label: 'session',
      read: () =>
        Object.fromEntries(
          counts().map(([name, figures]) => [name, figures.no_session + figures.undecryptable]),
        ),
    },
    {
      name: 'undecryptable_total',
      help: 'The same by reason: no_session (a session or group key we do not have), undecryptable',
      label: 'reason',
      read: () => ({
        no_session: sum(({ no_session }) => no_session),
        undecryptable: sum(({ undecryptable }) => undecryptable),
      }),
    },
  ];
}

/** One figure per open connection; as many as the operator has sessions. */
function healthReadings(sessions: SessionFigures, now: () => number): Reading[] {
  const perSession = (
    name: string,
    help: string,
    read: (vitals: Vitals) => number | null,
  ): Reading => ({
    name,
    help,
    label: 'session',
    read: () =>
      Object.fromEntries(
        [...sessions.vitals()].flatMap(([session, vitals]) => {
          const figure = read(vitals);
          return figure === null ? [] : [[session, figure]];
        }),
      ),
  });
  return [
    perSession(
      'session_silence_seconds',
      'Since WhatsApp was last heard of, by workspace/session',
      ({ lastFrameAtMs }) => (now() - lastFrameAtMs) / 1000,
    ),
    perSession(
      'session_ping_seconds',
      'Round trip of the last answered ping, by workspace/session',
      ({ roundTripMs }) => (roundTripMs === null ? null : roundTripMs / 1000),
    ),
    perSession(
      'session_unacked_sends',
      'Sends that wait for the answer of WhatsApp, by workspace/session',
      ({ unackedSends }) => unackedSends,
    ),
  ];
}
