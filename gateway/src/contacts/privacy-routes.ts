import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { askProblems } from './people-routes.ts';
import { type Privacy, privacyInput, privacyView } from './privacy.ts';

export interface PrivacyRouteDeps {
  readonly privacy: Privacy;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

const url = '/sessions/:id/profile/privacy';
const tags = ['Profile'];
const response = { 200: privacyView, '4xx': problemSchema, '5xx': problemSchema };

/** What a number lets others see and do. */
export function registerPrivacyRoutes(app: App, { privacy, session }: PrivacyRouteDeps): void {
  app.route({
    method: 'GET',
    url,
    config: { scope: 'sessions:read', problems: askProblems },
    schema: {
      tags,
      summary: 'Who sees and may do what with the number',
      description: 'Asked of WhatsApp each time, in its own words; null is what it does not tell.',
      params: sessionParams,
      response,
    },
    handler: async ({ workspaceId, params }) => privacy.get(session(workspaceId, params.id).key),
  });

  app.route({
    method: 'PATCH',
    url,
    config: { scope: 'sessions:write', problems: askProblems },
    schema: {
      tags,
      summary: 'Change who sees and may do what with the number',
      description:
        'Settings that are not named stay. They are changed one after the other: after an error, look which were. Whom `contact_blacklist` leaves out is chosen on the phone.',
      params: sessionParams,
      body: privacyInput,
      response,
    },
    handler: async ({ workspaceId, params, body }) =>
      privacy.change(session(workspaceId, params.id).key, body),
  });
}
