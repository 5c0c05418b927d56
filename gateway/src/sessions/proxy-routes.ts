import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { sessionParams } from './params.ts';
import type { Proxies } from './proxies.ts';

const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

const shown = z.object({
  url: z
    .string()
    .nullable()
    .meta({ example: 'socks5://user:***@proxy.example:1080' })
    .describe('Without the password; null when there is none'),
});

/** The proxy by which a session reaches WhatsApp. */
export function registerProxyRoutes(app: App, { proxies }: { proxies: Proxies }): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/proxy',
    config: { scope: 'sessions:read' },
    schema: {
      tags: ['Sessions'],
      summary: 'The proxy of a session',
      params: sessionParams,
      response: { 200: shown, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => ({
      url: await proxies.get(workspaceId, params.id),
    }),
  });

  app.route({
    method: 'PUT',
    url: '/sessions/:id/proxy',
    config: {
      scope: 'sessions:write',
      problems: ['invalid_proxy', 'url_not_allowed', 'proxy_unreachable', 'proxy_refused'],
    },
    schema: {
      tags: ['Sessions'],
      summary: 'Let a session reach WhatsApp through a proxy',
      description:
        'Everything between this session and WhatsApp goes through it: the connection, and media in both directions. What leads elsewhere (webhooks, media URLs to send) does not. The proxy is tried first, for up to ten seconds; a connected session then connects anew. A session that is new is made, standing still, so that not even its pairing goes another way.',
      params: sessionParams,
      body: z.strictObject({
        url: z
          .string()
          .max(2_048)
          .meta({ example: 'socks5://user:password@proxy.example:1080' })
          .describe(
            '`http`, `https` or `socks5`; user and password percent-encoded. Kept like a secret',
          ),
      }),
      response: { 200: shown, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => ({
      url: await proxies.set(workspaceId, params.id, body.url),
    }),
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id/proxy',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Sessions'],
      summary: 'Let a session reach WhatsApp without a proxy again',
      description: 'A connected session connects anew.',
      params: sessionParams,
      response: { 200: shown, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      await proxies.remove(workspaceId, params.id);
      return { url: null };
    },
  });
}
