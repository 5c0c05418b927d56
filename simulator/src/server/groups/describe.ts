import { type Account, accountJid } from '../../accounts/account.ts';
import type { Group } from '../../accounts/group.ts';
import { type Stanza, stanza } from '../../wire/stanza.ts';

/** A member as a group names it, with the other form beside it. */
export function participantNode(
  group: Group,
  account: Account,
  attrs: Readonly<Record<string, string | undefined>> = {},
  content?: readonly Stanza[],
): Stanza {
  return stanza('participant', { ...namesOf(group, account), ...attrs }, content);
}

/** `jid` in the group's addressing, and `phone_number` or `lid` for the other one. */
export function namesOf(group: Group, account: Account): Record<string, string> {
  return group.addressing === 'lid'
    ? { jid: accountJid(account, 'lid'), phone_number: accountJid(account, 'pn') }
    : { jid: accountJid(account, 'pn'), lid: accountJid(account, 'lid') };
}

/** An attribute naming somebody, such as `creator`, and in LID groups the number under `creator_pn`. */
function named(group: Group, name: string, account: Account): Record<string, string> {
  const attrs = { [name]: accountJid(account, group.addressing) };
  return group.addressing === 'lid'
    ? { ...attrs, [`${name}_pn`]: accountJid(account, 'pn') }
    : attrs;
}

/** All that members may know of a group; to its creator also who was left out. */
export function groupNode(group: Group, leftOut: readonly Stanza[] = []): Stanza {
  return stanza('group', headAttrs(group), [
    ...settingsOf(group),
    ...[...group.members].map(([account, role]) =>
      participantNode(group, account, { type: role === 'member' ? undefined : role }),
    ),
    ...leftOut,
  ]);
}

/** What somebody with an invite link may know: no list of members. */
export function inviteNode(group: Group): Stanza {
  return stanza('group', headAttrs(group), settingsOf(group));
}

function headAttrs(group: Group): Record<string, string> {
  return {
    id: group.jid.replace('@g.us', ''),
    subject: group.subject.text,
    s_t: seconds(group.subject.setAtMs),
    ...named(group, 's_o', group.subject.by),
    creation: seconds(group.createdAtMs),
    ...named(group, 'creator', group.creator),
    addressing_mode: group.addressing,
    size: String(group.members.size),
    a_v_id: '0',
  };
}

function settingsOf(group: Group): Stanza[] {
  const settings: Stanza[] = [];
  if (group.description) settings.push(descriptionNode(group));
  if (group.announce) settings.push(stanza('announcement'));
  if (group.locked) settings.push(stanza('locked'));
  if (group.ephemeralS > 0) {
    settings.push(stanza('ephemeral', { expiration: String(group.ephemeralS) }));
  }
  settings.push(stanza('member_add_mode', {}, Buffer.from(group.memberAddMode)));
  if (group.approval) settings.push(approvalNode(true));
  return settings;
}

export function descriptionNode(group: Group): Stanza {
  const { description } = group;
  if (!description) return stanza('description', { delete: 'true' });
  return stanza(
    'description',
    {
      id: description.id,
      t: seconds(description.setAtMs),
      ...named(group, 'participant', description.by),
    },
    [stanza('body', {}, Buffer.from(description.text, 'utf8'))],
  );
}

export function approvalNode(on: boolean): Stanza {
  return stanza('membership_approval_mode', {}, [
    stanza('group_join', { state: on ? 'on' : 'off' }),
  ]);
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
