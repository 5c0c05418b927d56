import { proto } from 'baileys';
import type { Random } from '../kernel/random.ts';
import {
  type AppStateKey,
  type AppStateKeys,
  deriveAppStateKeys,
  patchMacOf,
  snapshotMacOf,
} from './app-state-crypto.ts';
import {
  AppStateError,
  type AppStateFailure,
  applyMutations,
  EMPTY_STATE,
  equal,
  type HashState,
  hex,
  type Mutation,
  openMutation,
  readSealed,
  type SealedMutation,
  sealMutation,
} from './app-state-record.ts';
import { type MediaContext, uploadMedia } from './media.ts';

/** The five collections that WhatsApp's clients keep. */
export const COLLECTIONS = [
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
] as const;

export type CollectionName = (typeof COLLECTIONS)[number];

export type AcceptResult =
  | {
      readonly kind: 'accepted';
      readonly version: number;
      readonly mutations: readonly Mutation[];
    }
  /** Another device was faster: the client must fetch up to `version` and try again (409). */
  | { readonly kind: 'conflict'; readonly version: number }
  | { readonly kind: 'invalid'; readonly failure: AppStateFailure; readonly detail: string };

/**
 * The settings that an account's devices share ("app state"), as its phone knows them: it holds the
 * keys, so it reads and checks what clients upload, which WhatsApp's server cannot.
 */
export interface AppState {
  version(collection: CollectionName): number;
  /** A change made on the phone; returns the patch for the other devices. */
  change(collection: CollectionName, mutations: readonly Mutation[]): Uint8Array;
  /** A patch that a client uploaded on top of `baseVersion`; nothing is kept unless it is accepted. */
  accept(collection: CollectionName, patch: Uint8Array, baseVersion: number): AcceptResult;
  /**
   * The patches after a version, oldest first. Null when the log does not reach back that far: such a
   * client needs a snapshot. For version 0 one patch with everything takes the place of what is missing.
   */
  since(collection: CollectionName, version: number): Uint8Array[] | null;
  /** Everything as one `SyncdSnapshot`; null while there is nothing. */
  snapshot(collection: CollectionName): Uint8Array | null;
  /** The settings that stand, as mutations of kind `set`. */
  entries(collection: CollectionName): Mutation[];
}

/** Patches kept per collection; older ones are dropped. */
const MAX_PATCHES = 500;
/** Settings per collection; a patch that would exceed it is refused. */
const MAX_ENTRIES = 20_000;

interface Entry {
  readonly sealed: SealedMutation;
  readonly mutation: Mutation;
}

interface Collection {
  readonly name: CollectionName;
  state: HashState;
  readonly entries: Map<string, Entry>;
  readonly log: { readonly version: number; readonly patch: Uint8Array }[];
}

/** New patches are written with the last key; records of all of them can be read. */
export function createAppState(keys: readonly AppStateKey[], random: Random): AppState {
  const derived = new Map(keys.map((key) => [hex(key.id), deriveAppStateKeys(key)]));
  const current = [...derived.values()].at(-1);
  if (!current) throw new Error('an app state needs a key');
  const collections = new Map<CollectionName, Collection>();

  const open = (name: CollectionName): Collection => {
    let collection = collections.get(name);
    if (!collection) {
      collection = { name, state: EMPTY_STATE, entries: new Map(), log: [] };
      collections.set(name, collection);
    }
    return collection;
  };
  const keysOf = (id: Uint8Array | null | undefined): AppStateKeys => {
    const found = derived.get(hex(id ?? new Uint8Array()));
    if (!found) throw new AppStateError('unknown-key', 'the key of a record is not known');
    return found;
  };

  return {
    version: (name) => open(name).state.version,
    change(name, mutations) {
      const collection = open(name);
      const entries = mutations.map((mutation) => ({
        mutation,
        sealed: sealMutation(mutation, current, random),
      }));
      const state = applyMutations(collection.state, sealedOf(entries));
      const patch = sealPatch(name, state, sealedOf(entries), current);
      keep(collection, state, entries, patch);
      return patch;
    },
    accept(name, bytes, baseVersion) {
      const collection = open(name);
      if (baseVersion !== collection.state.version) {
        return { kind: 'conflict', version: collection.state.version };
      }
      try {
        const { state, entries, patch } = checkPatch(collection, bytes, keysOf);
        keep(collection, state, entries, patch);
        const mutations = entries.map(({ mutation }) => mutation);
        return { kind: 'accepted', version: state.version, mutations };
      } catch (error) {
        if (!(error instanceof AppStateError)) throw error;
        return { kind: 'invalid', failure: error.failure, detail: error.message };
      }
    },
    since: (name, version) => patchesSince(open(name), version, current),
    snapshot(name) {
      const { state, entries } = open(name);
      if (state.version === 0) return null;
      return proto.SyncdSnapshot.encode({
        version: { version: state.version },
        records: Array.from(entries.values(), ({ sealed }) => sealed.record),
        mac: snapshotMacOf(state.hash, state.version, name, current),
        keyId: { id: current.id },
      }).finish();
    },
    entries: (name) => Array.from(open(name).entries.values(), ({ mutation }) => mutation),
  };
}

