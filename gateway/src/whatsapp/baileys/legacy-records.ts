import { hkdfSync, randomBytes } from 'node:crypto';
import type { SignalCreds } from 'baileys';
import { typed } from './curve.ts';
import { writeFields } from './protobuf-wire.ts';
import { parseJson } from './record-codec.ts';

/**
 * Records that the JavaScript libsignal wrote (they are JSON) turned into the bridge's form, so that a
 * device taken over from a Baileys auth folder goes on with the sessions it has. Both libraries keep the
 * same Double Ratchet state; what differs: JSON counts the last used message key where Signal counts the
 * next one, keeps message-key seeds where Signal keeps the derived keys, and has no key for a closed chain.
 */
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const SENDING = 1;
/** libsignal's own limits; older entries could not be used any more. */
const RECEIVER_CHAINS = 5;
const PREVIOUS_SESSIONS = 40;
const SENDER_KEY_STATES = 5;
const SENDER_MESSAGE_KEYS = 2_000;

interface LegacyChain {
  readonly chainKey: { readonly counter: number; readonly key?: string };
  readonly chainType: number;
  readonly messageKeys: Readonly<Record<string, string>>;
}

interface LegacySession {
  readonly registrationId?: number;
  readonly currentRatchet: {
    readonly ephemeralKeyPair: { readonly pubKey: string; readonly privKey: string };
    readonly previousCounter: number;
    readonly rootKey: string;
  };
  readonly indexInfo: {
    readonly baseKey: string;
    readonly closed: number;
    readonly used: number;
    readonly remoteIdentityKey: string;
  };
  readonly _chains: Readonly<Record<string, LegacyChain>>;
  readonly pendingPreKey?: {
    readonly signedKeyId: number;
    readonly baseKey: string;
    readonly preKeyId?: number;
  };
}

/** Bytes as `JSON.stringify` writes a buffer, or as Baileys does (then they are bytes already). */
type LegacyBytes = Uint8Array | { readonly data: readonly number[] };

interface LegacyIterated {
  readonly iteration: number;
  readonly seed: LegacyBytes;
}

interface LegacySenderKeyState {
  readonly senderKeyId: number;
  readonly senderChainKey: LegacyIterated;
  readonly senderSigningKey: { readonly public: LegacyBytes; readonly private?: LegacyBytes };
  readonly senderMessageKeys?: readonly LegacyIterated[];
}

/** Whether a stored record is one of the JavaScript library's. */
export function isLegacyRecord(record: Uint8Array): boolean {
  return record[0] === OPEN_BRACE || record[0] === OPEN_BRACKET;
}

/** Null when the record is damaged: then there is no session, and the next message starts a new one. */
export function convertLegacySession(record: Uint8Array, own: SignalCreds): Uint8Array | null {
  try {
    const { _sessions = {}, registrationId } = parseJson(record) as {
      _sessions?: Record<string, LegacySession>;
      registrationId?: number;
    };
    const sessions = Object.values(_sessions).sort(
      (one, other) => other.indexInfo.used - one.indexInfo.used,
    );
    const encode = (session: LegacySession) => encodeSession(session, registrationId, own);
    const open = sessions.find((session) => session.indexInfo.closed === -1);
    const closed = sessions.filter((session) => session !== open).slice(0, PREVIOUS_SESSIONS);
    return writeFields([
      [1, open && encode(open)],
      ...closed.map((session) => [2, encode(session)] as const),
    ]);
  } catch {
    return null;
  }
}

/** Null when the record is damaged: then the group's next message asks for the sender key again. */
export function convertLegacySenderKey(record: Uint8Array): Uint8Array | null {
  try {
    const states = parseJson(record) as LegacySenderKeyState[];
    // The JavaScript library appends the newest state, Signal puts it first.
    const newestFirst = states.slice(-SENDER_KEY_STATES).reverse();
    return writeFields(newestFirst.map((state) => [1, encodeSenderKeyState(state)] as const));
  } catch {
    return null;
  }
}

