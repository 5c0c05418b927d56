import { goesBy, type Person, personOf } from '../contacts/person.ts';
import type { Recipients } from '../contacts/recipients.ts';
import { findPeople, type Named } from '../contacts/several.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { GroupCalls, MemberAction, MemberAnswer, WirePerson } from '../whatsapp/groups.ts';
import { groupId } from './group-id.ts';
import { type Outcome, outcomeOf, type PersonAction, wordOf } from './outcome.ts';

/**
 * Somebody who asks to be let in: when (ISO 8601) and how, in WhatsApp's word; null where it does not say.
 */
export interface JoinRequestView extends Person {
  readonly requestedAt: string | null;
  readonly method: string | null;
}

/** Who is in a group, and who wants to be. */
export interface Membership {
  /** Does something to people; each has an outcome of their own. */
  act(
    session: SessionRecord,
    group: string,
    action: PersonAction,
    participants: readonly string[],
  ): Promise<Outcome[]>;
  requests(session: SessionRecord, group: string): Promise<JoinRequestView[]>;
}

/** Asks WhatsApp about groups; throws what it refuses as a `Problem`. */
export type AskGroups = <T>(
  session: SessionRecord,
  call: (groups: GroupCalls) => Promise<T>,
) => Promise<T>;

export function createMembership(
  ask: AskGroups,
  deps: { readonly recipients: Recipients; readonly identities: IdentityStore },
): Membership {
  const { recipients, identities } = deps;
  return {
    async act(session, group, action, inputs) {
      const chatId = groupId(group);
      const people = await findPeople(recipients, session.key, inputs, '/participants');
      return ask(session, async (groups) => {
        const among = await candidates(groups, chatId, action);
        const addresses = people.map(({ person }) => addressAmong(person, among));
        const asked = [...new Set(addresses.filter((address) => address !== null))];
        const answers = asked.length === 0 ? [] : await answersTo(groups, chatId, action, asked);
        return people.map((one, at) => {
          if (one.person === null) return outcomeOf(one, 'not_on_whatsapp');
          const address = addresses[at] ?? null;
          if (address === null) return outcomeOf(one, wordOf(404, action));
          const answer = answerFor(one, address, asked, answers);
          return answer === null
            ? outcomeOf(one, 'refused')
            : outcomeOf(one, wordOf(answer.code, action), answer.invite);
        });
      });
    },
    async requests(session, group) {
      const chatId = groupId(group);
      const requests = await ask(session, (calls) => calls.requests(chatId));
      return Promise.all(
        requests.map(async ({ requestedAtMs, method, ...person }) => ({
          ...(await personOf(identities, session.key, person)),
          requestedAt: requestedAtMs === null ? null : new Date(requestedAtMs).toISOString(),
          method,
        })),
      );
    },
  };
}

/** Those whom an action can be about, as the group itself names them. */
async function candidates(
  groups: GroupCalls,
  chatId: string,
  action: PersonAction,
): Promise<readonly WirePerson[] | 'anybody'> {
  if (action === 'add') return 'anybody';
  if (action === 'approve' || action === 'reject') return groups.requests(chatId);
  return (await groups.get(chatId)).members;
}

function answersTo(
  groups: GroupCalls,
  chatId: string,
  action: PersonAction,
  people: readonly string[],
): Promise<readonly MemberAnswer[]> {
  return action === 'approve' || action === 'reject'
    ? groups.decide(chatId, action, people)
    : groups.changeMembers(chatId, action satisfies MemberAction, people);
}

function addressAmong(
  person: Person | null,
  among: readonly WirePerson[] | 'anybody',
): string | null {
  if (person === null) return null;
  if (among === 'anybody') return person.chatId;
  return among.find((one) => goesBy(person, one))?.address ?? null;
}

/** WhatsApp answers under either name; where that is a name we do not know, in the order asked. */
function answerFor(
  { person }: Named,
  address: string,
  asked: readonly string[],
  answers: readonly MemberAnswer[],
): MemberAnswer | null {
  const isMeant = (answer: MemberAnswer) =>
    answer.address === address || (person !== null && goesBy(person, answer));
  const named = answers.find(isMeant);
  if (named || asked.length !== answers.length) return named ?? null;
  return answers[asked.indexOf(address)] ?? null;
}
