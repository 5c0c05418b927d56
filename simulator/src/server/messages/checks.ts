import { createHash } from 'node:crypto';
import { type Account, deviceIds } from '../../accounts/account.ts';
import { parseJid } from '../../accounts/jid.ts';
import { bytesOf, childNamed, childrenNamed, type Stanza } from '../../wire/stanza.ts';
import { faultOfDeviceIdentity } from '../adv.ts';
import { type Origin, originName, type World } from '../world.ts';

/** How long a client may go on without a device that was linked just now: news of it must travel. */
export const DEVICE_NEWS_GRACE_MS = 5_000;

/** A message that starts a session must carry the sender's device identity, signed by both sides. */
export function checkDeviceIdentity(world: World, origin: Origin, node: Stanza): void {
  if (!origin.device) return;
  const encrypted = [
    ...childrenNamed(node, 'enc'),
    ...childrenNamed(childNamed(node, 'participants'), 'to').flatMap((to) =>
      childrenNamed(to, 'enc'),
    ),
  ];
  const starts = encrypted.some(({ attrs }) => attrs['type'] === 'pkmsg');
  const identity = childNamed(node, 'device-identity');
  if (!identity) {
    if (starts) report(world, origin, node, 'starts a session without the device identity');
    return;
  }
  const fault = faultOfDeviceIdentity(bytesOf(identity), {
    phoneIdentity: world.phoneOf(origin.account).identity,
    companionIdentity: origin.device.identity,
  });
  if (fault) report(world, origin, node, fault);
}

function report(world: World, origin: Origin, node: Stanza, fault: string): void {
  const text = `message ${node.attrs['id']}: ${fault}`;
  world.violations.report('device-identity', originName(origin), text);
}

/** A 1:1 message must be encrypted for every device of the other side and every other own device. */
export function checkFanOut(
  world: World,
  origin: Origin,
  node: Stanza,
  target: Account | null,
): void {
  const recipients = childrenNamed(childNamed(node, 'participants'), 'to').map(
    ({ attrs }) => attrs['jid'] ?? '',
  );
  checkHash(world, origin, node, recipients);
  const reached = new Set(
    recipients.map((address) => {
      const jid = parseJid(address);
      return `${world.directory.find(jid ?? undefined)?.phone}:${jid?.device}`;
    }),
  );
  const missing = [
    ...(target ? missingOf(world, target, reached) : []),
    ...missingOf(world, origin.account, reached).filter((id) => id !== nameOf(origin)),
  ];
  if (missing.length === 0) return;
  const text = `message ${node.attrs['id']} is not encrypted for ${missing.join(', ')}`;
  world.violations.report('device-list', originName(origin), text);
}

function nameOf({ account, deviceId }: Origin): string {
  return `${account.phone}:${deviceId}`;
}

function missingOf(world: World, account: Account, reached: ReadonlySet<string>): string[] {
  const newest = world.clock.now() - DEVICE_NEWS_GRACE_MS;
  return deviceIds(account)
    .filter((id) => id === 0 || (account.devices.get(id)?.linkedAtMs ?? 0) < newest)
    .map((id) => `${account.phone}:${id}`)
    .filter((name) => !reached.has(name));
}

/** `phash`, when a client sends it, is a digest of the sorted recipients. */
function checkHash(world: World, origin: Origin, node: Stanza, recipients: readonly string[]) {
  const claimed = node.attrs['phash'];
  if (claimed === undefined) return;
  const digest = createHash('sha256')
    .update([...recipients].sort().join(''))
    .digest('base64');
  if (claimed === `2:${digest.slice(0, 6)}`) return;
  const text = `message ${node.attrs['id']}: phash ${claimed} does not fit its recipients`;
  world.violations.report('participant-hash', originName(origin), text);
}
