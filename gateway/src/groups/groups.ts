import type { Asking } from '../contacts/asking.ts';
import { goesBy, pairsAmong } from '../contacts/person.ts';
import type { Recipients } from '../contacts/recipients.ts';
import { findPeople, type Named } from '../contacts/several.ts';
import type { IdentityStore } from '../contacts/store.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { GroupChange, MemberAnswer, WireGroup } from '../whatsapp/groups.ts';
import { groupId } from './group-id.ts';
import { invitationIn, type KeptMessages } from './invitation.ts';
import { readInvite } from './invite.ts';
import { type AskGroups, createMembership, type Membership } from './membership.ts';
import { type Outcome, outcomeOf, wordOf } from './outcome.ts';
import { GROUP_REFUSALS, INVITE_REFUSALS } from './refusals.ts';
import { type Group, type GroupSummary, groupOf, summaryOf } from './view.ts';

export interface GroupsDeps {
  readonly asking: Asking;
  readonly recipients: Recipients;
  readonly identities: IdentityStore;
  readonly messages: KeptMessages;
}

/** The group of an invite; `joined` is false while an admin must let the number in. */
export interface Joined {
  readonly chatId: string;
  readonly joined: boolean;
}

/**
 * The groups of a session. Every call may throw what `Asking` throws; those that name a group
 * `invalid_recipient`, `group_not_found` and `group_forbidden`; those that name an invite
 * `invite_invalid`.
 */
export interface Groups extends Membership {
  list(session: SessionRecord): Promise<GroupSummary[]>;
  get(session: SessionRecord, group: string): Promise<Group>;
  create(
    session: SessionRecord,
    wanted: { readonly subject: string; readonly participants: readonly string[] },
  ): Promise<{ readonly group: Group; readonly participants: Outcome[] }>;
  /** Makes the changes in their order; the problem of the first that fails says what was done before. */
  change(session: SessionRecord, group: string, changes: readonly GroupChange[]): Promise<Group>;
  leave(session: SessionRecord, group: string): Promise<void>;
  inviteCode(session: SessionRecord, group: string, renew: boolean): Promise<string>;
  preview(session: SessionRecord, invite: string): Promise<GroupSummary>;
  /** `joined` is false while an admin must let the number in. */
  join(session: SessionRecord, invite: string): Promise<Joined>;
  /** By an invitation that came as a message; also throws `message_not_found`. */
  accept(session: SessionRecord, messageId: string): Promise<Joined>;
}

export function createGroups({ asking, recipients, identities, messages }: GroupsDeps): Groups {
  const ask: AskGroups = (session, call) =>
    asking(session.key, GROUP_REFUSALS, ({ groups }) => call(groups));
  const askByInvite: AskGroups = (session, call) =>
    asking(session.key, INVITE_REFUSALS, ({ groups }) => call(groups));

  async function learned(session: SessionRecord, group: WireGroup): Promise<Group> {
    const pairs = pairsAmong(group.members);
    if (pairs.length > 0) await identities.learn(session.key, pairs);
    return groupOf(group, session, identities);
  }

  return {
    ...createMembership(ask, { recipients, identities }),
    async list(session) {
      const groups = await ask(session, (calls) => calls.list());
      return Promise.all(groups.map((group) => summaryOf(group, session, identities)));
    },
    async get(session, group) {
      const chatId = groupId(group);
      return learned(session, await ask(session, (calls) => calls.get(chatId)));
    },
    async create(session, { subject, participants }) {
      const people = await findPeople(recipients, session.key, participants, '/participants');
      const wanted = new Set(people.flatMap(({ person }) => (person ? [person.chatId] : [])));
      const { group, refused } = await ask(session, (calls) => calls.create(subject, [...wanted]));
      const outcomes = people.map((one) => creationOutcome(one, group, refused));
      return { group: await learned(session, group), participants: outcomes };
    },
    async change(session, group, changes) {
      const chatId = groupId(group);
      const done: string[] = [];
      for (const change of changes) {
        await ask(session, (calls) => calls.change(chatId, change)).catch((error: unknown) => {
          throw done.length > 0 ? afterPart(error, done, change.kind) : error;
        });
        done.push(change.kind);
      }
      return learned(session, await ask(session, (calls) => calls.get(chatId)));
    },
    async leave(session, group) {
      const chatId = groupId(group);
      await ask(session, (calls) => calls.leave(chatId));
    },
    async inviteCode(session, group, renew) {
      const chatId = groupId(group);
      return ask(session, (calls) =>
        renew ? calls.revokeInvite(chatId) : calls.inviteCode(chatId),
      );
    },
    async preview(session, invite) {
      const code = readInvite(invite);
      const group = await askByInvite(session, (calls) => calls.preview(code));
      return summaryOf(group, session, identities);
    },
    async join(session, invite) {
      const code = readInvite(invite);
      return askByInvite(session, (calls) => calls.join(code));
    },
    async accept(session, messageId) {
      const message = await messages.find(session.key, messageId);
      const invitation = invitationIn(messageId, message);
      await askByInvite(session, (calls) => calls.accept(invitation));
      return { chatId: invitation.chatId, joined: true };
    },
  };
}

function creationOutcome(
  one: Named,
  { members }: WireGroup,
  refused: readonly MemberAnswer[],
): Outcome {
  const { person } = one;
  if (person === null) return outcomeOf(one, 'not_on_whatsapp');
  const answer = refused.find((other) => goesBy(person, other));
  if (answer) return outcomeOf(one, wordOf(answer.code, 'add'), answer.invite);
  return outcomeOf(one, members.some((member) => goesBy(person, member)) ? 'done' : 'refused');
}

function afterPart(error: unknown, done: readonly string[], failed: string): unknown {
  if (!(error instanceof Problem)) return error;
  const detail = `Changed: ${done.join(', ')}. Not changed: ${failed}. ${error.message}`;
  return new Problem(error.code, detail, [{ field: `/${failed}`, message: error.message }]);
}
