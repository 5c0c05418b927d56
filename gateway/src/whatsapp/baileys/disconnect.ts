import { DisconnectReason } from 'baileys';
import type { DisconnectCause } from '../port.ts';

/** What `processHandshake` of the library complains of when a certificate does not hold. */
const UNTRUSTED =
  /noise certificate|noise intermediate certificate|noise leaf|certification match/i;
const QR_EXHAUSTED = /QR refs attempts ended/;

/** The library's errors carry WhatsApp's number here (they are Boom objects). */
interface CodedError {
  readonly message?: unknown;
  readonly output?: { readonly statusCode?: unknown };
}

/** Why a socket ended, from whatever the library gives: a Boom, an error, a bare number, or nothing. */
export function disconnectCause(error: unknown): DisconnectCause {
  const reason = reasonOf(error);
  if (UNTRUSTED.test(reason)) return { code: null, reason, untrustedServer: true };
  const code = codeOf(error);
  return QR_EXHAUSTED.test(reason) ? { code, reason, qrExhausted: true } : { code, reason };
}

/** A text for any rejection; in-flight calls of the library reject with the bare number 1006. */
export function reasonOf(error: unknown): string {
  if (typeof error === 'number') return `connection closed (${error})`;
  if (typeof error === 'string') return error;
  const { message } = (error ?? {}) as CodedError;
  return typeof message === 'string' && message ? message : 'connection closed';
}

/**
 * Whether a call failed because the connection went away under it. The library then rejects with the bare
 * number of the WebSocket, with its own 428 when it had noticed before, or with what the system said of
 * the write.
 */
export function tellsOfLostConnection(error: unknown): boolean {
  if (codeOf(error) === DisconnectReason.connectionClosed) return true;
  return error instanceof Error && 'syscall' in error && error.syscall === 'write';
}

function codeOf(error: unknown): number | null {
  if (typeof error === 'number') return DisconnectReason.connectionClosed;
  const code = ((error ?? {}) as CodedError).output?.statusCode;
  return typeof code === 'number' ? code : null;
}
