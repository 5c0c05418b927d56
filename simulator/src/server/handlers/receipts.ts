import { accountJid, type Device } from '../../accounts/account.ts';
import { addressingOf, isUserJid, type Jid, parseJid } from '../../accounts/jid.ts';
import { secondsText } from '../../kernel/clock.ts';
import { childNamed, childrenNamed, describe, type Stanza, stanza } from '../../wire/stanza.ts';
import type { StanzaRoutes } from '../router.ts';
import { type Origin, originName, type World } from '../world.ts';

export const receiptRoutes: StanzaRoutes = { receipt: acceptReceipt, ack: acceptAck };

/** Receipts that say "this message is here now": each confirms a message, once. */
const ARRIVALS = new Set<string | undefined>([undefined, 'inactive', 'sender', 'peer_msg']);
/** Receipts that the sender of the message is told about. */
const TOLD = new Set<string | undefined>([undefined, 'inactive', 'read', 'played', 'retry']);
const KNOWN = new Set<string | undefined>([
  ...ARRIVALS,
  ...TOLD,
  'read-self',
  'played-self',
  'hist_sync',
  'server-error',
]);

/** Takes a receipt from a device, acknowledges it and tells whom it concerns. */
function acceptReceipt(world: World, origin: Origin, node: Stanza): void {
  const { id, type, to, participant } = node.attrs;
  if (!id || !KNOWN.has(type)) {
    const text = `nobody knows ${describe(node)}`;
    world.violations.report('unknown-stanza', originName(origin), text);
    return;
  }
  record(world, origin, node, 'accepted');
  origin.reply(
    stanza('ack', {
      class: 'receipt',
      id,
      from: to,
      participant,
      type,
      t: secondsText(world.clock),
    }),
  );
  const ids = [
    id,
    ...childrenNamed(childNamed(node, 'list'), 'item').map((item) => item.attrs['id'] ?? ''),
  ];
  if (ARRIVALS.has(type) && origin.device)
    for (const each of ids) arrived(world, origin.device, each);
  if (TOLD.has(type)) tellSender(world, origin, node);
  if (type === 'read' || type === 'read-self') tellOwnDevices(world, origin, node);
  if (type === 'server-error') askOwnPhone(world, origin, node);
}

function arrived(world: World, device: Device, id: string): void {
  const confirmed = world.post.confirm(
    device,
    { tag: 'message', id, type: undefined, participant: undefined },
    null,
  );
  const count = world.receiptCounts.count(device, id, confirmed?.deliveries ?? 0);
  if (count === null) return;
  const text = `message ${id}: ${count.receipts} receipts for ${count.deliveries} deliveries`;
  world.violations.report('receipt-count', accountJid(device.account, 'pn', device.id), text);
}

/** The other side's devices learn it; a retry concerns only the device that encrypted the message. */
function tellSender(world: World, origin: Origin, node: Stanza): void {
  const { id, type, to, participant } = node.attrs;
  const chat = parseJid(to);
  const author = parseJid(participant) ?? (chat && isUserJid(chat) ? chat : null);
  const account = author && world.directory.find(author);
  if (!chat || !author || !account) return;
  const addressing = addressingOf(author);
  const self = accountJid(origin.account, addressing, origin.deviceId);
  const attrs = {
    id,
    type,
    t: node.attrs['t'] ?? secondsText(world.clock),
    ...(isUserJid(chat) ? { from: self } : { from: to, participant: self }),
  };
  if (type !== 'retry') {
    const told = stanza('receipt', attrs, withoutKeys(node));
    world.post.deliverToAll(account, () => told);
    return;
  }
  const recipient = account === origin.account ? node.attrs['recipient'] : undefined;
  const told = stanza('receipt', { ...attrs, recipient }, node.content);
  world.post.deliver(account, author.device, told);
}

/** A file is gone from the media server: the own phone may still have it. */
function askOwnPhone(world: World, origin: Origin, node: Stanza): void {
  const from = accountJid(origin.account, 'pn', origin.deviceId);
  const { id, type } = node.attrs;
  world.post.deliver(origin.account, 0, stanza('receipt', { id, type, from }, node.content));
}

function withoutKeys(node: Stanza): Stanza[] {
  const list = childNamed(node, 'list');
  return list ? [list] : [];
}

/** The other devices of whoever read a message mark it as read, too. */
function tellOwnDevices(world: World, origin: Origin, node: Stanza): void {
  const { id, to, participant } = node.attrs;
  const chat: Jid | null = parseJid(to);
  if (!chat) return;
  const addressing = addressingOf(chat);
  const told = stanza(
    'receipt',
    {
      id,
      type: 'read-self',
      t: secondsText(world.clock),
      from: isUserJid(chat) ? accountJid(origin.account, addressing) : to,
      recipient: isUserJid(chat) ? to : undefined,
      participant: isUserJid(chat) ? undefined : participant,
    },
    withoutKeys(node),
  );
  world.post.deliverToAll(origin.account, () => told, origin.deviceId);
}

/** A client confirms a stanza of ours; with `error` it says that it could not use it. */
function acceptAck(world: World, origin: Origin, node: Stanza): void {
  const { id = '', class: tag = '', type, participant, error } = node.attrs;
  if (!origin.device) return;
  const isMessage = tag === 'message';
  world.post.confirm(
    origin.device,
    {
      tag,
      id,
      type: isMessage ? undefined : type,
      participant: isMessage ? undefined : participant,
    },
    error ?? null,
  );
}

function record(world: World, origin: Origin, node: Stanza, event: 'accepted'): void {
  const { id = '', type, to } = node.attrs;
  world.ledger.append({
    event,
    device: originName(origin),
    tag: node.tag,
    id,
    type: type ?? null,
    peer: to ?? null,
    detail: null,
  });
}
