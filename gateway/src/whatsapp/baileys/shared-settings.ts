import {
  type BinaryNode,
  encodeSyncdPatch,
  getBinaryNodeChild,
  type LTHashState,
  newLTHashState,
  proto,
  type WAPatchCreate,
} from 'baileys';
import type { Clock, Timer } from '../../kernel/clock.ts';
import { Refused, Unanswered } from '../port.ts';
import { node, questionFailure, questionNode } from './question.ts';
import { QUERY_TIMEOUT_MS } from './socket-config.ts';
import type { LibrarySocket } from './wiring.ts';

export type SettingsSocket = Pick<LibrarySocket, 'query' | 'resyncAppState' | 'authState'>;

/** How often a change is made again on top of what another device wrote meanwhile. */
const TRIES = 3;

/** The library fetches a collection for as long as nobody answers, so that the whole needs an end. */
const LIMIT_MS = 2 * QUERY_TIMEOUT_MS;

const CONFLICT = 409;

/**
 * Writes a change into the settings that an account's devices share. Resolves once WhatsApp has taken it;
 * rejects with `Refused` (409: other devices kept writing) or `Unanswered` (it may have been taken). The
 * library's own `appPatch` takes silence and refusals for success.
 */
export async function shareChange(
  socket: SettingsSocket,
  patch: WAPatchCreate,
  clock: Clock,
): Promise<void> {
  let isOver = false;
  let timer: Timer | null = null;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = clock.after(LIMIT_MS, () => {
      isOver = true;
      reject(new Unanswered());
    });
  });
  const change = upToDate(socket, patch, () => isOver).finally(() => timer?.cancel());
  await Promise.race([change, limit]);
}

async function upToDate(
  socket: SettingsSocket,
  patch: WAPatchCreate,
  isOver: () => boolean,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    // Whoever asked has been told that it failed: it must not happen after that.
    if (isOver()) throw new Unanswered();
    try {
      return await upload(socket, patch);
    } catch (error) {
      const isConflict = error instanceof Refused && error.code === CONFLICT;
      if (!isConflict || tries === TRIES) throw error;
    }
    await socket.resyncAppState([patch.type], false);
  }
}

/** One attempt, on the version of the collection that is known here. */
async function upload(socket: SettingsSocket, change: WAPatchCreate): Promise<void> {
  const { keys, creds } = socket.authState;
  // The lock under which the library brings its collections up to date.
  await keys.transaction(async () => {
    const { type: name } = change;
    const known = (await keys.get('app-state-sync-version', [name]))[name];
    const { patch, state } = await encodeSyncdPatch(
      change,
      creds.myAppStateKeyId ?? '',
      known ?? newLTHashState(),
      async (id) => (await keys.get('app-state-sync-key', [id]))[id],
    );
    const reply = await socket.query(uploadNode(patch, name, state)).catch((error: unknown) => {
      throw questionFailure(error, true);
    });
    refuseUnlessTaken(reply);
    await keys.set({ 'app-state-sync-version': { [name]: state } });
  }, creds.me?.id ?? '');
}

function uploadNode(
  patch: proto.ISyncdPatch,
  name: WAPatchCreate['type'],
  { version }: LTHashState,
): BinaryNode {
  const attrs = { name, version: String(version - 1), return_snapshot: 'false' };
  const encoded = proto.SyncdPatch.encode(patch).finish();
  const collection = node('collection', attrs, [node('patch', {}, encoded)]);
  return questionNode({
    xmlns: 'w:sync:app:state',
    type: 'set',
    content: [node('sync', {}, [collection])],
  });
}

/**
 * Reads the answer to an upload: errors stand inside a `result`, at the collection. Nothing at all is how
 * the library says that nobody answered.
 */
export function refuseUnlessTaken(reply: BinaryNode | undefined): void {
  if (!reply) throw new Unanswered();
  const collection = getBinaryNodeChild(getBinaryNodeChild(reply, 'sync'), 'collection');
  if (collection && collection.attrs['type'] !== 'error') return;
  const { code, text } = getBinaryNodeChild(collection, 'error')?.attrs ?? {};
  throw new Refused(Number(code) || 0, text ?? 'the change was not taken');
}
