import { type Account, deviceIds } from '../../accounts/account.ts';
import type { Group } from '../../accounts/group.ts';
import { addressingOf, parseJid } from '../../accounts/jid.ts';
import { childNamed, childrenNamed, type Stanza } from '../../wire/stanza.ts';
import { originName, type World } from '../world.ts';
import { DEVICE_NEWS_GRACE_MS } from './checks.ts';
import { groupCopy, type Passage, statusCopy } from './envelope.ts';

/** Brings a group message to every device of every member, but for the one that sent it. */
export function routeToGroup(passage: Passage, group: Group): void {
  const { world, origin, node } = passage;
  const direct = childrenNamed(node, 'enc');
  const single = parseJid(node.attrs['participant']);
  if (single) {
    // A resend to the one device that could not read the message.
    const account = world.directory.find(single);
    if (!account) return;
    world.post.deliver(account, single.device, groupCopy(passage, group, direct));
    return;
  }
  const keys = keysByDevice(world, node);
  checkSenderKeys(passage, group, keys);
  for (const account of group.members.keys()) {
    for (const id of deviceIds(account)) {
      if (account === origin.account && id === origin.deviceId) continue;
      const encrypted = [...(keys.get(deviceKey(account, id)) ?? []), ...direct];
      if (encrypted.length > 0) {
        world.post.deliver(account, id, groupCopy(passage, group, encrypted));
      }
    }
  }
}

/** A status goes to those devices only that it names: the sender decides who may see it. */
export function routeToStatus(passage: Passage): void {
  const { world, node } = passage;
  const direct = childrenNamed(node, 'enc');
  for (const recipient of childrenNamed(childNamed(node, 'participants'), 'to')) {
    const jid = parseJid(recipient.attrs['jid']);
    const account = jid && world.directory.find(jid);
    if (!jid || !account) continue;
    const encrypted = [...childrenNamed(recipient, 'enc'), ...direct];
    world.post.deliver(account, jid.device, statusCopy(passage, addressingOf(jid), encrypted));
  }
}

/** Sender keys travel encrypted for single devices beside the message itself. */
function keysByDevice(world: World, node: Stanza): Map<string, readonly Stanza[]> {
  const keys = new Map<string, readonly Stanza[]>();
  for (const recipient of childrenNamed(childNamed(node, 'participants'), 'to')) {
    const jid = parseJid(recipient.attrs['jid']);
    const account = jid && world.directory.find(jid);
    if (!jid || !account) continue;
    keys.set(deviceKey(account, jid.device), childrenNamed(recipient, 'enc'));
  }
  return keys;
}

/** Whoever gets a group message must have been given the sender's key, now or before. */
function checkSenderKeys(
  { world, origin, node }: Passage,
  group: Group,
  keys: ReadonlyMap<string, unknown>,
): void {
  const sender = deviceKey(origin.account, origin.deviceId);
  let holders = group.senderKeys.get(sender);
  if (!holders) group.senderKeys.set(sender, (holders = new Set()));
  for (const name of keys.keys()) holders.add(name);
  const newest = world.clock.now() - DEVICE_NEWS_GRACE_MS;
  const without = [...group.members.keys()].flatMap((account) =>
    deviceIds(account)
      .filter((id) => id === 0 || (account.devices.get(id)?.linkedAtMs ?? 0) < newest)
      .map((id) => deviceKey(account, id))
      .filter((name) => name !== sender && !holders.has(name)),
  );
  if (without.length === 0) return;
  const text = `group message ${node.attrs['id']}: no sender key ever went to ${without.join(', ')}`;
  world.violations.report('device-list', originName(origin), text);
}

function deviceKey(account: Account, id: number): string {
  return `${account.phone}:${id}`;
}
