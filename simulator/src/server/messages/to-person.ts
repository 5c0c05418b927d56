import type { Account } from '../../accounts/account.ts';
import { addressingOf, type Jid, parseJid } from '../../accounts/jid.ts';
import { childNamed, childrenNamed, childrenOf, type Stanza } from '../../wire/stanza.ts';
import { checkFanOut } from './checks.ts';
import { ownCopy, type Passage, personCopy } from './envelope.ts';

/** Brings a 1:1 message to the other side's devices and the sender's other ones. */
export function routeToPerson(passage: Passage, target: Jid, account: Account | null): void {
  const { world, origin, node } = passage;
  const addressing = addressingOf(target);
  const direct = childrenNamed(node, 'enc');
  if (direct.length > 0) {
    // To one device: a peer message to the own phone, or a resend to whoever could not read it.
    if (account) deliverDirect(passage, account, target, direct);
    return;
  }
  if (account) meet(origin.account, account);
  checkFanOut(world, origin, node, account);
  for (const recipient of childrenNamed(childNamed(node, 'participants'), 'to')) {
    const jid = parseJid(recipient.attrs['jid']);
    const owner = jid && world.directory.find(jid);
    if (!jid || !owner) continue;
    const encrypted = childrenOf(recipient);
    if (owner === origin.account) {
      world.post.deliver(owner, jid.device, ownCopy(passage, account, addressing, encrypted));
    } else if (owner === account && !owner.blocked.has(origin.account.lid)) {
      world.post.deliver(owner, jid.device, personCopy(passage, addressing, encrypted));
    }
  }
}

function deliverDirect(
  passage: Passage,
  account: Account,
  target: Jid,
  encrypted: readonly Stanza[],
): void {
  const { world, origin, node } = passage;
  const addressing = addressingOf(target);
  const { category, recipient } = node.attrs;
  const isOwn = account === origin.account && category !== 'peer';
  const chat = recipient === undefined ? null : world.directory.find(recipient);
  const copy = isOwn
    ? ownCopy(passage, chat, addressing, encrypted)
    : personCopy(passage, addressing, encrypted);
  world.post.deliver(account, target.device, copy);
}

/** From now on both are told about each other's devices, and the sender is no stranger to answer. */
function meet(sender: Account, recipient: Account): void {
  if (sender === recipient) return;
  sender.acquaintances.add(recipient);
  recipient.acquaintances.add(sender);
  recipient.heardFrom.add(sender);
}
