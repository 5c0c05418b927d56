import { accountJid } from '../../accounts/account.ts';
import { parseJid } from '../../accounts/jid.ts';
import type { StoredPreKey } from '../../accounts/pre-keys.ts';
import { secondsText } from '../../kernel/clock.ts';
import { typed, verify } from '../../signal/curve.ts';
import type { PreKeyBundle } from '../../signal/port.ts';
import {
  bytesOf,
  childNamed,
  childrenNamed,
  childrenOf,
  SERVER,
  type Stanza,
  stanza,
} from '../../wire/stanza.ts';
import { bigEndian, bundleNodes, KEY_TYPE, toNumber } from '../bundles.ts';
import { BAD_REQUEST, type IqAnswer, type IqRoutes } from '../router.ts';
import { type Origin, originName, stanzaId, type World } from '../world.ts';

/** Below this many one-time keys the server asks for more; clients answer with five. */
const LOW_PRE_KEYS = 5;

/** Clients' keys: upload, count, digest, rotation, and bundles for starting sessions. */
export const keyRoutes: IqRoutes = {
  'encrypt get count': (_world, origin) => ({
    content: [stanza('count', { value: String(origin.device?.preKeys.count ?? 0) })],
  }),
  'encrypt get digest': (_world, origin) => ({ content: [digestOf(origin)] }),
  'encrypt set registration': upload,
  'encrypt set rotate': rotate,
  'encrypt get key': bundles,
};

function upload(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const { device } = origin;
  if (!device) return { error: BAD_REQUEST };
  if (!Buffer.from(bytesOf(childNamed(iq, 'identity'))).equals(device.identity)) {
    const text = 'the uploaded identity is not the one that was paired';
    world.violations.report('pre-key-signature', originName(origin), text);
    return { error: BAD_REQUEST };
  }
  if (!takeSignedPreKey(world, origin, childNamed(iq, 'skey'))) return { error: BAD_REQUEST };
  const repeated = device.preKeys.add(
    childrenNamed(childNamed(iq, 'list'), 'key').map((key) => readPreKey(key)),
  );
  if (repeated.length > 0) {
    const text = `one-time pre-keys were uploaded again: ${repeated.slice(0, 5).join(', ')}`;
    world.violations.report('pre-key-reuse', originName(origin), text);
  }
  return {};
}

function rotate(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const rotated = childNamed(childNamed(iq, 'rotate'), 'skey');
  return takeSignedPreKey(world, origin, rotated) ? {} : { error: BAD_REQUEST };
}

function takeSignedPreKey(world: World, origin: Origin, node: Stanza | undefined): boolean {
  const { device } = origin;
  if (!device || !node) return false;
  const key = readPreKey(node);
  const signature = bytesOf(childNamed(node, 'signature'));
  if (!verify(device.identity, typed(key.publicKey), signature)) {
    const text = `signed pre-key ${key.id} has a wrong signature`;
    world.violations.report('pre-key-signature', originName(origin), text);
    return false;
  }
  device.signedPreKey = { ...key, signature: Uint8Array.from(signature) };
  return true;
}

function readPreKey(node: Stanza): StoredPreKey {
  return {
    id: toNumber(bytesOf(childNamed(node, 'id'))),
    publicKey: Uint8Array.from(bytesOf(childNamed(node, 'value'))),
  };
}

/** Clients look only whether it is there; what it says is as close to the real one as is known. */
function digestOf({ device }: Origin): Stanza {
  return stanza('digest', {}, [
    stanza('registration', {}, bigEndian(device?.registrationId ?? 0, 4)),
    stanza('type', {}, KEY_TYPE),
    stanza('identity', {}, device?.identity ?? new Uint8Array(32)),
    stanza('skey', {}, [stanza('id', {}, bigEndian(device?.signedPreKey.id ?? 0, 3))]),
  ]);
}

function bundles(world: World, _origin: Origin, iq: Stanza): IqAnswer {
  const users = childrenOf(childNamed(iq, 'key')).map((user) => {
    const jid = user.attrs['jid'] ?? '';
    const bundle = takeBundle(world, jid);
    return bundle
      ? stanza('user', { jid }, bundleNodes(bundle))
      : stanza('user', { jid }, [stanza('error', { code: '404', text: 'item-not-found' })]);
  });
  return { content: [stanza('list', {}, users)] };
}

/** A bundle for starting a session with a device, as anyone may ask for it. Null: no such device. */
export function takeBundle(world: World, address: string): PreKeyBundle | null {
  const jid = parseJid(address);
  const account = jid && world.directory.find(jid);
  if (!account) return null;
  const hasNone = world.faults.strike('no-pre-keys', account.phone) !== null;
  if (jid.device === 0) {
    const bundle = world.phoneOf(account).takeBundle();
    return hasNone ? { ...bundle, preKey: null } : bundle;
  }
  const device = account.devices.get(jid.device);
  if (!device) return null;
  const preKey = hasNone ? null : device.preKeys.take();
  if (device.preKeys.count < LOW_PRE_KEYS) {
    const node = stanza(
      'notification',
      { from: SERVER, type: 'encrypt', id: stanzaId(world.random), t: secondsText(world.clock) },
      [stanza('count', { value: String(device.preKeys.count) })],
    );
    world.post.deliver(account, device.id, node);
  }
  const { registrationId, identity, signedPreKey } = device;
  return { registrationId, identity, signedPreKey, preKey };
}

/** Tells an account, its devices and its acquaintances that somebody's identity key has changed. */
export function announceIdentityChange(world: World, account: Parameters<typeof accountJid>[0]) {
  for (const other of account.acquaintances) {
    for (const device of other.devices.values()) {
      world.post.deliver(
        other,
        device.id,
        stanza(
          'notification',
          {
            from: accountJid(account, 'pn'),
            type: 'encrypt',
            id: stanzaId(world.random),
            t: secondsText(world.clock),
          },
          [stanza('identity')],
        ),
      );
    }
  }
}
