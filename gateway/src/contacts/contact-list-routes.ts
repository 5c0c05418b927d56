import { z } from 'zod';
import type { App } from '../http/app.ts';
import { addressCursor, nextPage, pageQuery } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { type ContactList, contactSchema } from './contact-list.ts';

export interface ContactListRouteDeps {
  readonly contacts: ContactList;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

/** Everybody whom the number knows by name. */
export function registerContactListRoutes(
  app: App,
  { contacts, session }: ContactListRouteDeps,
): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/contacts',
    config: { scope: 'contacts:read' },
    schema: {
      tags: ['Contacts'],
      summary: 'Everybody whom the number knows by name, ordered by address',
      description:
        'Read from what is kept, whether the number is connected or not. The number itself is left out: it has a profile. A search looks at up to 2,000 people per request: a short page with a `next` goes on.',
      params: sessionParams,
      querystring: pageQuery(50, 200, addressCursor).extend({
        search: z
          .string()
          .trim()
          .min(1)
          .max(100)
          .optional()
          .describe('Part of a name, accents and case aside, or of a phone number')
          .meta({ examples: ['jose'] }),
      }),
      response: {
        200: z.object({
          items: z.array(contactSchema).readonly(),
          next: nextPage('after'),
        }),
        '4xx': problemSchema,
        '5xx': problemSchema,
      },
    },
    handler: async ({ workspaceId, params, query }) => {
      const { limit, after = null, search = null } = query;
      return contacts.page(session(workspaceId, params.id), { limit, after, search });
    },
  });
}
