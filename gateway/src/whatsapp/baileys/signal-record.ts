import {
  bytesField,
  numberField,
  readFields,
  type WireField,
  writeFields,
} from './protobuf-wire.ts';

/**
 * Signal's session record as the bridge serialises it: libsignal's `RecordStructure` with
 * `current_session` (1) and `previous_sessions` (2). Field numbers are those of libsignal's
 * `storage.proto`.
 */
const CURRENT_SESSION = 1;
const PREVIOUS_SESSION = 2;
const SENDER_CHAIN = 6;
const REMOTE_REGISTRATION_ID = 10;
const ALICE_BASE_KEY = 13;
/** As many archived sessions as libsignal itself keeps. */
const KEPT_SESSIONS = 40;

/** What tells two sessions with one peer apart. */
export interface SessionInfo {
  readonly baseKey: Uint8Array;
  readonly registrationId: number;
}

/** Whether messages can be encrypted with the record's current session. */
export function hasOpenSession(record: Uint8Array): boolean {
  const session = currentSession(record);
  return !!session && bytesField(session, SENDER_CHAIN) !== null;
}

/** Base key and peer's registration id of the current session; null when there is none. */
export function sessionInfo(record: Uint8Array): SessionInfo | null {
  const session = currentSession(record);
  if (!session) return null;
  const baseKey = bytesField(session, ALICE_BASE_KEY);
  const registrationId = numberField(session, REMOTE_REGISTRATION_ID);
  return baseKey && registrationId !== null ? { baseKey, registrationId } : null;
}

/**
 * One record out of two of the same peer, filed under two addresses: `main` keeps its current session,
 * and the sessions of `other` stay usable for decryption. A peer changes its address without notice, so
 * messages of both sessions may still be under way.
 */
export function mergeRecords(main: Uint8Array, other: Uint8Array): Uint8Array {
  const sessions = (record: Uint8Array, number: number) =>
    readFields(record).flatMap((field) =>
      field.number === number && field.value instanceof Uint8Array ? [field.value] : [],
    );
  const [current] = sessions(main, CURRENT_SESSION);
  const older = [
    ...sessions(other, CURRENT_SESSION),
    ...sessions(main, PREVIOUS_SESSION),
    ...sessions(other, PREVIOUS_SESSION),
  ].slice(0, KEPT_SESSIONS);
  return writeFields([
    [CURRENT_SESSION, current],
    ...older.map((session) => [PREVIOUS_SESSION, session] as const),
  ]);
}

function currentSession(record: Uint8Array): WireField[] | null {
  try {
    const session = bytesField(readFields(record), CURRENT_SESSION);
    return session && readFields(session);
  } catch {
    return null;
  }
}
