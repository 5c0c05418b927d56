import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { type ContactList, contactSchema } from './contact-list.ts';
import type { People } from './people.ts';
import { personFields } from './person.ts';
import { servePicture } from './picture-routes.ts';
import type { Pictures } from './pictures.ts';

export interface PeopleRouteDeps {
  readonly people: People;
  readonly pictures: Pictures;
  readonly contacts: Pick<ContactList, 'namesOf'>;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

const tags = ['Contacts'];
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };
const personParams = sessionParams.extend({
  chatId: z
    .string()
    .min(1)
    .max(128)
    .describe('A person, in any form of number')
    .meta({ examples: ['5511888888888'] }),
});
const personSchema = z.object(personFields);

/** What questions to WhatsApp may end in. */
export const askProblems = [
  'whatsapp_unreachable',
  'whatsapp_timeout',
  'whatsapp_rate_limited',
  'refused_by_whatsapp',
] as const satisfies readonly ProblemCode[];
const personProblems: readonly ProblemCode[] = [
  'invalid_recipient',
  'recipient_not_found',
  ...askProblems,
];

export const aboutFields = {
  about: z.string().nullable().describe('Null: there is none, or this number may not see it'),
  aboutSetAt: z.iso.datetime().nullable(),
};

/** People: what they show of themselves, and whether they are blocked. */
export function registerPeopleRoutes(app: App, deps: PeopleRouteDeps): void {
  registerLooking(app, deps);
  const { people, session } = deps;

  app.route({
    method: 'GET',
    url: '/sessions/:id/contacts/blocked',
    config: { scope: 'contacts:read', problems: askProblems },
    schema: {
      tags,
      summary: 'People whom the number has blocked',
      params: sessionParams,
      response: { 200: z.object({ items: z.array(personSchema) }), ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => ({
      items: await people.blocked(session(workspaceId, params.id).key),
    }),
  });

  for (const action of ['block', 'unblock'] as const) {
    app.route({
      method: 'POST',
      url: `/sessions/:id/contacts/:chatId/${action}`,
      config: { scope: 'contacts:write', problems: personProblems },
      schema: {
        tags,
        summary: action === 'block' ? 'Block a person' : 'Unblock a person',
        description: 'Doing it twice does no harm.',
        params: personParams,
        response: { 200: personSchema, ...problemAnswers },
      },
      handler: async ({ workspaceId, params }) =>
        people.setBlocked(session(workspaceId, params.id).key, params.chatId, action === 'block'),
    });
  }
}

function registerLooking(app: App, { people, pictures, contacts, session }: PeopleRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/contacts/:chatId',
    config: { scope: 'contacts:read', chat: 'params.chatId', problems: personProblems },
    schema: {
      tags,
      summary: 'A person, with their names and what they say about themselves',
      description: 'Asks WhatsApp each time; the names are those that are kept.',
      params: personParams,
      response: { 200: contactSchema.extend(aboutFields), ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      const { key } = session(workspaceId, params.id);
      const profile = await people.profile(key, params.chatId);
      return { ...profile, ...(await contacts.namesOf(key, profile.chatId)) };
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/contacts/:chatId/picture',
    config: {
      scope: 'contacts:read',
      chat: 'params.chatId',
      problems: [...personProblems, 'picture_not_found', 'hidden_by_privacy', 'media_damaged'],
    },
    schema: { tags, summary: 'The picture of a person, a JPEG', params: personParams },
    handler: async ({ workspaceId, params }, reply) => {
      const { key } = session(workspaceId, params.id);
      const { chatId } = await people.find(key, params.chatId);
      return servePicture(reply, await pictures.get(key, chatId));
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/contacts/:chatId/presence/subscribe',
    config: { scope: 'contacts:read', chat: 'params.chatId', problems: personProblems },
    schema: {
      tags,
      summary: 'Be told when a person is online or types',
      description:
        'Comes as `presence.updated`, until the session connects anew. WhatsApp confirms nothing, shows nothing of people who hide it, and tells only those who are online themselves.',
      params: personParams,
      response: { 200: personSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) =>
      people.followPresence(session(workspaceId, params.id).key, params.chatId),
  });
}
