import { z } from 'zod';
import type { AccountHandle } from '../../handles.ts';
import type { MemberResult } from '../../server/groups/actions.ts';
import type { Routes } from '../app.ts';
import { bytes } from '../contract/pieces.ts';
import { problem } from '../contract/requests.ts';
import { groupView } from '../contract/views.ts';
import { describeGroup } from '../describe.ts';
import { Problem } from '../problem.ts';

const number = z.string().max(100).describe('Digits or address of an account');
const groupParams = z.object({ jid: z.string().max(100) });

const newGroup = z.strictObject({
  by: number.describe('Who makes it, and is its first admin'),
  subject: z.string().min(1).max(100),
  members: z.array(number).max(1023).default([]),
});

const change = z.strictObject({
  by: number.describe('Who changes it, and must be allowed to'),
  subject: z.string().min(1).max(100).exactOptional(),
  description: z.string().max(2048).nullable().exactOptional().describe('null deletes it'),
  picture: bytes.nullable().exactOptional().describe('JPEG; null takes it away'),
  announce: z.boolean().exactOptional().describe('Only admins may write'),
  locked: z
    .boolean()
    .exactOptional()
    .describe('Only admins may change subject, description, picture'),
  approval: z.boolean().exactOptional().describe('Admins must let new members in'),
  memberAddMode: z.enum(['admin_add', 'all_member_add']).exactOptional(),
  ephemeralS: z.int().min(0).exactOptional(),
});

const memberAction = z.strictObject({
  by: number,
  action: z.enum(['add', 'remove', 'promote', 'demote', 'approve', 'reject']),
  members: z.array(number).min(1).max(1024),
});

const results = z.object({
  results: z.array(
    z.object({
      number: z.string(),
      outcome: z.int().describe('200 for success, else the code of the real server'),
    }),
  ),
  group: groupView,
});

/** Groups, and what members do with them. */
export const groupRoutes: Routes = (app, { simulator, account, group }) => {
  app.get(
    '/api/groups',
    {
      schema: {
        tags: ['Groups'],
        summary: 'List groups',
        response: { 200: z.object({ groups: z.array(groupView) }), ...problem },
      },
    },
    () => ({ groups: simulator.groups.all().map(describeGroup) }),
  );

  app.post(
    '/api/groups',
    {
      schema: {
        tags: ['Groups'],
        summary: 'Create a group',
        body: newGroup,
        response: { 201: groupView, ...problem },
      },
    },
    async (request, reply) => {
      const { by, subject, members } = request.body;
      const created = simulator.groups.create(account(by), subject, members.map(account));
      return reply.code(201).send(describeGroup(created));
    },
  );

  app.get(
    '/api/groups/:jid',
    {
      schema: {
        tags: ['Groups'],
        summary: 'Show a group',
        params: groupParams,
        response: { 200: groupView, ...problem },
      },
    },
    (request) => describeGroup(group(request.params.jid)),
  );

  app.patch(
    '/api/groups/:jid',
    {
      bodyLimit: 4 * 1024 * 1024,
      schema: {
        tags: ['Groups'],
        summary: 'Change a group',
        params: groupParams,
        body: change,
        response: { 200: groupView, ...problem },
      },
    },
    (request) => {
      const handle = group(request.params.jid);
      const { by, ...settings } = request.body;
      handle.change(account(by), settings);
      return describeGroup(handle);
    },
  );
};

/** Who is in a group, and as what. */
export const memberRoutes: Routes = (app, { account, group }) => {
  app.post(
    '/api/groups/:jid/members',
    {
      schema: {
        tags: ['Groups'],
        summary: 'Add, remove, promote or demote members; decide who asked to join',
        params: groupParams,
        body: memberAction,
        response: { 200: results, ...problem },
      },
    },
    (request) => {
      const handle = group(request.params.jid);
      const { by, action, members } = request.body;
      const actor = account(by);
      const people = members.map(account);
      const outcome = act(handle, actor, action, people);
      return {
        results: outcome.map(({ account, outcome }) => ({ number: account.phone, outcome })),
        group: describeGroup(handle),
      };
    },
  );

  app.post(
    '/api/groups/:jid/leave',
    {
      schema: {
        tags: ['Groups'],
        summary: 'Leave a group',
        params: groupParams,
        body: z.strictObject({ member: number }),
        response: { 200: groupView, ...problem },
      },
    },
    (request) => {
      const handle = group(request.params.jid);
      handle.leave(account(request.body.member));
      return describeGroup(handle);
    },
  );
};

/** Invitations by code. */
export const inviteRoutes: Routes = (app, { simulator, account, group }) => {
  app.post(
    '/api/groups/join',
    {
      schema: {
        tags: ['Groups'],
        summary: 'Join a group by its invite code',
        body: z.strictObject({ member: number, code: z.string().max(100) }),
        response: {
          200: z.object({
            joined: z.boolean().describe('false: an admin must let the person in'),
            group: groupView,
          }),
          ...problem,
        },
      },
    },
    (request) => {
      const { member, code } = request.body;
      const person = account(member);
      const handle = simulator.groups.all().find(({ inviteCode }) => inviteCode === code);
      if (!handle)
        throw new Problem('group_not_found', 'No group has this invite code (any more).');
      return { joined: handle.joinByInvite(person), group: describeGroup(handle) };
    },
  );

  app.post(
    '/api/groups/:jid/revoke-invite',
    {
      schema: {
        tags: ['Groups'],
        summary: 'Replace the invite code',
        params: groupParams,
        body: z.strictObject({ by: number }),
        response: { 200: groupView, ...problem },
      },
    },
    (request) => {
      const handle = group(request.params.jid);
      handle.revokeInvite(account(request.body.by));
      return describeGroup(handle);
    },
  );
};

type Handle = ReturnType<Parameters<Routes>[1]['group']>;

function act(
  group: Handle,
  actor: AccountHandle,
  action: z.output<typeof memberAction>['action'],
  people: readonly AccountHandle[],
): readonly Pick<MemberResult, 'account' | 'outcome'>[] {
  switch (action) {
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return group[action](actor, ...people);
    case 'approve':
    case 'reject':
      return people.map((person) => {
        const asked = group.requests.includes(person);
        if (asked) group.decide(actor, person, action);
        return { account: person.account, outcome: asked ? 200 : 404 };
      });
  }
}
