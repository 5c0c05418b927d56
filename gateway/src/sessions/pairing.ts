import { Problem } from '../kernel/errors.ts';
import { type SessionState, userAction } from './state.ts';
import type { SessionRecord } from './store.ts';
import type { SessionView } from './view.ts';

/** A session that shows a pairing code. */
export interface PairingView extends SessionView {
  /** As phones show it: `ABCD-EFGH`. */
  readonly code: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** A pairing code in two halves, as WhatsApp on the phone shows it. */
export function shownCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The answer to whoever asked for a code. */
export function viewPairing(
  view: SessionView,
  state: SessionState & { name: 'pairing' },
): PairingView {
  return {
    ...view,
    code: shownCode(state.code),
    expiresAt: new Date(state.expiresAtMs).toISOString(),
  };
}

/** Linking again would throw away an identity that works, or that a backup may bring back. */
export function alreadyPaired({ id }: SessionRecord, state: SessionState): Problem {
  const detail = [
    `The session "${id}" is linked to a phone already and is "${state.name}".`,
    userAction(state),
    'To link another phone, delete the session first or use another id.',
  ];
  return new Problem('already_paired', detail.filter(Boolean).join(' '));
}

/** Why no code came, from the state in which the session is instead. */
export function noPairingCode({ id }: SessionRecord, state: SessionState): Problem {
  if (state.name === 'stopped' && state.reason === 'pairing_refused') {
    return new Problem('pairing_refused', userAction(state) ?? 'Check the number.');
  }
  return new Problem(
    'whatsapp_unreachable',
    `No pairing code came in time; the session "${id}" is "${state.name}". ${userAction(state) ?? 'It goes on trying: ask again in a moment.'}`,
  );
}
