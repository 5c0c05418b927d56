import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { sessionParams } from '../sessions/params.ts';
import { aboutFields, askProblems, type PeopleRouteDeps } from './people-routes.ts';
import { personFields } from './person.ts';
import { pictureBody, pictureSource } from './picture-routes.ts';

const tags = ['Profile'];
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };
const done = z.object({ success: z.literal(true) });
/** WhatsApp's limits, in characters. */
const MAX_ABOUT = 139;
const MAX_NAME = 25;

/** What the number shows of itself: its name, its "about", its picture, and whether it is online. */
export function registerProfileRoutes(app: App, deps: PeopleRouteDeps): void {
  registerAbout(app, deps);
  registerOwnName(app, deps);
  registerOwnPicture(app, deps);
  const { people, session } = deps;

  app.route({
    method: 'PUT',
    url: '/sessions/:id/presence',
    config: { scope: 'sessions:write', problems: askProblems },
    schema: {
      tags,
      summary: 'Show the number as online, or not',
      description:
        'Until the session connects anew; it starts as not online, so that the phone keeps ringing. WhatsApp confirms nothing.',
      params: sessionParams,
      body: z.strictObject({ available: z.boolean() }),
      response: { 200: done, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      await people.setAvailable(session(workspaceId, params.id).key, body.available);
      return { success: true as const };
    },
  });
}

function registerOwnName(app: App, { people, session }: PeopleRouteDeps): void {
  app.route({
    method: 'PATCH',
    url: '/sessions/:id/profile',
    config: { scope: 'sessions:write', problems: [...askProblems, 'settings_not_shared'] },
    schema: {
      tags,
      summary: 'Change the name that others see',
      description: "Goes to all devices of the number as the phone's own setting.",
      params: sessionParams,
      body: z.strictObject({ name: z.string().trim().min(1).max(MAX_NAME) }),
      response: { 200: done, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      await people.setOwnName(session(workspaceId, params.id).key, body.name);
      return { success: true as const };
    },
  });
}

function registerAbout(app: App, { people, session }: PeopleRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/profile',
    config: { scope: 'sessions:read', problems: ['session_not_open', ...askProblems] },
    schema: {
      tags,
      summary: 'What the number shows of itself',
      params: sessionParams,
      response: {
        200: z.object({
          ...personFields,
          name: z.string().nullable().describe('As others see it'),
          ...aboutFields,
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params }) => people.ownProfile(session(workspaceId, params.id)),
  });

  app.route({
    method: 'PUT',
    url: '/sessions/:id/profile/about',
    config: { scope: 'sessions:write', problems: askProblems },
    schema: {
      tags,
      summary: 'Change the "about" text',
      params: sessionParams,
      body: z.strictObject({ about: z.string().trim().min(1).max(MAX_ABOUT) }),
      response: { 200: done, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      await people.setAbout(session(workspaceId, params.id).key, body.about);
      return { success: true as const };
    },
  });
}

function registerOwnPicture(app: App, { pictures, session }: PeopleRouteDeps): void {
  const url = '/sessions/:id/profile/picture';

  app.route({
    method: 'PUT',
    url,
    config: { scope: 'sessions:write', problems: [...askProblems, 'invalid_media'] },
    schema: {
      tags,
      summary: "Set the number's picture",
      params: sessionParams,
      body: pictureBody,
      response: { 200: done, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      await pictures.set(session(workspaceId, params.id).key, null, pictureSource(body), {});
      return { success: true as const };
    },
  });

  app.route({
    method: 'DELETE',
    url,
    config: { scope: 'sessions:write', problems: askProblems },
    schema: {
      tags,
      summary: "Take the number's picture away",
      params: sessionParams,
      response: { 200: done, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      await pictures.set(session(workspaceId, params.id).key, null, null, {});
      return { success: true as const };
    },
  });
}