/** Checks a client's patch as another device of the account would. Throws `AppStateError`. */
function checkPatch(
  collection: Collection,
  bytes: Uint8Array,
  keysOf: (id: Uint8Array | null | undefined) => AppStateKeys,
) {
  const patch = decodePatch(bytes);
  if (patch.externalMutations) {
    throw new AppStateError('external', 'mutations in an external blob are not supported');
  }
  const entries = patch.mutations.map((mutation): Entry => {
    const sealed = readSealed(mutation);
    return { sealed, mutation: openMutation(sealed, keysOf(sealed.record.keyId?.id)) };
  });
  const state = applyMutations(collection.state, sealedOf(entries));
  const { name } = collection;
  const keys = keysOf(patch.keyId?.id);
  const snapshotMac = snapshotMacOf(state.hash, state.version, name, keys);
  if (!equal(patch.snapshotMac ?? new Uint8Array(), snapshotMac)) {
    throw new AppStateError(
      'snapshot-mac',
      'the hash of the collection is not what the client says',
    );
  }
  const valueMacs = entries.map(({ sealed }) => sealed.valueMac);
  const patchMac = patchMacOf(snapshotMac, valueMacs, state.version, name, keys);
  if (!equal(patch.patchMac ?? new Uint8Array(), patchMac)) {
    throw new AppStateError('patch-mac', 'the MAC of the patch is wrong');
  }
  if (state.valueMacs.size > MAX_ENTRIES) {
    throw new AppStateError('full', `a collection holds ${MAX_ENTRIES} settings`);
  }
  // Clients leave the version out; devices that fetch several patches at once need it.
  patch.version = proto.SyncdVersion.create({ version: state.version });
  return { state, entries, patch: proto.SyncdPatch.encode(patch).finish() };
}

function decodePatch(bytes: Uint8Array): proto.SyncdPatch {
  try {
    return proto.SyncdPatch.decode(bytes);
  } catch (error) {
    throw new AppStateError('malformed', `the patch cannot be decoded: ${String(error)}`);
  }
}

function sealPatch(
  name: CollectionName,
  state: HashState,
  mutations: readonly SealedMutation[],
  keys: AppStateKeys,
): Uint8Array {
  const snapshotMac = snapshotMacOf(state.hash, state.version, name, keys);
  const valueMacs = mutations.map(({ valueMac }) => valueMac);
  const { SET, REMOVE } = proto.SyncdMutation.SyncdOperation;
  return proto.SyncdPatch.encode({
    version: { version: state.version },
    mutations: mutations.map(({ operation, record }) => ({
      operation: operation === 'set' ? SET : REMOVE,
      record,
    })),
    snapshotMac,
    patchMac: patchMacOf(snapshotMac, valueMacs, state.version, name, keys),
    keyId: { id: keys.id },
  }).finish();
}

function keep(
  collection: Collection,
  state: HashState,
  entries: readonly Entry[],
  patch: Uint8Array,
): void {
  collection.state = state;
  for (const entry of entries) {
    const at = hex(entry.sealed.indexMac);
    if (entry.sealed.operation === 'set') collection.entries.set(at, entry);
    else collection.entries.delete(at);
  }
  collection.log.push({ version: state.version, patch });
  if (collection.log.length > MAX_PATCHES) collection.log.shift();
}

function patchesSince(
  collection: Collection,
  version: number,
  keys: AppStateKeys,
): Uint8Array[] | null {
  const { log, state, entries, name } = collection;
  const [oldest] = log;
  if (!oldest || version >= oldest.version - 1) {
    return log.filter((entry) => entry.version > version).map(({ patch }) => patch);
  }
  if (version > 0) return null;
  const all = Array.from(entries.values(), ({ sealed }) => sealed);
  return [sealPatch(name, state, all, keys)];
}

function sealedOf(entries: readonly Entry[]): SealedMutation[] {
  return entries.map(({ sealed }) => sealed);
}

/**
 * The content of a `<snapshot>` node: a snapshot is stored like media. Baileys fetches it from
 * WhatsApp's own host whatever `media_conn` says, so it only reaches clients that ask another host.
 */
export function snapshotReference(
  snapshot: Uint8Array,
  context: Pick<MediaContext, 'media' | 'random'>,
): Uint8Array {
  const reference = uploadMedia(snapshot, 'app-state', context);
  return proto.ExternalBlobReference.encode({
    mediaKey: reference.mediaKey,
    directPath: reference.directPath,
    fileSha256: reference.fileSha256,
    fileEncSha256: reference.fileEncSha256,
    fileSizeBytes: reference.fileLength,
  }).finish();
}
