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
/** In a message that starts a session: the base key of that session. */
const MESSAGE_BASE_KEY = 2;
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

/** One session of a record that a message may belong to. */
export interface CandidateSession {
  /** A record with this session only. */
  readonly alone: Uint8Array;
  /** The whole record again, once `alone` has become `used`: the session used last is the current one. */
  readonly rejoin: (used: Uint8Array) => Uint8Array;
}

/**
 * The sessions to try a message with, in turn. A message that starts a session belongs to the one with
 * its base key. None when it starts one that is not in the record, or when the bytes cannot be read:
 * then the record is for the cipher to judge.
 */
export function candidateSessions(
  record: Uint8Array,
  type: 'pkmsg' | 'msg',
  ciphertext: Uint8Array,
): CandidateSession[] {
  try {
    const sessions = sessionsOf(record);
    const baseKey = type === 'pkmsg' ? baseKeyOf(ciphertext) : null;
    return sessions.flatMap((session, index) => {
      if (type === 'pkmsg' && !isSame(baseKey, bytesField(readFields(session), ALICE_BASE_KEY))) {
        return [];
      }
      const others = sessions.filter((_other, place) => place !== index);
      return [
        {
          alone: recordOf([session]),
          rejoin: (used) => recordOf([...sessionsOf(used), ...others]),
        },
      ];
    });
  } catch {
    return [];
  }
}

/** A version byte, then a protobuf. */
function baseKeyOf(preKeyMessage: Uint8Array): Uint8Array | null {
  return bytesField(readFields(preKeyMessage.subarray(1)), MESSAGE_BASE_KEY);
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return !!one && !!other && Buffer.compare(one, other) === 0;
}

/** The sessions of a record, the current one first. */
function sessionsOf(record: Uint8Array): Uint8Array[] {
  const fields = readFields(record);
  const current = bytesField(fields, CURRENT_SESSION);
  const previous = fields.flatMap(({ number, value }) =>
    number === PREVIOUS_SESSION && value instanceof Uint8Array ? [value] : [],
  );
  return current ? [current, ...previous] : previous;
}

function recordOf([current, ...previous]: readonly Uint8Array[]): Uint8Array {
  return writeFields([
    [CURRENT_SESSION, current],
    ...previous.slice(0, KEPT_SESSIONS).map((session) => [PREVIOUS_SESSION, session] as const),
  ]);
}

/**
 * One record out of two of the same peer, filed under two addresses: `main` keeps its current session,
 * and the sessions of `other` stay usable for decryption. A peer changes its address without notice, so
 * messages of both sessions may still be under way.
 */
export function mergeRecords(main: Uint8Array, other: Uint8Array): Uint8Array {
  const [current, ...previous] = sessionsOf(main);
  const [otherCurrent, ...otherPrevious] = sessionsOf(other);
  return recordOf([current, otherCurrent, ...previous, ...otherPrevious].filter((one) => !!one));
}

function currentSession(record: Uint8Array): WireField[] | null {
  try {
    const session = bytesField(readFields(record), CURRENT_SESSION);
    return session && readFields(session);
  } catch {
    return null;
  }
}
