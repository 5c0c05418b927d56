import { timingSafeEqual } from 'node:crypto';
import { proto } from 'baileys';
import type { Random } from '../kernel/random.ts';
import {
  type AppStateKeys,
  decryptValue,
  encryptValue,
  HASH_LENGTH,
  indexMacOf,
  MAC_LENGTH,
  mixHash,
  type Operation,
  valueMacOf,
} from './app-state-crypto.ts';

/** One setting: what it is about (`["archive", chat]`) and its value. */
export interface Mutation {
  readonly operation: Operation;
  readonly index: readonly string[];
  readonly value: proto.ISyncActionValue;
  /** Version of the kind of action, fixed by WhatsApp. */
  readonly version: number;
}

/** A mutation as it lies on the server. */
export interface SealedMutation {
  readonly operation: Operation;
  readonly indexMac: Uint8Array;
  readonly valueMac: Uint8Array;
  readonly record: proto.ISyncdRecord;
}

/** What is wrong with a patch that a client made. */
export type AppStateFailure =
  | 'malformed'
  | 'external'
  | 'unknown-key'
  | 'value-mac'
  | 'index-mac'
  | 'snapshot-mac'
  | 'patch-mac'
  | 'full';

export class AppStateError extends Error {
  readonly failure: AppStateFailure;

  constructor(failure: AppStateFailure, detail: string) {
    super(detail);
    this.name = 'AppStateError';
    this.failure = failure;
  }
}

const SyncdOperation = proto.SyncdMutation.SyncdOperation;

export function sealMutation(
  mutation: Mutation,
  keys: AppStateKeys,
  random: Random,
): SealedMutation {
  const { operation, version, value } = mutation;
  const index = Buffer.from(JSON.stringify(mutation.index));
  const action = { index, value, version, padding: new Uint8Array() };
  const plain = proto.SyncActionData.encode(action).finish();
  const encrypted = encryptValue(plain, keys, random.bytes(16));
  const valueMac = valueMacOf(operation, encrypted, keys);
  const indexMac = indexMacOf(index, keys);
  const record = {
    index: { blob: indexMac },
    value: { blob: Buffer.concat([encrypted, valueMac]) },
    keyId: { id: keys.id },
  };
  return { operation, indexMac, valueMac, record };
}

/** The parts of a record that everybody can read. Throws `AppStateError` of kind `malformed`. */
export function readSealed(mutation: proto.ISyncdMutation): SealedMutation {
  const record = mutation.record ?? {};
  const indexMac = record.index?.blob;
  const value = record.value?.blob;
  if (indexMac?.length !== MAC_LENGTH || !value || value.length <= MAC_LENGTH) {
    throw new AppStateError('malformed', 'a mutation lacks its index or value');
  }
  return {
    operation: mutation.operation === SyncdOperation.REMOVE ? 'remove' : 'set',
    indexMac,
    valueMac: value.subarray(-MAC_LENGTH),
    record,
  };
}

/** Decrypts a mutation and checks both of its MACs. Throws `AppStateError`. */
export function openMutation(sealed: SealedMutation, keys: AppStateKeys): Mutation {
  const encrypted = (sealed.record.value?.blob ?? new Uint8Array()).subarray(0, -MAC_LENGTH);
  if (!equal(valueMacOf(sealed.operation, encrypted, keys), sealed.valueMac)) {
    throw new AppStateError('value-mac', 'the MAC of a value is wrong');
  }
  const data = openValue(encrypted, keys);
  const indexBytes = data.index ?? new Uint8Array();
  if (!equal(indexMacOf(indexBytes, keys), sealed.indexMac)) {
    throw new AppStateError('index-mac', 'the MAC of an index is wrong');
  }
  return {
    operation: sealed.operation,
    index: readIndex(indexBytes),
    value: data.value ?? {},
    version: data.version ?? 0,
  };
}

function openValue(encrypted: Uint8Array, keys: AppStateKeys): proto.SyncActionData {
  try {
    return proto.SyncActionData.decode(decryptValue(encrypted, keys));
  } catch (error) {
    throw new AppStateError('malformed', `a value cannot be read: ${String(error)}`);
  }
}

function readIndex(bytes: Uint8Array): string[] {
  try {
    const index: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (Array.isArray(index)) return index.map(String);
  } catch {
    // Falls through: not JSON is as wrong as not a list.
  }
  throw new AppStateError('malformed', 'an index is not a JSON list');
}

/** What all devices must agree on: the version, the hash, and which values the hash is made of. */
export interface HashState {
  readonly version: number;
  readonly hash: Uint8Array;
  /** MAC of the value by hexadecimal MAC of the index. */
  readonly valueMacs: ReadonlyMap<string, Uint8Array>;
}

export const EMPTY_STATE: HashState = {
  version: 0,
  hash: new Uint8Array(HASH_LENGTH),
  valueMacs: new Map(),
};

/** The state one version later. Removing what is not there changes nothing, as in WhatsApp Web. */
export function applyMutations(
  state: HashState,
  mutations: readonly Pick<SealedMutation, 'operation' | 'indexMac' | 'valueMac'>[],
): HashState {
  const valueMacs = new Map(state.valueMacs);
  const removed: Uint8Array[] = [];
  const added: Uint8Array[] = [];
  for (const { operation, indexMac, valueMac } of mutations) {
    const at = hex(indexMac);
    const previous = valueMacs.get(at);
    if (previous) removed.push(previous);
    if (operation === 'set') {
      added.push(valueMac);
      valueMacs.set(at, valueMac);
    } else valueMacs.delete(at);
  }
  return { version: state.version + 1, hash: mixHash(state.hash, removed, added), valueMacs };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
