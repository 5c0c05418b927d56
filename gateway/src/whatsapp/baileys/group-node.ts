import { type BinaryNode, type GroupMetadata, isLidUser, WAMessageAddressingMode } from 'baileys';
import type { GroupRole, MemberAnswer, WireGroup, WireMember, WirePerson } from '../groups.ts';
import { bareJid } from './jid.ts';
import { child, children, msOf, textOf } from './node-reading.ts';

/** Reads a `<group>` node; null when it does not even have an id. Total: it never throws. */
export function readGroup(group: BinaryNode | undefined): WireGroup | null {
  const { id, subject, addressing_mode, creation, size, creator, creator_pn } = group?.attrs ?? {};
  if (!group || !id) return null;
  const description = child(group, 'description');
  const hasText = description !== undefined && description.attrs['delete'] !== 'true';
  const members = children(group, 'participant').flatMap((participant) => readMember(participant));
  return {
    chatId: id.includes('@') ? id : `${id}@g.us`,
    subject: subject ?? '',
    description: hasText ? textOf(child(description, 'body')) : null,
    descriptionId: hasText ? (description.attrs['id'] ?? null) : null,
    owner: creator ? person(creator, creator_pn) : null,
    createdAtMs: msOf(creation),
    addressing: addressing_mode === 'lid' ? 'lid' : 'pn',
    size: count(size) ?? members.length,
    members,
    announce: child(group, 'announcement') !== undefined,
    locked: child(group, 'locked') !== undefined,
    joinApproval: child(group, 'membership_approval_mode') !== undefined,
    memberAddMode:
      textOf(child(group, 'member_add_mode')) === 'all_member_add' ? 'everyone' : 'admins',
    ephemeralSeconds: count(child(group, 'ephemeral')?.attrs['expiration']) ?? 0,
    communityId: child(group, 'linked_parent')?.attrs['jid'] ?? null,
  };
}

/** What WhatsApp answered for each `<participant>` of an action. */
export function readAnswers(action: BinaryNode | undefined): MemberAnswer[] {
  return children(action, 'participant').flatMap((participant) => {
    const named = readPerson(participant);
    const attrs: BinaryNode['attrs'] = child(participant, 'add_request')?.attrs ?? {};
    const code = count(participant.attrs['error']) ?? 200;
    const expiresAtMs = msOf(attrs['expiration']);
    const invite = attrs['code'] && expiresAtMs ? { code: attrs['code'], expiresAtMs } : null;
    return named ? [{ ...named, code, invite }] : [];
  });
}

/** Those whom the answer to a creation names as not taken in. */
export const readRefused = (group: BinaryNode | undefined): MemberAnswer[] =>
  readAnswers(group).filter(({ code }) => code !== 200);

/** The person whom a node is about. */
export function readPerson({ attrs }: BinaryNode): WirePerson | null {
  return attrs['jid'] ? person(attrs['jid'], attrs['phone_number'] ?? attrs['lid']) : null;
}

/** What the library wants to know of a group when it sends to it. */
export function toMetadata(group: WireGroup): GroupMetadata {
  const { chatId, subject, owner, members, addressing, ephemeralSeconds } = group;
  return {
    id: chatId,
    subject,
    owner: owner?.address,
    addressingMode: addressing === 'lid' ? WAMessageAddressingMode.LID : WAMessageAddressingMode.PN,
    participants: members.map(({ address, alt, role }) => ({
      id: address,
      ...(alt === null ? {} : isLidUser(address) ? { phoneNumber: alt } : { lid: alt }),
      admin: role === 'member' ? null : role,
    })),
    ...(ephemeralSeconds > 0 ? { ephemeralDuration: ephemeralSeconds } : {}),
  };
}

function readMember(participant: BinaryNode): WireMember[] {
  const named = readPerson(participant);
  // In the answer to a creation these are people who were not taken in.
  if (!named || participant.attrs['error']) return [];
  return [{ ...named, role: roleOf(participant.attrs['type']) }];
}

const roleOf = (type: string | undefined): GroupRole =>
  type === 'admin' || type === 'superadmin' ? type : 'member';

function person(jid: string, alt: string | undefined): WirePerson {
  return { address: bareJid(jid) ?? jid, alt: bareJid(alt) };
}

function count(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
