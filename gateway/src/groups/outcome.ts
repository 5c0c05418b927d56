import { z } from 'zod';
import { personFields } from '../contacts/person.ts';
import type { Named } from '../contacts/several.ts';
import type { MemberAction, MemberAnswer } from '../whatsapp/groups.ts';

/** What somebody asked to be done to a person. */
export type PersonAction = MemberAction | 'approve' | 'reject';

const OUTCOMES = {
  done: 'Done.',
  not_on_whatsapp: 'Nobody on WhatsApp has this number.',
  not_in_group: 'They are not in the group.',
  no_request: 'They have not asked to join.',
  already_in_group: 'They are in the group already.',
  blocked_by_person: 'They have blocked this number.',
  privacy: 'Their privacy settings forbid adding them: send them an invite instead.',
  founder: 'The founder of the group can be neither removed nor demoted.',
  left_recently: 'They left the group a short while ago and cannot be added back yet.',
  group_full: 'The group has as many people as it may.',
  refused: 'WhatsApp refused it.',
} as const;

/** What became of one person, for programs; stable. */
export type OutcomeWord = keyof typeof OUTCOMES;

const WORDS = Object.keys(OUTCOMES) as [OutcomeWord, ...OutcomeWord[]];

/** What became of one person of a request. */
export const outcomeSchema = z
  .object({
    input: z.string().describe('As asked'),
    ...personFields,
    chatId: z.string().nullable().describe('Where to write to'),
    success: z.boolean(),
    outcome: z.enum(WORDS).describe('Stable, for programs'),
    message: z.string().describe('The same for people'),
    invite: z
      .object({ code: z.string(), expiresAt: z.iso.datetime() })
      .nullable()
      .describe("WhatsApp's invitation for this person alone, where privacy forbids adding them"),
  })
  .meta({ id: 'ParticipantOutcome' });

export type Outcome = z.infer<typeof outcomeSchema>;

/** The outcome for a person, in full. */
export function outcomeOf(
  { input, person }: Named,
  word: OutcomeWord,
  invite: MemberAnswer['invite'] = null,
): Outcome {
  const { chatId, phone, lid } = person ?? { chatId: null, phone: null, lid: null };
  return {
    input,
    chatId,
    phone,
    lid,
    success: word === 'done',
    outcome: word,
    message: OUTCOMES[word],
    invite: invite && { code: invite.code, expiresAt: new Date(invite.expiresAtMs).toISOString() },
  };
}

/** The word for WhatsApp's code (see `MemberAnswer`). Pure. */
export function wordOf(code: number, action: PersonAction): OutcomeWord {
  switch (code) {
    case 200:
      return 'done';
    case 401:
      return 'blocked_by_person';
    case 403:
      return action === 'add' ? 'privacy' : action === 'approve' ? 'refused' : 'founder';
    case 404:
      if (action === 'add') return 'not_on_whatsapp';
      return action === 'approve' || action === 'reject' ? 'no_request' : 'not_in_group';
    case 408:
      return 'left_recently';
    case 409:
      return 'already_in_group';
    case 419:
      return 'group_full';
    default:
      return 'refused';
  }
}
