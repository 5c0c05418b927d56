import { z } from 'zod';
import type { App } from '../../http/app.ts';
import { problemSchema } from '../../http/problem.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Problem } from '../../kernel/errors.ts';
import { sessionParams } from '../../sessions/params.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { RequireMessage } from '../message-sight.ts';
import { mediaPolicySchema } from './policy.ts';
import type { ReceivedMedia } from './received-media.ts';
import { serveMedia } from './serve.ts';

export interface MediaRouteDeps {
  readonly media: ReceivedMedia;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly requireMessage: RequireMessage;
}

export interface MediaLinkRouteDeps {
  readonly media: Pick<ReceivedMedia, 'links' | 'open'>;
  readonly clock: Clock;
}

const mediaParams = sessionParams.extend({ messageId: z.string().min(1).max(128) });
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

const fileProblems = [
  'message_not_found',
  'media_gone',
  'media_damaged',
  'reupload_failed',
  'reupload_timeout',
  'whatsapp_unreachable',
] as const;
const PHONE_IS_ASKED =
  'When WhatsApp has dropped it, which it does after some weeks, the phone is asked to upload it again; the request waits 20 seconds for that at most, and one that comes a minute later asks the phone once more.';

/** Media of a workspace's messages, and what is fetched of it. */
export function registerMediaRoutes(
  app: App,
  { media, session, requireMessage }: MediaRouteDeps,
): void {
  app.route({
    method: 'POST',
    url: '/sessions/:id/messages/:messageId/media',
    config: { scope: 'messages:read', chat: 'handler', problems: fileProblems },
    schema: {
      tags: ['Messages'],
      summary: 'Fetch the file of a message',
      description: `Answers when it is here, without sending it along. ${PHONE_IS_ASKED}`,
      params: mediaParams,
      response: {
        200: z.object({
          messageId: z.string(),
          mimetype: z.string().describe('As the sender stated it'),
          fileName: z.string(),
          size: z.number().int().describe('Bytes'),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ caller, workspaceId, params: { id, messageId } }) => {
      const { key } = session(workspaceId, id);
      await requireMessage(caller, key, messageId);
      const { file, mimetype, fileName } = await media.open(key, messageId);
      return { messageId, mimetype, fileName, size: file.bytes };
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/messages/:messageId/media',
    config: { scope: 'messages:read', chat: 'handler', problems: fileProblems },
    schema: {
      tags: ['Messages'],
      summary: 'The file of a message',
      description: `Fetched from WhatsApp when it is not here yet. ${PHONE_IS_ASKED} Understands \`Range\`.`,
      params: mediaParams,
    },
    handler: async (request, reply) => {
      const { id, messageId } = request.params;
      const { key } = session(request.workspaceId, id);
      await requireMessage(request.caller, key, messageId);
      return serveMedia(request, reply, await media.open(key, messageId));
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/media-policy',
    config: { scope: 'sessions:read' },
    schema: {
      tags: ['Sessions'],
      summary: 'Which media is fetched and how long it is kept',
      params: sessionParams,
      response: { 200: mediaPolicySchema, ...problemAnswers },
    },
    handler: async (request) => media.policy(session(request.workspaceId, request.params.id).key),
  });

  app.route({
    method: 'PUT',
    url: '/sessions/:id/media-policy',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Sessions'],
      summary: 'Choose which media is fetched and how long it is kept',
      params: sessionParams,
      body: mediaPolicySchema,
      response: { 200: mediaPolicySchema, ...problemAnswers },
    },
    handler: async (request) => {
      const { key } = session(request.workspaceId, request.params.id);
      await media.setPolicy(key, request.body);
      return request.body;
    },
  });
}

/** Signed links, which need no key. */
export function registerMediaLinkRoute(app: App, { media, clock }: MediaLinkRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/media/:token',
    config: { public: true },
    schema: {
      tags: ['Messages'],
      summary: 'The file behind a link from a webhook',
      params: z.object({ token: z.string().min(1).max(512) }),
    },
    handler: async (request, reply) => {
      const target = media.links.read(request.params.token, clock.now());
      if (target === null) {
        throw new Problem(
          'media_link_invalid',
          'The link is over or was changed. Ask for the file by its message.',
        );
      }
      return serveMedia(request, reply, await media.open(target.key, target.messageId));
    },
  });
}