function encodeSession(
  session: LegacySession,
  recordRegistrationId: number | undefined,
  own: SignalCreds,
): Uint8Array {
  const { currentRatchet, indexInfo, pendingPreKey, _chains: chains } = session;
  const { pubKey, privKey } = currentRatchet.ephemeralKeyPair;
  const receiving = Object.entries(chains).filter(([, chain]) => chain.chainType !== SENDING);
  const sending = chains[pubKey];
  return writeFields([
    [1, 3],
    [2, typed(own.signedIdentityKey.public)],
    [3, typed(decode(indexInfo.remoteIdentityKey))],
    [4, decode(currentRatchet.rootKey)],
    [5, Math.max(0, currentRatchet.previousCounter)],
    [6, sending && encodeChain(decode(pubKey), sending, decode(privKey))],
    ...receiving
      .slice(-RECEIVER_CHAINS)
      .map(([key, chain]) => [7, encodeChain(decode(key), chain)] as const),
    [
      9,
      pendingPreKey &&
        writeFields([
          [1, pendingPreKey.preKeyId],
          [2, decode(pendingPreKey.baseKey)],
          [3, pendingPreKey.signedKeyId],
        ]),
    ],
    [10, session.registrationId ?? recordRegistrationId ?? 0],
    [11, own.registrationId],
    [13, decode(indexInfo.baseKey)],
  ]);
}

function encodeChain(
  ratchetKey: Uint8Array,
  chain: LegacyChain,
  privateKey?: Uint8Array,
): Uint8Array {
  const { counter, key } = chain.chainKey;
  // A closed chain has lost its key; only its kept message keys count. Signal wants 32 bytes there all
  // the same: they must be secret, or anybody could continue the chain.
  const chainKey = key ? decode(key) : randomBytes(32);
  return writeFields([
    [1, typed(ratchetKey)],
    [2, privateKey],
    [
      3,
      writeFields([
        [1, counter + 1],
        [2, chainKey],
      ]),
    ],
    ...Object.entries(chain.messageKeys).map(
      ([index, seed]) => [4, encodeMessageKey(Number(index), decode(seed))] as const,
    ),
  ]);
}

function encodeMessageKey(index: number, seed: Uint8Array): Uint8Array {
  const keys = Buffer.from(
    hkdfSync('sha256', seed, Buffer.alloc(32), Buffer.from('WhisperMessageKeys'), 80),
  );
  return writeFields([
    [1, index],
    [2, keys.subarray(0, 32)],
    [3, keys.subarray(32, 64)],
    [4, keys.subarray(64, 80)],
  ]);
}

function encodeSenderKeyState(state: LegacySenderKeyState): Uint8Array {
  const { senderChainKey, senderSigningKey, senderMessageKeys = [] } = state;
  const secret = senderSigningKey.private && bytesOf(senderSigningKey.private);
  const privateKey = secret?.length ? secret : null;
  // Own message keys are never read back; the JavaScript library leaves one behind per message sent.
  const kept = privateKey ? [] : senderMessageKeys.slice(-SENDER_MESSAGE_KEYS);
  return writeFields([
    [1, state.senderKeyId],
    [2, encodeIterated(senderChainKey)],
    [
      3,
      writeFields([
        [1, typed(bytesOf(senderSigningKey.public))],
        [2, privateKey],
      ]),
    ],
    ...kept.map((key) => [4, encodeIterated(key)] as const),
  ]);
}

function encodeIterated(key: LegacyIterated): Uint8Array {
  return writeFields([
    [1, key.iteration],
    [2, bytesOf(key.seed)],
  ]);
}

function bytesOf(bytes: LegacyBytes): Uint8Array {
  return bytes instanceof Uint8Array ? bytes : Uint8Array.from(bytes.data);
}

function decode(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}
