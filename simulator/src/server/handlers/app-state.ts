import { type Account, accountJid } from '../../accounts/account.ts';
import { COLLECTIONS, type CollectionName, snapshotReference } from '../../content/app-state.ts';
import type { Mutation } from '../../content/app-state-record.ts';
import { secondsText } from '../../kernel/clock.ts';
import { bytesOf, childNamed, childrenNamed, type Stanza, stanza } from '../../wire/stanza.ts';
import type { IqRoutes } from '../router.ts';
import { type Origin, originName, stanzaId, type World } from '../world.ts';

/** Settings shared by an account's devices, in named collections of encrypted patches. */
export const appStateRoutes: IqRoutes = {
  'w:sync:app:state set sync': (world, origin, iq) => ({
    content: [
      stanza(
        'sync',
        {},
        childrenNamed(childNamed(iq, 'sync'), 'collection').map((node) =>
          answerCollection(world, origin, node),
        ),
      ),
    ],
  }),
};

/** More patches than this are fetched in several turns. */
const PATCHES_PER_ANSWER = 100;

function answerCollection(world: World, origin: Origin, node: Stanza): Stanza {
  const { name = '', version = '0' } = node.attrs;
  const collection = COLLECTIONS.find((known) => known === name);
  if (!collection) {
    const text = `there is no collection "${name}"`;
    world.violations.report('app-state', originName(origin), text);
    return failed(name, 400, 'bad-request');
  }
  const base = Number(version);
  const uploads = [
    ...childrenNamed(node, 'patch'),
    ...childrenNamed(childNamed(node, 'patches'), 'patch'),
  ];
  if (uploads.length > 0) return upload(world, origin, collection, base, uploads);
  return download(
    world,
    origin.account,
    collection,
    base,
    node.attrs['return_snapshot'] === 'true',
  );
}

function download(
  world: World,
  account: Account,
  name: CollectionName,
  base: number,
  isFresh: boolean,
): Stanza {
  const { appState } = world.phoneOf(account);
  const current = String(appState.version(name));
  const patches = appState.since(name, base);
  const wantsSnapshot = patches === null || (isFresh && world.appStateSnapshots.enabled);
  const snapshot = wantsSnapshot ? appState.snapshot(name) : null;
  if (snapshot) {
    const reference = snapshotReference(snapshot, world);
    const attrs = { name, version: current, has_more_patches: 'false' };
    return stanza('collection', attrs, [stanza('snapshot', {}, reference)]);
  }
  const part = (patches ?? []).slice(0, PATCHES_PER_ANSWER);
  const hasMore = part.length < (patches ?? []).length;
  return stanza(
    'collection',
    {
      name,
      version: hasMore ? String(base + part.length) : current,
      has_more_patches: String(hasMore),
    },
    part.length > 0
      ? [
          stanza(
            'patches',
            {},
            part.map((patch) => stanza('patch', {}, patch)),
          ),
        ]
      : undefined,
  );
}

function upload(
  world: World,
  origin: Origin,
  name: CollectionName,
  base: number,
  patches: readonly Stanza[],
): Stanza {
  const { account } = origin;
  if (world.faults.strike('settings-conflict', account.phone)) return failed(name, 409, 'conflict');
  let version = base;
  for (const patch of patches) {
    const result = world.phoneOf(account).appState.accept(name, bytesOf(patch), version);
    if (result.kind === 'conflict') {
      const { content } = download(world, account, name, base, false);
      return stanza(
        'collection',
        { name, version: String(result.version), type: 'error', has_more_patches: 'false' },
        [
          stanza('error', { code: '409', text: 'conflict' }),
          ...(Array.isArray(content) ? (content as Stanza[]) : []),
        ],
      );
    }
    if (result.kind === 'invalid') {
      const text = `a patch of ${name} on version ${version} (${result.failure}): ${result.detail}`;
      world.violations.report('app-state', originName(origin), text);
      return failed(name, 400, 'bad-request');
    }
    version = result.version;
    for (const mutation of result.mutations) applySetting(account, mutation);
  }
  announceAppState(world, account, name, origin.deviceId);
  return stanza('collection', { name, version: String(version) });
}

/** Settings that the server and the phone act on themselves. */
export function applySetting(account: Account, { value }: Mutation): void {
  const name = value.pushNameSetting?.name;
  if (name) account.name = name;
}

/** Tells an account's devices that a collection has changed. */
export function announceAppState(
  world: World,
  account: Account,
  name: CollectionName,
  exceptDevice: number,
): void {
  const version = String(world.phoneOf(account).appState.version(name));
  for (const id of account.devices.keys()) {
    if (id === exceptDevice) continue;
    const node = stanza(
      'notification',
      {
        from: accountJid(account, 'pn'),
        type: 'server_sync',
        id: stanzaId(world.random),
        t: secondsText(world.clock),
      },
      [stanza('collection', { name, version })],
    );
    world.post.deliver(account, id, node);
  }
}

function failed(name: string, code: number, text: string): Stanza {
  return stanza('collection', { name, type: 'error' }, [
    stanza('error', { code: String(code), text }),
  ]);
}
