import { type Account, accountJid, deviceIds } from '../../accounts/account.ts';
import {
  type Addressing,
  addressingOf,
  formatJid,
  isUserJid,
  type Jid,
  parseJid,
} from '../../accounts/jid.ts';
import { secondsText } from '../../kernel/clock.ts';
import {
  bytesOf,
  childNamed,
  childrenNamed,
  describe,
  type Stanza,
  stanza,
} from '../../wire/stanza.ts';
import type { StanzaRoutes } from '../router.ts';
import { type Origin, originName, type World } from '../world.ts';
import { checkDeviceIdentity, checkFanOut } from './message-checks.ts';

export const messageRoutes: StanzaRoutes = { message: acceptMessage };

/** Takes a message from a device, acknowledges it and brings it to everyone it is for. */
function acceptMessage(world: World, origin: Origin, node: Stanza): void {
  const { id, to } = node.attrs;
  const target = parseJid(to);
  if (!id || !target) {
    const text = `a message without id or address: ${describe(node)}`;
    world.violations.report('malformed-stanza', originName(origin), text);
    return;
  }
  record(world, origin, node, 'accepted');
  checkDeviceIdentity(world, origin, node);
  acknowledge(world, origin, node, null);
  if (isUserJid(target)) routeToPerson(world, origin, node, target);
}

function acknowledge(world: World, origin: Origin, node: Stanza, error: string | null): void {
  const { id, to, participant } = node.attrs;
  origin.reply(
    stanza('ack', {
      class: 'message',
      id,
      from: to,
      participant,
      t: secondsText(world.clock),
      error: error ?? undefined,
    }),
  );
}

function record(
  world: World,
  origin: Origin,
  node: Stanza,
  event: 'accepted' | 'refused' | 'duplicate',
  detail: string | null = null,
): void {
  const { id = '', type, to } = node.attrs;
  const device = originName(origin);
  world.ledger.append({
    event,
    device,
    tag: node.tag,
    id,
    type: type ?? null,
    peer: to ?? null,
    detail,
  });
}

function routeToPerson(world: World, origin: Origin, node: Stanza, target: Jid): void {
  const account = world.directory.find(target);
  const addressing = addressingOf(target);
  if (account) acquaint(origin.account, account);
  const direct = childrenNamed(node, 'enc');
  if (direct.length > 0) {
    // To one device: a peer message to the own phone, or a resend to whoever could not read it.
    if (account) deliverDirect(world, origin, node, account, target, direct);
    return;
  }
  checkFanOut(world, origin, node, account);
  for (const recipient of childrenNamed(childNamed(node, 'participants'), 'to')) {
    const jid = parseJid(recipient.attrs['jid']);
    const owner = jid && world.directory.find(jid);
    if (!jid || !owner) continue;
    const encrypted = childrenNamed(recipient, 'enc');
    if (owner === origin.account) {
      const copy = ownCopy(world, origin, node, account, addressing, encrypted);
      world.post.deliver(owner, jid.device, copy);
    } else if (owner === account && !owner.blocked.has(origin.account.lid)) {
      world.post.deliver(owner, jid.device, delivery(world, origin, node, addressing, encrypted));
    }
  }
}

function deliverDirect(
  world: World,
  origin: Origin,
  node: Stanza,
  account: Account,
  target: Jid,
  encrypted: readonly Stanza[],
): void {
  const addressing = addressingOf(target);
  const { category, recipient } = node.attrs;
  if (account !== origin.account) {
    const copy = delivery(world, origin, node, addressing, encrypted);
    world.post.deliver(account, target.device, copy);
    return;
  }
  const chat = recipient === undefined ? null : world.directory.find(recipient);
  const copy =
    category === 'peer'
      ? delivery(world, origin, node, addressing, encrypted)
      : ownCopy(world, origin, node, chat, addressing, encrypted);
  world.post.deliver(account, target.device, copy);
}

/** A message as another account's device gets it, in the addressing that the sender used. */
function delivery(
  world: World,
  origin: Origin,
  node: Stanza,
  addressing: Addressing,
  encrypted: readonly Stanza[],
): Stanza {
  const { account, deviceId } = origin;
  const other = addressing === 'lid' ? 'pn' : 'lid';
  const attrs: Record<string, string | undefined> = {
    ...envelope(world, origin, node),
    from: accountJid(account, addressing, deviceId),
    addressing_mode: addressing,
    category: node.attrs['category'],
  };
  if (node.attrs['category'] !== 'peer') {
    attrs[addressing === 'lid' ? 'sender_pn' : 'sender_lid'] = accountJid(account, other);
  }
  return stanza('message', attrs, contents(node, encrypted));
}

/** The copy of a message for another device of the sender: it names the chat instead of the sender. */
function ownCopy(
  world: World,
  origin: Origin,
  node: Stanza,
  chat: Account | null,
  addressing: Addressing,
  encrypted: readonly Stanza[],
): Stanza {
  const { account, deviceId } = origin;
  const to = parseJid(node.attrs['recipient'] ?? node.attrs['to']);
  const attrs: Record<string, string | undefined> = {
    ...envelope(world, origin, node),
    from: accountJid(account, addressing, deviceId),
    recipient: to ? formatJid({ ...to, device: 0 }) : undefined,
    addressing_mode: addressing,
  };
  if (chat) {
    const name = addressing === 'lid' ? 'peer_recipient_pn' : 'peer_recipient_lid';
    attrs[name] = accountJid(chat, addressing === 'lid' ? 'pn' : 'lid');
  }
  return stanza('message', attrs, contents(node, encrypted));
}

function envelope(world: World, { account }: Origin, node: Stanza) {
  const { id, type, edit } = node.attrs;
  return { id, type, edit, t: secondsText(world.clock), notify: account.name };
}

function contents(node: Stanza, encrypted: readonly Stanza[]): Stanza[] {
  const identity = childNamed(node, 'device-identity');
  const meta = childNamed(node, 'meta');
  const isFirst = encrypted.some(({ attrs }) => attrs['type'] === 'pkmsg');
  return [
    ...encrypted,
    ...(identity && isFirst ? [stanza('device-identity', {}, bytesOf(identity))] : []),
    ...(meta ? [meta] : []),
  ];
}

/** From now on both are told when the other's devices change. */
function acquaint(one: Account, other: Account): void {
  if (one === other) return;
  one.acquaintances.add(other);
  other.acquaintances.add(one);
}

/** Addresses of all devices of an account in the given addressing. */
export function deviceJids(account: Account, addressing: Addressing): string[] {
  return deviceIds(account).map((id) => accountJid(account, addressing, id));
}
