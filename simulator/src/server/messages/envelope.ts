import { type Account, accountJid } from '../../accounts/account.ts';
import type { Group } from '../../accounts/group.ts';
import { type Addressing, formatJid, parseJid, STATUS_BROADCAST } from '../../accounts/jid.ts';
import { secondsText } from '../../kernel/clock.ts';
import { bytesOf, childNamed, type Stanza, stanza } from '../../wire/stanza.ts';
import type { Origin, World } from '../world.ts';

/** One message on its way: who sends it, and the stanza it came in. */
export interface Passage {
  readonly world: World;
  readonly origin: Origin;
  readonly node: Stanza;
}

type Attrs = Record<string, string | undefined>;

/** A message as another account's device gets it, in the addressing that the sender used. */
export function personCopy(
  passage: Passage,
  addressing: Addressing,
  encrypted: readonly Stanza[],
): Stanza {
  const { account, deviceId } = passage.origin;
  const { category } = passage.node.attrs;
  const attrs: Attrs = {
    ...common(passage),
    from: accountJid(account, addressing, deviceId),
    addressing_mode: addressing,
    category,
  };
  if (category !== 'peer')
    Object.assign(attrs, otherAddress(passage, 'sender', account, addressing));
  return stanza('message', attrs, contents(passage.node, encrypted));
}

/** The copy for another device of the sender: it names the chat instead of the sender. */
export function ownCopy(
  passage: Passage,
  chat: Account | null,
  addressing: Addressing,
  encrypted: readonly Stanza[],
): Stanza {
  const { account, deviceId } = passage.origin;
  const { recipient, to } = passage.node.attrs;
  const named = parseJid(recipient ?? to);
  return stanza(
    'message',
    {
      ...common(passage),
      from: accountJid(account, addressing, deviceId),
      recipient: named ? formatJid({ ...named, device: 0 }) : undefined,
      addressing_mode: addressing,
      ...(chat ? otherAddress(passage, 'peer_recipient', chat, addressing) : {}),
    },
    contents(passage.node, encrypted),
  );
}

/** A message as a member's device gets it. */
export function groupCopy(passage: Passage, group: Group, encrypted: readonly Stanza[]): Stanza {
  return broadcastCopy(passage, group.jid, group.addressing, encrypted);
}

export function statusCopy(
  passage: Passage,
  addressing: Addressing,
  encrypted: readonly Stanza[],
): Stanza {
  return broadcastCopy(passage, STATUS_BROADCAST, addressing, encrypted);
}

function broadcastCopy(
  passage: Passage,
  chat: string,
  addressing: Addressing,
  encrypted: readonly Stanza[],
): Stanza {
  const { account, deviceId } = passage.origin;
  return stanza(
    'message',
    {
      ...common(passage),
      from: chat,
      participant: accountJid(account, addressing, deviceId),
      addressing_mode: addressing,
      ...otherAddress(passage, 'participant', account, addressing),
    },
    contents(passage.node, encrypted),
  );
}

function common({ world, origin, node }: Passage): Attrs {
  const { id, type, edit } = node.attrs;
  const notify = origin.device?.pushName ?? origin.account.name;
  return { id, type, edit, t: secondsText(world.clock), notify };
}

/** `<role>_pn` beside a LID, `<role>_lid` beside a phone number; nothing while a fault hides it. */
function otherAddress(
  { world, origin }: Passage,
  role: string,
  account: Account,
  addressing: Addressing,
): Attrs {
  if (world.faults.peek('hide-other-address', origin.account.phone)) return {};
  const other = addressing === 'lid' ? 'pn' : 'lid';
  return { [`${role}_${other}`]: accountJid(account, other) };
}

function contents(node: Stanza, encrypted: readonly Stanza[]): Stanza[] {
  const identity = childNamed(node, 'device-identity');
  const meta = childNamed(node, 'meta');
  const starts = encrypted.some(({ attrs }) => attrs['type'] === 'pkmsg');
  return [
    ...encrypted,
    ...(identity && starts ? [stanza('device-identity', {}, bytesOf(identity))] : []),
    ...(meta ? [meta] : []),
  ];
}
