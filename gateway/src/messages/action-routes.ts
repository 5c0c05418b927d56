import { z } from 'zod';
import { requireChat } from '../access/caller.ts';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { Problem } from '../kernel/errors.ts';
import type { Sender } from '../outbox/sender.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { edit, forward, pin, reaction, remove } from './catalogue/about-messages.ts';
import { contentFromMessage } from './catalogue/catalogue.ts';
import type { ContentType } from './catalogue/content-type.ts';
import { messageIdField } from './catalogue/options.ts';
import type { RequireMessage } from './message-sight.ts';
import type { MessageStore } from './store.ts';

export interface ActionRouteDeps {
  readonly sender: Pick<Sender, 'send'>;
  readonly messages: Pick<MessageStore, 'find'>;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly requireMessage: RequireMessage;
}

/** An edit and its like are answered like a send: WhatsApp gets this long to say that it has it. */
const WAIT_MS = 20_000;

const answer = z
  .object({
    success: z.literal(true),
    messageId: z.string().describe('Of the message that carries the change'),
    status: z.enum(['sent', 'queued']),
    chatId: z.string(),
  })
  .meta({
    id: 'ChangedMessage',
    examples: [
      {
        success: true,
        messageId: '3EB0C127D7BACC83D6A1',
        status: 'sent',
        chatId: '5511999999999@s.whatsapp.net',
      },
    ],
  });

interface Action {
  readonly method: 'POST' | 'DELETE';
  /** The last part of the path. */
  readonly path: string;
  /** The content that it stands for. */
  readonly type: ContentType;
  /** Fields that are not asked for. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly summary?: string;
}

const ACTIONS: readonly Action[] = [
  { method: 'POST', path: 'edit', type: edit },
  { method: 'POST', path: 'reaction', type: reaction },
  {
    method: 'DELETE',
    path: 'reaction',
    type: reaction,
    fixed: { emoji: '' },
    summary: 'Take a reaction back',
  },
  { method: 'POST', path: 'pin', type: pin },
  {
    method: 'DELETE',
    path: 'pin',
    type: pin,
    fixed: { for: 'never' },
    summary: 'Take the pin of a message away',
  },
  { method: 'POST', path: 'delete', type: remove },
  { method: 'POST', path: 'forward', type: forward },
];

/** What can be done to a message by its id; the same as the contents of `send`, its chat filled in. */
export function registerActionRoutes(app: App, deps: ActionRouteDeps): void {
  for (const { method, path, type, fixed = {}, summary = type.summary } of ACTIONS) {
    const asked = Object.entries(type.fields).filter(
      ([name]) => name !== 'messageId' && !Object.hasOwn(fixed, name),
    );
    const fields: z.ZodRawShape = Object.fromEntries(asked);
    const to = z.string().min(1).max(128);
    const body = z.strictObject({ to: path === 'forward' ? to : to.optional(), ...fields });
    app.route({
      method,
      url: `/sessions/:id/messages/:messageId/${path}`,
      config: {
        scope: 'messages:send',
        chat: 'handler',
        problems: ['message_not_found', 'message_not_own', 'message_deleted'],
      },
      schema: {
        tags: ['Messages'],
        summary,
        params: sessionParams.extend({ messageId: messageIdField }),
        // Forwarding goes elsewhere; everything else stays in the chat of the message.
        body: path === 'forward' ? body : body.nullish(),
        response: { 200: answer, 202: answer, '4xx': problemSchema, '5xx': problemSchema },
      },
      handler: async ({ caller, workspaceId, params, body }, reply) => {
        const { key } = deps.session(workspaceId, params.id);
        await deps.requireMessage(caller, key, params.messageId);
        const message = await deps.messages.find(key, params.messageId);
        if (message === null) {
          throw new Problem('message_not_found', `There is no message "${params.messageId}" here.`);
        }
        const chatId = path === 'forward' && body?.to ? body.to : message.chatId;
        if (chatId !== message.chatId) requireChat(caller, chatId);
        const request = contentFromMessage(type.name, {
          ...body,
          ...fixed,
          to: chatId,
          messageId: params.messageId,
        });
        if (request === null) throw new TypeError(`${type.name} is not in the catalogue`);
        const sent = await deps.sender.send(workspaceId, params.id, request, WAIT_MS);
        if (sent.status === 'failed') throw new Problem(sent.error.code, sent.error.message);
        const { status, messageId } = sent;
        reply.code(status === 'queued' ? 202 : 200);
        return { success: true as const, messageId, status, chatId: sent.to.chatId };
      },
    });
  }
}
