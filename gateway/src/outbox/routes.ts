import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { bodyReadByDomain } from '../http/validation.ts';
import { Problem } from '../kernel/errors.ts';
import {
  contentFromMessage,
  contentFromSend,
  messageBodies,
  sendBody,
} from '../messages/catalogue/catalogue.ts';
import type { RequireMessage } from '../messages/message-sight.ts';
import { sessionParams } from '../sessions/params.ts';
import { type FormHookDeps, formHook } from './form-hook.ts';
import { requireForwardable } from './forward-sight.ts';
import { placeSchema, viewPlace } from './queue-view.ts';
import type { Sender, Sent } from './sender.ts';
import type { JobError } from './store.ts';

/** Bodies may carry media as base64: 16 MiB of it, and what JSON needs around it. */
const SEND_BODY_LIMIT_BYTES = 24 * 1024 * 1024;

const DEFAULT_WAIT_S = 20;
const MAX_WAIT_S = 60;

const waitQuery = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .max(MAX_WAIT_S)
    .default(DEFAULT_WAIT_S)
    .describe('Seconds to wait for WhatsApp; 0 answers as soon as the message is stored'),
});

const answer = (status: 'sent' | 'queued') =>
  z.object({
    success: z.literal(true),
    messageId: z.string(),
    status: z.literal(status),
    sessionId: z.string(),
    to: z.object({
      input: z.string(),
      chatId: z.string(),
      phone: z.string().nullable(),
      lid: z.string().nullable(),
    }),
    renderedAs: z
      .enum(['interactive', 'numbered_text'])
      .describe('How lists and buttons go out; the answer comes back with the id either way')
      .optional(),
  });

const EXAMPLE = {
  success: true,
  messageId: '3EB0C127D7BACC83D6A1',
  sessionId: 'support',
  to: {
    input: '+55 11 99999-9999',
    chatId: '5511999999999@s.whatsapp.net',
    phone: '5511999999999',
    lid: null,
  },
};

const queuedAnswer = answer('queued')
  .extend({
    queue: placeSchema.nullable().describe('Where it stands; null when that could not be told'),
  })
  .meta({
    id: 'QueuedMessage',
    description: 'The message is stored and goes out once, under this id',
    examples: [
      {
        ...EXAMPLE,
        status: 'queued',
        queue: {
          position: 3,
          reason: 'limit_minute',
          explanation: 'The limit per minute is reached',
          eta: '2030-03-04T09:00:30.000Z',
        },
      },
    ],
  });

/** Recognises repeated requests. */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .describe('An equal request with this key within 24 hours sends nothing more')
    .optional(),
});

const answers = {
  200: answer('sent').meta({
    id: 'SentMessage',
    description: "WhatsApp's server has the message",
    examples: [{ ...EXAMPLE, status: 'sent' }],
  }),
  202: queuedAnswer,
  '4xx': problemSchema,
  '5xx': problemSchema,
};

export interface SendRouteDeps extends FormHookDeps {
  readonly sender: Sender;
  readonly requireMessage: RequireMessage;
}

/** Files may come in the request itself, beside the same fields. */
const CONSUMES = ['application/json', 'multipart/form-data'];

/** Sending: one route for all content, and one per type. */
export function registerSendRoutes(app: App, deps: SendRouteDeps): void {
  const { sender, session, requireMessage } = deps;
  app.route({
    method: 'POST',
    url: '/sessions/:id/send',
    bodyLimit: SEND_BODY_LIMIT_BYTES,
    config: { scope: 'messages:send', chat: 'body.to', multipart: true },
    preValidation: formHook(deps, null),
    validatorCompiler: bodyReadByDomain,
    schema: {
      tags: ['Messages'],
      summary: 'Send a message',
      params: sessionParams,
      querystring: waitQuery,
      headers: idempotencyHeader,
      consumes: CONSUMES,
      body: sendBody,
      response: answers,
    },
    handler: async (request, reply) => {
      const content = contentFromSend(request.body);
      const { caller, workspaceId, params, query, headers } = request;
      const key = headers['idempotency-key'];
      const record = session(workspaceId, params.id);
      await requireForwardable(requireMessage, caller, record.key, content.content);
      const sent = await sender.send(workspaceId, params.id, content, query.wait * 1000, key);
      return answerWith(reply, params.id, sent);
    },
  });
  for (const [type, body] of messageBodies) registerTypeRoute(app, deps, type, body);
}

function registerTypeRoute(app: App, deps: SendRouteDeps, type: string, body: z.ZodType): void {
  const { sender, session, requireMessage } = deps;
  app.route({
    method: 'POST',
    url: `/sessions/:id/messages/${type}`,
    bodyLimit: SEND_BODY_LIMIT_BYTES,
    config: { scope: 'messages:send', chat: 'body.to', multipart: true },
    preValidation: formHook(deps, type),
    validatorCompiler: bodyReadByDomain,
    schema: {
      tags: ['Messages'],
      summary: `Send a message of type ${type}`,
      params: sessionParams,
      querystring: waitQuery,
      headers: idempotencyHeader,
      consumes: CONSUMES,
      body,
      response: answers,
    },
    handler: async (request, reply) => {
      const content = contentFromMessage(type, request.body);
      if (!content) throw new Problem('route_not_found', `There is no message type "${type}".`);
      const { caller, workspaceId, params, query, headers } = request;
      const key = headers['idempotency-key'];
      const record = session(workspaceId, params.id);
      await requireForwardable(requireMessage, caller, record.key, content.content);
      const sent = await sender.send(workspaceId, params.id, content, query.wait * 1000, key);
      return answerWith(reply, params.id, sent);
    },
  });
}

/** What the caller is told. A refusal by WhatsApp is an error that names WhatsApp's own code. */
function answerWith(reply: FastifyReply, sessionId: string, sent: Sent) {
  const { messageId, to, renderedAs } = sent;
  if (sent.replayed) reply.header('idempotency-replayed', 'true');
  if (sent.status === 'failed') throw refusal(messageId, sent.error);
  const about = { success: true as const, messageId, sessionId, to };
  const rendered = renderedAs === undefined ? {} : { renderedAs };
  if (sent.status === 'sent')
    return reply.code(200).send({ ...about, status: 'sent', ...rendered });
  const queue = sent.queue && viewPlace(sent.queue);
  return reply.code(202).send({ ...about, status: 'queued', queue, ...rendered });
}

function refusal(messageId: string, error: JobError): Problem {
  const number = error.whatsappCode === null ? '' : ` (WhatsApp's code ${error.whatsappCode})`;
  return new Problem(error.code, `${error.message}${number} Message id: ${messageId}.`);
}
