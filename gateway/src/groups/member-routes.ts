import { z } from 'zod';
import { personFields } from '../contacts/person.ts';
import type { App } from '../http/app.ts';
import { outcomeSchema, type PersonAction } from './outcome.ts';
import {
  type GroupRouteDeps,
  groupParams,
  groupProblems,
  groupTags,
  peopleField,
  problemAnswers,
} from './routes.ts';

/** The last part of the path, what it does, and whom it needs. */
const ACTIONS: readonly { path: string; action: PersonAction; summary: string }[] = [
  { path: 'participants', action: 'add', summary: 'Add people' },
  { path: 'participants/remove', action: 'remove', summary: 'Remove people' },
  { path: 'participants/promote', action: 'promote', summary: 'Make people admins' },
  { path: 'participants/demote', action: 'demote', summary: 'Make admins ordinary members' },
  { path: 'requests/approve', action: 'approve', summary: 'Let people in who asked to join' },
  { path: 'requests/reject', action: 'reject', summary: 'Turn down people who asked to join' },
];

/** Who is in a group and who may come in. Each person of a request has an outcome of their own. */
export function registerMemberRoutes(app: App, { groups, session }: GroupRouteDeps): void {
  for (const { path, action, summary } of ACTIONS) {
    app.route({
      method: 'POST',
      url: `/sessions/:id/groups/:chatId/${path}`,
      config: { scope: 'groups:write', problems: groupProblems },
      schema: {
        tags: groupTags,
        summary,
        description: 'Answers 200 also when it worked for nobody: see each `outcome`.',
        params: groupParams,
        body: z.strictObject({ participants: peopleField }),
        response: { 200: z.object({ participants: z.array(outcomeSchema) }), ...problemAnswers },
      },
      handler: async ({ workspaceId, params, body }) => {
        const record = session(workspaceId, params.id);
        return {
          participants: await groups.act(record, params.chatId, action, body.participants),
        };
      },
    });
  }

  app.route({
    method: 'GET',
    url: '/sessions/:id/groups/:chatId/requests',
    config: { scope: 'groups:read', chat: 'params.chatId', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'People who ask to join',
      params: groupParams,
      response: {
        200: z.object({
          items: z.array(
            z.object({
              ...personFields,
              requestedAt: z.iso.datetime().nullable(),
              method: z.string().nullable().describe("WhatsApp's word for how they came"),
            }),
          ),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params }) => ({
      items: await groups.requests(session(workspaceId, params.id), params.chatId),
    }),
  });
}
