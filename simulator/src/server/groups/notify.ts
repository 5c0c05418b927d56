import { type Account, accountJid } from '../../accounts/account.ts';
import type { Group } from '../../accounts/group.ts';
import { secondsText } from '../../kernel/clock.ts';
import { type Stanza, stanza } from '../../wire/stanza.ts';
import { stanzaId, type World } from '../world.ts';
import { groupNode } from './describe.ts';

/** Tells people that `actor` changed a group; all devices of all members unless others are named. */
export function notifyGroup(
  world: World,
  group: Group,
  actor: Account,
  change: Stanza,
  people: Iterable<Account> = group.members.keys(),
): void {
  const other = group.addressing === 'lid' ? 'participant_pn' : 'participant_lid';
  const node = stanza(
    'notification',
    {
      from: group.jid,
      type: 'w:gp2',
      id: stanzaId(world.random),
      t: secondsText(world.clock),
      participant: accountJid(actor, group.addressing),
      [other]: accountJid(actor, group.addressing === 'lid' ? 'pn' : 'lid'),
      addressing_mode: group.addressing,
      notify: actor.name,
    },
    [change],
  );
  for (const account of people) world.post.deliverToAll(account, () => node);
  world.events.emit('group.changed', { group });
}

/** Whoever is new in a group gets all of it: only that makes clients know the group. */
export function welcome(
  world: World,
  group: Group,
  actor: Account,
  people: Iterable<Account>,
  key?: string,
): void {
  const create = stanza('create', { type: 'new', reason: 'invite', key }, [groupNode(group)]);
  notifyGroup(world, group, actor, create, people);
}

/** Members of one group tell one another about their devices. */
export function acquaintMembers(group: Group): void {
  for (const one of group.members.keys()) {
    for (const other of group.members.keys()) if (one !== other) one.acquaintances.add(other);
  }
}
