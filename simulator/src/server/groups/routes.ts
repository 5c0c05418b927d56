import type { Account } from '../../accounts/account.ts';
import type { Group } from '../../accounts/group.ts';
import {
  bytesOf,
  childNamed,
  childrenNamed,
  childrenOf,
  type Stanza,
  stanza,
  textOf,
} from '../../wire/stanza.ts';
import { type IqAnswer, type IqHandler, type IqRoutes, ITEM_NOT_FOUND } from '../router.ts';
import type { Origin, World } from '../world.ts';
import { GroupActionError, type GroupActions, type MemberResult } from './actions.ts';
import { groupNode, inviteNode, namesOf } from './describe.ts';

/** One question or change about the group that the iq is addressed to. */
interface Request {
  readonly world: World;
  readonly group: Group;
  readonly actor: Account;
  /** The first child of the iq: what is asked or changed. */
  readonly child: Stanza;
}

type Change = (request: Request) => readonly Stanza[];

/** The groups interface, `w:g2`. */
export function groupRoutes(actions: GroupActions): IqRoutes {
  return { ...membershipRoutes(actions), ...settingRoutes(actions), ...inviteRoutes(actions) };
}

function membershipRoutes(actions: GroupActions): IqRoutes {
  const routes: Record<string, IqHandler> = {
    'w:g2 get query': changing(({ group, actor }) => {
      if (!group.members.has(actor)) throw new GroupActionError(403, 'not a member');
      return [groupNode(group)];
    }),
    'w:g2 get participating': (world, origin) => ({
      content: [
        stanza(
          'groups',
          {},
          world.groups.ofMember(origin.account).map((group) => groupNode(group)),
        ),
      ],
    }),
    'w:g2 set create': (world, origin, iq) =>
      attempt(() => {
        const child = childNamed(iq, 'create');
        const { subject = '', key } = child?.attrs ?? {};
        const unknown: Stanza[] = [];
        const people = child ? peopleOf(world, child, unknown) : [];
        const group = actions.create(origin.account, subject, people, key);
        const leftOut = actions.leftOut(group, origin.account, people);
        return [groupNode(group, [...leftOut.map((one) => resultNode(group, one)), ...unknown])];
      }),
    'w:g2 set leave': leave(actions),
  };
  for (const action of ['add', 'remove', 'promote', 'demote'] as const) {
    routes[`w:g2 set ${action}`] = changing(({ world, group, actor, child }) => {
      const unknown: Stanza[] = [];
      const results = actions[action](group, actor, peopleOf(world, child, unknown));
      return [stanza(child.tag, {}, [...results.map((one) => resultNode(group, one)), ...unknown])];
    });
  }
  return routes;
}

function settingRoutes(actions: GroupActions): IqRoutes {
  const set = (change: (request: Request) => void) =>
    changing((request) => {
      change(request);
      return [];
    });
  return {
    'w:g2 set subject': set(({ group, actor, child }) =>
      actions.setSubject(group, actor, textOf(child)),
    ),
    'w:g2 set description': set(({ group, actor, child }) => {
      const { id = '', prev, delete: isDeleted } = child.attrs;
      const text = isDeleted === 'true' ? null : textOf(childNamed(child, 'body'));
      actions.setDescription(group, actor, text, id, prev ?? null);
    }),
    'w:g2 set announcement': set(({ group, actor }) => actions.setAnnounce(group, actor, true)),
    'w:g2 set not_announcement': set(({ group, actor }) =>
      actions.setAnnounce(group, actor, false),
    ),
    'w:g2 set locked': set(({ group, actor }) => actions.setLocked(group, actor, true)),
    'w:g2 set unlocked': set(({ group, actor }) => actions.setLocked(group, actor, false)),
    'w:g2 set ephemeral': set(({ group, actor, child }) =>
      actions.setEphemeral(group, actor, Number(child.attrs['expiration'] ?? 0)),
    ),
    'w:g2 set not_ephemeral': set(({ group, actor }) => actions.setEphemeral(group, actor, 0)),
    'w:g2 set member_add_mode': set(({ group, actor, child }) =>
      actions.setMemberAddMode(
        group,
        actor,
        Buffer.from(bytesOf(child)).toString() === 'all_member_add'
          ? 'all_member_add'
          : 'admin_add',
      ),
    ),
    'w:g2 set membership_approval_mode': set(({ group, actor, child }) =>
      actions.setApproval(group, actor, childNamed(child, 'group_join')?.attrs['state'] === 'on'),
    ),
  };
}

