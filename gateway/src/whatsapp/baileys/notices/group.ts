import type { BinaryNode } from 'baileys';
import type { GroupChange, GroupNotice, GroupProperty, Named } from '../../notice.ts';
import { childOf, childrenOf, namedBy, textOf, toldBy } from './stanza.ts';

/**
 * Reads a notification about a group (`w:gp2`, or a change of its picture); null for all others and for
 * what is not understood. Never throws.
 */
export function readGroupNotice(stanza: BinaryNode, receivedAtMs: number): GroupNotice | null {
  const { attrs } = stanza;
  const told = toldBy(stanza, receivedAtMs);
  const group = attrs.from;
  if (!told || !group?.endsWith('@g.us')) return null;
  const [step] = childrenOf(stanza);
  const by = namedBy(
    attrs.participant ?? step?.attrs['author'],
    attrs['participant_pn'],
    attrs['participant_lid'],
  );
  const change = step ? changeOf(attrs.type, step, by) : null;
  if (!change) return null;
  return { type: 'group', ...told, group, by, pushName: attrs['notify'] ?? null, change };
}

function changeOf(
  type: string | undefined,
  step: BinaryNode,
  by: Named | null,
): GroupChange | null {
  if (type === 'w:gp2') return memberChange(step, by) ?? settingChange(step);
  if (type !== 'picture') return null;
  if (step.tag === 'delete') return property('picture', null);
  return step.tag === 'set' ? property('picture', step.attrs['id'] ?? null) : null;
}

function memberChange(step: BinaryNode, by: Named | null): GroupChange | null {
  const people = peopleIn(step);
  switch (step.tag) {
    case 'create': {
      const subject = childOf(step, 'group')?.attrs['subject'] ?? '';
      return { kind: 'joined', subject };
    }
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return { kind: 'participants', action: step.tag, people };
    case 'leave':
      return { kind: 'participants', action: 'remove', people };
    case 'created_membership_requests':
      return {
        kind: 'join_request',
        action: 'created',
        people: people.length || !by ? people : [by],
      };
    case 'revoked_membership_requests': {
      const action = people.every((one) => isSame(one, by)) ? 'revoked' : 'rejected';
      return { kind: 'join_request', action, people: people.length || !by ? people : [by] };
    }
    default:
      return null;
  }
}

function settingChange(step: BinaryNode): GroupChange | null {
  switch (step.tag) {
    case 'subject':
      return property('subject', step.attrs['subject'] ?? '');
    case 'description':
      return property('description', textOf(childOf(step, 'body')));
    case 'announcement':
    case 'not_announcement':
      return property('announcement', step.tag === 'announcement');
    case 'locked':
    case 'unlocked':
      return property('locked', step.tag === 'locked');
    case 'ephemeral':
    case 'not_ephemeral':
      return property('ephemeralSeconds', Number(step.attrs['expiration']) || 0);
    case 'member_add_mode':
      return property('memberAddMode', textOf(step));
    case 'membership_approval_mode':
      return property('joinApproval', childOf(step, 'group_join')?.attrs['state'] === 'on');
    case 'invite':
      return property('inviteCode', null);
    default:
      return null;
  }
}

function property(name: GroupProperty, value: string | number | boolean | null): GroupChange {
  return { kind: 'property', name, value };
}

function peopleIn(step: BinaryNode): Named[] {
  return childrenOf(step).flatMap(({ tag, attrs }) => {
    if (tag !== 'participant' && tag !== 'requested_user') return [];
    return namedBy(attrs['jid'], attrs['phone_number'], attrs['lid']) ?? [];
  });
}

function isSame(one: Named, other: Named | null): boolean {
  if (!other) return false;
  return one.address === other.address || one.address === other.alt || one.alt === other.address;
}
