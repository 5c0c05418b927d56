import { z } from 'zod';
import { lidAddress } from '../contacts/address.ts';
import { goesBy, type Person, personFields, personOf } from '../contacts/person.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { GroupRole, WireGroup } from '../whatsapp/groups.ts';

const EXAMPLE = {
  person: { chatId: '5511888888888@s.whatsapp.net', phone: '5511888888888', lid: null },
  group: '120363012345678901@g.us',
};

export const personSchema = z
  .object(personFields)
  .meta({ id: 'GroupPerson', examples: [EXAMPLE.person] });

const roleSchema = z.enum(['member', 'admin', 'superadmin']);

/** Seconds after which messages vanish, as WhatsApp's clients offer them; 0: never. */
export const ephemeralSchema = z.literal([0, 86_400, 604_800, 7_776_000]);

/** What is told of a group in a list. */
export const groupSummarySchema = z
  .object({
    chatId: z.string().meta({ examples: [EXAMPLE.group] }),
    subject: z.string(),
    description: z.string().nullable(),
    owner: personSchema.nullable().describe('Who made it'),
    createdAt: z.iso.datetime().nullable(),
    size: z.number().int().describe('People in it'),
    ownRole: roleSchema.nullable().describe('What this number is in it; null: not a member'),
    announce: z.boolean().describe('Only admins write'),
    locked: z.boolean().describe('Only admins change subject, description and picture'),
    joinApproval: z.boolean().describe('Admins let new people in'),
    memberAddMode: z.enum(['admins', 'everyone']).describe('Who adds people'),
    ephemeralSeconds: z.number().int().describe('Messages vanish after this; 0: never'),
    communityId: z.string().nullable().describe('The community it belongs to'),
  })
  .meta({ id: 'GroupSummary' });

export const groupSchema = groupSummarySchema
  .extend({
    participants: z.array(personSchema.extend({ role: roleSchema })),
  })
  .meta({ id: 'Group' });

export type GroupSummary = z.infer<typeof groupSummarySchema>;
export type Group = z.infer<typeof groupSchema>;

/** A group as a list shows it. */
export async function summaryOf(
  group: WireGroup,
  session: SessionRecord,
  identities: IdentityStore,
): Promise<GroupSummary> {
  const { chatId, subject, description, size, communityId, createdAtMs } = group;
  const { announce, locked, joinApproval, memberAddMode, ephemeralSeconds } = group;
  const owner = group.owner && (await personOf(identities, session.key, group.owner));
  return {
    chatId,
    subject,
    description,
    owner,
    createdAt: createdAtMs === null ? null : new Date(createdAtMs).toISOString(),
    size,
    ownRole: ownRole(group, session),
    announce,
    locked,
    joinApproval,
    memberAddMode,
    ephemeralSeconds,
    communityId,
  };
}

/** A group with the people in it. */
export async function groupOf(
  group: WireGroup,
  session: SessionRecord,
  identities: IdentityStore,
): Promise<Group> {
  const participants: (Person & { role: GroupRole })[] = [];
  for (const member of group.members) {
    const person = await personOf(identities, session.key, member);
    participants.push({ ...person, role: member.role });
  }
  return { ...(await summaryOf(group, session, identities)), participants };
}

function ownRole({ members }: WireGroup, { phone, lid }: SessionRecord): GroupRole | null {
  const self: Person = { chatId: '', phone, lid: lid === null ? null : lidAddress(lid) };
  return members.find((member) => goesBy(self, member))?.role ?? null;
}
