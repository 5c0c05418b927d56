import type { Account } from '../../accounts/account.ts';
import {
  forgetSenderKeys,
  type Group,
  isAdmin,
  type JoinMethod,
  MAX_MEMBERS,
  MAX_SUBJECT,
} from '../../accounts/group.ts';
import { type Stanza, stanza } from '../../wire/stanza.ts';
import type { World } from '../world.ts';
import { approvalNode, descriptionNode, participantNode } from './describe.ts';
import { acquaintMembers, notifyGroup, welcome } from './notify.ts';

/** HTTP-like codes with which the server answers for one participant. */
export type MemberOutcome = 200 | 401 | 403 | 404 | 408 | 409 | 419;

/** What became of one participant of an action. */
export interface MemberResult {
  readonly account: Account;
  readonly outcome: MemberOutcome;
  /** For 403 on adding: a personal invitation that may be sent instead. */
  readonly invite?: { readonly code: string; readonly expiresS: number };
}

/** An action that was not allowed or possible, with the code for the error answer. */
export class GroupActionError extends Error {
  readonly code: 400 | 401 | 403 | 404 | 406 | 409;

  constructor(code: GroupActionError['code'], detail: string) {
    super(detail);
    this.name = 'GroupActionError';
    this.code = code;
  }
}

/** A personal invitation is good for three days. */
const PERSONAL_INVITE_S = 3 * 24 * 3600;

