import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { messageIdField } from './catalogue/options.ts';
import type { RequireMessage } from './message-sight.ts';
import type { OwnChanges } from './own-changes.ts';

export interface OwnChangeRouteDeps {
  readonly changes: OwnChanges;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly requireMessage: RequireMessage;
}

const done = z.object({ success: z.literal(true) });
const answers = { '4xx': problemSchema, '5xx': problemSchema };
const tags = ['Messages'];
const messageParams = sessionParams.extend({ messageId: messageIdField });
const chatParams = sessionParams.extend({ chatId: z.string().min(1).max(128) });

interface MessageChange {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly problems: readonly ProblemCode[];
  readonly apply: (changes: OwnChanges, key: SessionKey, messageId: string) => Promise<void>;
}

const MESSAGE_CHANGES: readonly MessageChange[] = [
  {
    method: 'POST',
    path: 'read',
    summary: 'Mark a message as read; its author sees it',
    problems: ['message_own'],
    apply: (changes, key, messageId) => changes.read(key, messageId),
  },
  {
    method: 'POST',
    path: 'star',
    summary: 'Star a message, on all devices of the number',
    problems: ['settings_not_shared', 'refused_by_whatsapp'],
    apply: (changes, key, messageId) => changes.star(key, messageId, true),
  },
  {
    method: 'DELETE',
    path: 'star',
    summary: 'Take the star of a message away',
    problems: ['settings_not_shared', 'refused_by_whatsapp'],
    apply: (changes, key, messageId) => changes.star(key, messageId, false),
  },
  {
    method: 'POST',
    path: 'delete-for-me',
    summary: 'Delete a message on the devices of the number only; it stays in the history here',
    problems: ['settings_not_shared', 'refused_by_whatsapp'],
    apply: (changes, key, messageId) => changes.deleteForMe(key, messageId),
  },
];

/** What is done to messages and chats without sending a message. */
export function registerOwnChangeRoutes(app: App, deps: OwnChangeRouteDeps): void {
  const { changes, session, requireMessage } = deps;
  for (const { method, path, summary, problems, apply } of MESSAGE_CHANGES) {
    app.route({
      method,
      url: `/sessions/:id/messages/:messageId/${path}`,
      config: {
        scope: 'messages:send',
        chat: 'handler',
        problems: ['message_not_found', 'whatsapp_unreachable', 'whatsapp_timeout', ...problems],
      },
      schema: { tags, summary, params: messageParams, response: { 200: done, ...answers } },
      handler: async ({ caller, workspaceId, params }) => {
        const { key } = session(workspaceId, params.id);
        await requireMessage(caller, key, params.messageId);
        await apply(changes, key, params.messageId);
        return { success: true as const };
      },
    });
  }
  registerChatRoutes(app, deps);
}

function registerChatRoutes(app: App, { changes, session }: OwnChangeRouteDeps): void {
  const config = {
    scope: 'messages:send',
    chat: 'params.chatId',
    problems: ['invalid_recipient', 'chat_not_found', 'whatsapp_unreachable'],
  } as const;

  app.route({
    method: 'POST',
    url: '/sessions/:id/chats/:chatId/read',
    config,
    schema: {
      tags,
      summary: 'Mark what others wrote in a chat as read, the newest 100 of it',
      params: chatParams,
      response: {
        200: done.extend({ read: z.number().int().describe('Messages that were not yet marked') }),
        ...answers,
      },
    },
    handler: async ({ workspaceId, params }) => {
      const { key } = session(workspaceId, params.id);
      return { success: true as const, read: await changes.readChat(key, params.chatId) };
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/chats/:chatId/typing',
    config,
    schema: {
      tags,
      summary: 'Show that you type or record in a chat, or have stopped',
      description: 'WhatsApp forgets it after some seconds, and when a message arrives.',
      params: chatParams,
      body: z
        .strictObject({ state: z.enum(['composing', 'recording', 'paused']).default('composing') })
        .nullish(),
      response: { 200: done, ...answers },
    },
    handler: async ({ workspaceId, params, body }) => {
      const { key } = session(workspaceId, params.id);
      await changes.presence(key, params.chatId, body?.state ?? 'composing');
      return { success: true as const };
    },
  });
}
