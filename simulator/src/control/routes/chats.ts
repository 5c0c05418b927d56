import { z } from 'zod';
import type { Routes } from '../app.ts';
import { accountParams, chatParams, problem } from '../contract/requests.ts';
import { chatView } from '../contract/views.ts';
import { describeChats, isUnread } from '../describe.ts';
import { canonical } from '../history.ts';

/** Chats as the phone of an account lists them. */
export const chatRoutes: Routes = (app, { simulator, account }) => {
  app.get(
    '/api/accounts/:number/chats',
    {
      schema: {
        tags: ['Chats'],
        summary: 'List chats, the one with the newest message first',
        params: accountParams,
        response: { 200: z.object({ chats: z.array(chatView) }), ...problem },
      },
    },
    (request) => ({ chats: describeChats(simulator, account(request.params.number)) }),
  );

  app.post(
    '/api/accounts/:number/chats/:chat/read',
    {
      schema: {
        tags: ['Chats'],
        summary: 'Mark all of a chat as read: blue ticks for the senders',
        params: chatParams,
        response: { 200: z.object({ read: z.int() }), ...problem },
      },
    },
    async (request) => {
      const handle = account(request.params.number);
      const chat = canonical(simulator, request.params.chat);
      const unread = handle.phone.records.received.filter(
        (message) => message.chat === chat && isUnread(message),
      );
      for (const message of unread) await handle.phone.read(message);
      return { read: unread.length };
    },
  );

  app.post(
    '/api/accounts/:number/chats/:chat/typing',
    {
      schema: {
        tags: ['Chats'],
        summary: 'Show the owner as typing, recording, or neither',
        params: chatParams,
        body: z.strictObject({ state: z.enum(['composing', 'recording', 'paused']) }),
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { number, chat } = request.params;
      account(number).showTyping(chat, request.body.state);
      return reply.code(204).send(null);
    },
  );
};