function inviteRoutes(actions: GroupActions): IqRoutes {
  return {
    // To a group: its code. To `g.us`: what the code leads to.
    'w:g2 get invite': (world, origin, iq) =>
      attempt(() => {
        const code = childNamed(iq, 'invite')?.attrs['code'];
        if (code === undefined) {
          const group = groupOf(world, iq);
          return [stanza('invite', { code: actions.inviteCode(group, origin.account) })];
        }
        const group = world.groups.findByInvite(code);
        if (!group) throw new GroupActionError(406, 'the invite code is not valid');
        return [inviteNode(group)];
      }),
    // To a group: a new code. To `g.us`: joining by a code.
    'w:g2 set invite': (world, origin, iq) =>
      attempt(() => {
        const code = childNamed(iq, 'invite')?.attrs['code'];
        if (code === undefined) {
          const group = groupOf(world, iq);
          return [stanza('invite', { code: actions.revokeInvite(group, origin.account) })];
        }
        const { group, joined } = actions.joinByCode(code, origin.account);
        return [stanza(joined ? 'group' : 'membership_approval_request', { jid: group.jid })];
      }),
    'w:g2 set accept': changing(({ world, group, actor, child }) => {
      const { code = '', expiration, admin } = child.attrs;
      const by = world.directory.find(admin);
      actions.joinByPersonalInvite(group, { code, expiresS: Number(expiration), by }, actor);
      return [];
    }),
    'w:g2 set revoke': changing(({ world, group, actor, child }) => {
      actions.revokePersonalInvites(group, actor, peopleOf(world, child, []));
      return [];
    }),
    'w:g2 get membership_approval_requests': changing(({ group, actor }) => [
      stanza(
        'membership_approval_requests',
        {},
        requestsFor(group, actor).map(([account, { atMs, method }]) =>
          stanza('membership_approval_request', {
            ...namesOf(group, account),
            request_method: method,
            request_time: String(Math.floor(atMs / 1000)),
          }),
        ),
      ),
    ]),
    'w:g2 set membership_requests_action': changing(({ world, group, actor, child }) => {
      const decision = childrenOf(child)[0];
      if (decision?.tag !== 'approve' && decision?.tag !== 'reject') {
        throw new GroupActionError(400, 'neither approve nor reject');
      }
      const unknown: Stanza[] = [];
      const accounts = peopleOf(world, decision, unknown);
      const results = actions.decideRequests(group, actor, accounts, decision.tag);
      const nodes = [...results.map((one) => resultNode(group, one)), ...unknown];
      return [stanza(child.tag, {}, [stanza(decision.tag, {}, nodes)])];
    }),
  };
}

function requestsFor(group: Group, actor: Account) {
  if (!group.members.has(actor)) throw new GroupActionError(403, 'not a member');
  return [...group.requests];
}

function leave(actions: GroupActions): IqHandler {
  return (world, origin, iq) => {
    const left = childrenNamed(childNamed(iq, 'leave'), 'group').map(({ attrs }) => {
      const id = attrs['id'] ?? '';
      const group = world.groups.find(id);
      if (!group?.members.has(origin.account)) return stanza('group', { id, error: '404' });
      actions.leave(group, origin.account);
      return stanza('group', { id });
    });
    return { content: [stanza('leave', {}, left)] };
  };
}

function changing(change: Change): IqHandler {
  return (world: World, { account: actor }: Origin, iq: Stanza) =>
    attempt(() =>
      change({ world, group: groupOf(world, iq), actor, child: childrenOf(iq)[0] ?? iq }),
    );
}

function groupOf(world: World, iq: Stanza): Group {
  const group = world.groups.find(iq.attrs['to']);
  if (!group) throw new GroupActionError(404, ITEM_NOT_FOUND.text);
  return group;
}

function attempt(run: () => readonly Stanza[]): IqAnswer {
  try {
    return { content: run() };
  } catch (error) {
    if (error instanceof GroupActionError) {
      return { error: { code: error.code, text: TEXTS[error.code] } };
    }
    throw error;
  }
}

const TEXTS: Readonly<Record<GroupActionError['code'], string>> = {
  400: 'bad-request',
  401: 'not-authorized',
  403: 'forbidden',
  404: 'item-not-found',
  406: 'not-acceptable',
  409: 'conflict',
};

/** The accounts behind `<participant>` children; those that do not exist are answered with 404. */
function peopleOf(world: World, parent: Stanza, unknown: Stanza[]): Account[] {
  return childrenNamed(parent, 'participant').flatMap(({ attrs }) => {
    const account = world.directory.find(attrs['jid']);
    if (account) return [account];
    unknown.push(stanza('participant', { jid: attrs['jid'], error: '404' }));
    return [];
  });
}

function resultNode(group: Group, { account, outcome, invite }: MemberResult): Stanza {
  const attrs = {
    ...namesOf(group, account),
    error: outcome === 200 ? undefined : String(outcome),
  };
  if (!invite) return stanza('participant', attrs);
  const request = stanza('add_request', {
    code: invite.code,
    expiration: String(invite.expiresS),
  });
  return stanza('participant', attrs, [request]);
}
