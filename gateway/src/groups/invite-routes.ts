import { z } from 'zod';
import type { App } from '../http/app.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import { sessionParams } from '../sessions/params.ts';
import { inviteLink } from './invite.ts';
import {
  type GroupRouteDeps,
  groupParams,
  groupProblems,
  groupTags,
  problemAnswers,
} from './routes.ts';
import { groupSummarySchema } from './view.ts';

const CODE = 'Jx3fTa9QmPb2Wq7LrYk5Zd';

const inviteField = z
  .string()
  .min(1)
  .max(200)
  .describe('The link, or the last part of it')
  .meta({ examples: [inviteLink(CODE), CODE] });

const joinBody = z
  .strictObject({
    invite: inviteField.optional(),
    messageId: z
      .string()
      .min(1)
      .max(128)
      .describe('Id of a received message of the type `group_invite`, instead')
      .optional(),
  })
  .superRefine(({ invite, messageId }, context) => {
    if ((invite === undefined) !== (messageId === undefined)) return;
    const code: ProblemCode = invite === undefined ? 'missing_field' : 'invalid_request';
    context.addIssue({
      code: 'custom',
      message: 'Give either invite or messageId',
      path: ['invite'],
      params: { code },
    });
  });

const linkSchema = z
  .object({ code: z.string(), link: z.string() })
  .meta({ examples: [{ code: CODE, link: inviteLink(CODE) }] });

const shown = (code: string) => ({ code, link: inviteLink(code) });

const inviteProblems: readonly ProblemCode[] = ['invite_invalid', ...groupProblems.slice(3)];

/** The invite link of a group, and groups behind links of others. */
export function registerInviteRoutes(app: App, deps: GroupRouteDeps): void {
  registerOwnInvite(app, deps);
  const { groups, session } = deps;

  app.route({
    method: 'GET',
    url: '/sessions/:id/groups/invites/:invite',
    config: { scope: 'groups:read', problems: inviteProblems },
    schema: {
      tags: groupTags,
      summary: 'Which group an invite leads to',
      params: sessionParams.extend({ invite: inviteField }),
      response: { 200: groupSummarySchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) =>
      groups.preview(session(workspaceId, params.id), params.invite),
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/groups/join',
    config: {
      scope: 'groups:write',
      problems: [...inviteProblems, 'message_not_found', 'already_in_group', 'group_full'],
    },
    schema: {
      tags: groupTags,
      summary: 'Join a group by invite, or by an invitation that came as a message',
      params: sessionParams,
      body: joinBody,
      response: {
        200: z.object({
          chatId: z.string(),
          joined: z.boolean().describe('False: an admin must let the number in first'),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params, body }) =>
      body.messageId === undefined
        ? groups.join(session(workspaceId, params.id), body.invite ?? '')
        : groups.accept(session(workspaceId, params.id), body.messageId),
  });
}

function registerOwnInvite(app: App, { groups, session }: GroupRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/groups/:chatId/invite',
    config: { scope: 'groups:read', chat: 'params.chatId', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'The invite link; admins only',
      params: groupParams,
      response: { 200: linkSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) =>
      shown(await groups.inviteCode(session(workspaceId, params.id), params.chatId, false)),
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/groups/:chatId/invite/revoke',
    config: { scope: 'groups:write', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'Make the invite link invalid; answers the new one',
      params: groupParams,
      response: { 200: linkSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) =>
      shown(await groups.inviteCode(session(workspaceId, params.id), params.chatId, true)),
  });
}
