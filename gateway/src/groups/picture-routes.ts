import { pictureBody, pictureSource, servePicture } from '../contacts/picture-routes.ts';
import type { App } from '../http/app.ts';
import { groupId } from './group-id.ts';
import { GROUP_REFUSALS } from './refusals.ts';
import {
  type GroupRouteDeps,
  groupParams,
  groupProblems,
  groupTags,
  problemAnswers,
  successSchema,
} from './routes.ts';

const url = '/sessions/:id/groups/:chatId/picture';

/** The picture of a group. */
export function registerGroupPictureRoutes(app: App, deps: GroupRouteDeps): void {
  const { pictures, session } = deps;

  app.route({
    method: 'GET',
    url,
    config: {
      scope: 'groups:read',
      chat: 'params.chatId',
      problems: [...groupProblems, 'picture_not_found', 'hidden_by_privacy'],
    },
    schema: { tags: groupTags, summary: 'The picture, a JPEG', params: groupParams },
    handler: async ({ workspaceId, params }, reply) => {
      const { key } = session(workspaceId, params.id);
      return servePicture(reply, await pictures.get(key, groupId(params.chatId)));
    },
  });

  app.route({
    method: 'PUT',
    url,
    config: { scope: 'groups:write', problems: [...groupProblems, 'invalid_media'] },
    schema: {
      tags: groupTags,
      summary: 'Set the picture',
      params: groupParams,
      body: pictureBody,
      response: { 200: successSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      const { key } = session(workspaceId, params.id);
      const group = groupId(params.chatId);
      await pictures.set(key, group, pictureSource(body), GROUP_REFUSALS);
      return { success: true as const };
    },
  });

  app.route({
    method: 'DELETE',
    url,
    config: { scope: 'groups:write', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'Take the picture away',
      params: groupParams,
      response: { 200: successSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      const { key } = session(workspaceId, params.id);
      await pictures.set(key, groupId(params.chatId), null, GROUP_REFUSALS);
      return { success: true as const };
    },
  });
}