/** What people do with groups. Each checks what the actor may do and tells everyone concerned. */
export class GroupActions {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** `key` is the creating client's own mark, handed back in the notification. */
  create(creator: Account, subject: string, people: readonly Account[], key?: string): Group {
    checkSubject(subject);
    if (people.length >= MAX_MEMBERS) throw new GroupActionError(406, 'too many members');
    const { groups, clock } = this.#world;
    const members = people.filter((person) => mayBeAdded(person, creator));
    const addressing = this.#world.groupAddressing.mode;
    const group = groups.create({ subject, creator, members, addressing }, clock.now());
    acquaintMembers(group);
    welcome(this.#world, group, creator, group.members.keys(), key);
    return group;
  }

  /** Those of `people` whom a group that was just created did not take in, each with the reason. */
  leftOut(group: Group, creator: Account, people: readonly Account[]): MemberResult[] {
    return people
      .filter((account) => !group.members.has(account))
      .map((account) => this.#admission(group, creator, account));
  }

  add(group: Group, actor: Account, people: readonly Account[]): MemberResult[] {
    this.#mustBeMember(group, actor);
    if (group.memberAddMode === 'admin_add') this.#mustBeAdmin(group, actor);
    const results = people.map((account) => this.#admission(group, actor, account));
    const added = results.filter(({ outcome }) => outcome === 200).map(({ account }) => account);
    this.#join(group, actor, added, null);
    return results;
  }

  remove(group: Group, actor: Account, people: readonly Account[]): MemberResult[] {
    this.#mustBeAdmin(group, actor);
    return this.#forMembers(group, people, (account) => {
      // The founder can only leave by themselves.
      if (group.members.get(account) === 'superadmin' && account !== actor) return 403;
      this.#part(group, actor, account);
      return 200;
    });
  }

  leave(group: Group, account: Account): void {
    this.#mustBeMember(group, account);
    this.#part(group, account, account);
    if (group.members.size > 0 && ![...group.members.keys()].some((one) => isAdmin(group, one))) {
      const heir = [...group.members.keys()][0];
      if (heir) this.#changeRole(group, account, heir, 'admin');
    }
  }

  promote(group: Group, actor: Account, people: readonly Account[]): MemberResult[] {
    this.#mustBeAdmin(group, actor);
    return this.#forMembers(group, people, (account) => {
      if (!isAdmin(group, account)) this.#changeRole(group, actor, account, 'admin');
      return 200;
    });
  }

  demote(group: Group, actor: Account, people: readonly Account[]): MemberResult[] {
    this.#mustBeAdmin(group, actor);
    return this.#forMembers(group, people, (account) => {
      if (group.members.get(account) === 'superadmin') return 403;
      if (isAdmin(group, account)) this.#changeRole(group, actor, account, 'member');
      return 200;
    });
  }

  setSubject(group: Group, actor: Account, text: string): void {
    this.#mustMayEdit(group, actor);
    checkSubject(text);
    const setAtMs = this.#world.clock.now();
    group.subject = { text, by: actor, setAtMs };
    const s_t = String(Math.floor(setAtMs / 1000));
    this.#tell(group, actor, stanza('subject', { subject: text, s_t }));
  }

  /** `previous` is the id of the description that the actor saw; null text deletes. */
  setDescription(
    group: Group,
    actor: Account,
    text: string | null,
    id: string,
    previous: string | null,
  ): void {
    this.#mustMayEdit(group, actor);
    if ((group.description?.id ?? null) !== previous) {
      throw new GroupActionError(409, 'the description was changed by somebody else');
    }
    const setAtMs = this.#world.clock.now();
    group.description = text === null ? null : { id, text, by: actor, setAtMs };
    this.#tell(group, actor, descriptionNode(group));
  }

  setAnnounce(group: Group, actor: Account, on: boolean): void {
    this.#mustBeAdmin(group, actor);
    group.announce = on;
    this.#tell(group, actor, stanza(on ? 'announcement' : 'not_announcement'));
  }

  setLocked(group: Group, actor: Account, on: boolean): void {
    this.#mustBeAdmin(group, actor);
    group.locked = on;
    this.#tell(group, actor, stanza(on ? 'locked' : 'unlocked'));
  }

  setEphemeral(group: Group, actor: Account, seconds: number): void {
    this.#mustMayEdit(group, actor);
    group.ephemeralS = seconds;
    const change =
      seconds > 0 ? stanza('ephemeral', { expiration: String(seconds) }) : stanza('not_ephemeral');
    this.#tell(group, actor, change);
  }

  setMemberAddMode(group: Group, actor: Account, mode: Group['memberAddMode']): void {
    this.#mustBeAdmin(group, actor);
    group.memberAddMode = mode;
    this.#tell(group, actor, stanza('member_add_mode', {}, Buffer.from(mode)));
  }

  setApproval(group: Group, actor: Account, on: boolean): void {
    this.#mustBeAdmin(group, actor);
    group.approval = on;
    this.#tell(group, actor, approvalNode(on));
  }

  revokeInvite(group: Group, actor: Account): string {
    this.#mustBeAdmin(group, actor);
    group.inviteCode = this.#world.groups.newCode();
    this.#tell(group, actor, stanza('invite', { code: group.inviteCode }));
    return group.inviteCode;
  }

  inviteCode(group: Group, actor: Account): string {
    this.#mustBeAdmin(group, actor);
    return group.inviteCode;
  }

  /** Gives whether the account is in now; otherwise an admin must let it in. */
  joinByCode(code: string, account: Account): { group: Group; joined: boolean } {
    const group = this.#world.groups.findByInvite(code);
    if (!group) throw new GroupActionError(406, 'the invite code is not valid');
    if (group.members.has(account)) throw new GroupActionError(409, 'a member already');
    if (group.approval) {
      this.#request(group, account, 'invite_link');
      return { group, joined: false };
    }
    this.#join(group, account, [account], 'invite');
    return { group, joined: true };
  }

  /** The invitation must be repeated as the message of a member brought it. */
  joinByPersonalInvite(
    group: Group,
    told: { readonly code: string; readonly expiresS: number; readonly by: Account | null },
    account: Account,
  ): void {
    const { code, expiresS, by } = told;
    const invite = group.personalInvites.get(code);
    const nowS = this.#world.clock.now() / 1000;
    const isTrue = invite?.expiresS === expiresS && by !== null && group.members.has(by);
    if (!isTrue || invite.account !== account || invite.expiresS < nowS) {
      throw new GroupActionError(406, 'the invitation is not valid');
    }
    group.personalInvites.delete(code);
    this.#join(group, account, [account], 'invite');
  }

  revokePersonalInvites(group: Group, actor: Account, people: readonly Account[]): void {
    this.#mustBeAdmin(group, actor);
    for (const [code, { account }] of group.personalInvites) {
      if (people.includes(account)) group.personalInvites.delete(code);
    }
  }

  decideRequests(
    group: Group,
    actor: Account,
    people: readonly Account[],
    decision: 'approve' | 'reject',
  ): MemberResult[] {
    this.#mustBeAdmin(group, actor);
    const results = people.map((account): MemberResult => {
      const asked = group.requests.delete(account);
      return { account, outcome: asked ? 200 : 404 };
    });
    const decided = results.filter(({ outcome }) => outcome === 200).map(({ account }) => account);
    if (decision === 'approve') this.#join(group, actor, decided, 'invite');
    else for (const account of decided) this.#revokeRequest(group, actor, account);
    return results;
  }

  #admission(group: Group, actor: Account, account: Account): MemberResult {
    if (group.members.has(account)) return { account, outcome: 409 };
    if (group.members.size >= MAX_MEMBERS) return { account, outcome: 419 };
    if (account.blocked.has(actor.lid)) return { account, outcome: 401 };
    if (mayBeAdded(account, actor)) return { account, outcome: 200 };
    const code = this.#world.groups.newCode();
    const expiresS = Math.floor(this.#world.clock.now() / 1000) + PERSONAL_INVITE_S;
    group.personalInvites.set(code, { account, expiresS });
    return { account, outcome: 403, invite: { code, expiresS } };
  }

  #join(group: Group, actor: Account, people: readonly Account[], reason: string | null): void {
    if (people.length === 0) return;
    const old = [...group.members.keys()];
    for (const account of people) {
      group.members.set(account, 'member');
      group.requests.delete(account);
    }
    acquaintMembers(group);
    const change = stanza(
      'add',
      { reason: reason ?? undefined },
      people.map((account) => participantNode(group, account)),
    );
    notifyGroup(this.#world, group, actor, change, old);
    welcome(this.#world, group, actor, people);
  }

  #part(group: Group, actor: Account, account: Account): void {
    const everyone = [...group.members.keys()];
    group.members.delete(account);
    // Whoever comes back must be given all keys anew, and give its own.
    forgetSenderKeys(group, (device) => device.startsWith(`${account.phone}:`));
    const change = stanza('remove', {}, [participantNode(group, account)]);
    notifyGroup(this.#world, group, actor, change, everyone);
  }

  #changeRole(group: Group, actor: Account, account: Account, role: 'admin' | 'member'): void {
    group.members.set(account, role);
    const change = role === 'admin' ? 'promote' : 'demote';
    this.#tell(group, actor, stanza(change, {}, [participantNode(group, account)]));
  }

  #request(group: Group, account: Account, method: JoinMethod): void {
    group.requests.set(account, { atMs: this.#world.clock.now(), method });
    const change = stanza('created_membership_requests', { request_method: method }, [
      participantNode(group, account),
    ]);
    notifyGroup(this.#world, group, account, change, adminsOf(group));
  }

  #revokeRequest(group: Group, actor: Account, account: Account): void {
    const change = stanza('revoked_membership_requests', {}, [participantNode(group, account)]);
    notifyGroup(this.#world, group, actor, change, adminsOf(group));
  }

  #forMembers(
    group: Group,
    people: readonly Account[],
    act: (account: Account) => MemberOutcome,
  ): MemberResult[] {
    return people.map((account) => ({
      account,
      outcome: group.members.has(account) ? act(account) : 404,
    }));
  }

  #tell(group: Group, actor: Account, change: Stanza): void {
    notifyGroup(this.#world, group, actor, change);
  }

  #mustBeMember(group: Group, actor: Account): void {
    if (!group.members.has(actor)) throw new GroupActionError(403, 'not a member of the group');
  }

  #mustBeAdmin(group: Group, actor: Account): void {
    this.#mustBeMember(group, actor);
    if (!isAdmin(group, actor)) throw new GroupActionError(401, 'not an admin of the group');
  }

  #mustMayEdit(group: Group, actor: Account): void {
    this.#mustBeMember(group, actor);
    if (group.locked) this.#mustBeAdmin(group, actor);
  }
}

function checkSubject(subject: string): void {
  const length = Array.from(subject).length;
  if (length === 0 || length > MAX_SUBJECT) {
    throw new GroupActionError(406, `a subject has 1 to ${MAX_SUBJECT} characters`);
  }
}

function mayBeAdded(account: Account, by: Account): boolean {
  const setting = account.privacy.get('groupadd');
  return setting === 'all' || (setting === 'contacts' && account.acquaintances.has(by));
}

function adminsOf(group: Group): Account[] {
  return [...group.members.keys()].filter((account) => isAdmin(group, account));
}
