import type { KeyRingState } from './key-ring.ts';

/** Everything that makes a party, ready to be stored. */
export interface PartyState {
  readonly keys: KeyRingState;
  readonly sessions: Iterable<readonly [string, Uint8Array]>;
  readonly senderKeys: Iterable<readonly [string, Uint8Array]>;
}

const VERSION = 1;

interface StoredParty {
  readonly version: number;
  readonly secret: string;
  readonly registrationId: number;
  readonly preKeyCount: number;
  readonly nextPreKeyId: number;
  readonly outstanding: number[];
  readonly signedPreKeySignature: string;
  readonly sessions: [string, string][];
  readonly senderKeys: [string, string][];
}

/** JSON in UTF-8, binary values in base64. */
export function encodeParty(state: PartyState): Uint8Array {
  const { keys } = state;
  const stored: StoredParty = {
    version: VERSION,
    secret: toBase64(keys.secret),
    registrationId: keys.registrationId,
    preKeyCount: keys.preKeyCount,
    nextPreKeyId: keys.nextPreKeyId,
    outstanding: [...keys.outstanding],
    signedPreKeySignature: toBase64(keys.signedPreKeySignature ?? new Uint8Array()),
    sessions: storedRecords(state.sessions),
    senderKeys: storedRecords(state.senderKeys),
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** The reverse of `encodeParty`. Throws when the bytes are not a snapshot of this version. */
export function decodeParty(snapshot: Uint8Array): PartyState {
  const stored = JSON.parse(Buffer.from(snapshot).toString('utf8')) as StoredParty;
  if (stored.version !== VERSION) {
    throw new Error(`a party snapshot of version ${stored.version} cannot be read`);
  }
  const signature = fromBase64(stored.signedPreKeySignature);
  return {
    keys: {
      secret: fromBase64(stored.secret),
      registrationId: stored.registrationId,
      preKeyCount: stored.preKeyCount,
      nextPreKeyId: stored.nextPreKeyId,
      outstanding: stored.outstanding,
      signedPreKeySignature: signature.length > 0 ? signature : null,
    },
    sessions: readRecords(stored.sessions),
    senderKeys: readRecords(stored.senderKeys),
  };
}

function storedRecords(records: Iterable<readonly [string, Uint8Array]>): [string, string][] {
  return Array.from(records, ([key, bytes]) => [key, toBase64(bytes)]);
}

function readRecords(records: [string, string][]): [string, Uint8Array][] {
  return records.map(([key, text]) => [key, fromBase64(text)]);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
