import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { ChatChanges, WantedSettings } from './chat-changes.ts';

export interface ChatChangeRouteDeps {
  readonly chats: ChatChanges;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly clock: Clock;
}

const tags = ['Messages'];
const responses = {
  200: z.object({ success: z.literal(true) }),
  '4xx': problemSchema,
  '5xx': problemSchema,
};
const chatParams = sessionParams.extend({ chatId: z.string().min(1).max(128) });

const settingsBody = z
  .strictObject({
    archived: z.boolean(),
    pinned: z.boolean().describe('On top of the list; WhatsApp shows three such chats'),
    mutedUntil: z
      .union([z.iso.datetime({ offset: true }), z.literal('forever')])
      .nullable()
      .describe('No sound until then; null: not muted')
      .meta({ examples: ['2030-01-01T08:00:00Z'] }),
    unread: z.boolean().describe('A mark in the list only: nobody is told'),
  })
  .partial()
  .refine((settings) => Object.keys(settings).length > 0, 'Name something to change');

/** How chats are listed on the phone. */
export function registerChatChangeRoutes(
  app: App,
  { chats, session, clock }: ChatChangeRouteDeps,
): void {
  const problems = ['invalid_recipient', 'settings_not_shared', 'whatsapp_unreachable'] as const;
  const access = { scope: 'messages:send', chat: 'params.chatId' } as const;
  const config = { ...access, problems: [...problems, 'chat_not_found'] } as const;

  app.route({
    method: 'PATCH',
    url: '/sessions/:id/chats/:chatId',
    config,
    schema: {
      tags,
      summary: 'Archive, pin, mute a chat, or mark it as unread, on all devices of the number',
      description:
        'Each field is one change; should one fail, those before it are made. It is safe to repeat. A chat need have no messages yet; a number that is not on WhatsApp and a group that the number is not in have none.',
      params: chatParams,
      body: settingsBody,
      response: responses,
    },
    handler: async ({ workspaceId, params, body: { mutedUntil, ...settings } }) => {
      const { key } = session(workspaceId, params.id);
      const mutedUntilMs = muteEnd(mutedUntil, clock.now());
      await chats.set(key, params.chatId, { ...settings, mutedUntilMs });
      return { success: true as const };
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/chats/:chatId/clear',
    config,
    schema: {
      tags,
      summary:
        'Take the messages of a chat away on the devices of the number; the history here stays',
      params: chatParams,
      response: responses,
    },
    handler: async ({ workspaceId, params }) => {
      await chats.clear(session(workspaceId, params.id).key, params.chatId);
      return { success: true as const };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id/chats/:chatId',
    config: { ...access, problems },
    schema: {
      tags,
      summary: 'Take a chat away on the devices of the number; the history here stays',
      description:
        'It is safe to repeat: a chat with a number that is not on WhatsApp, or of a group that the number is not in, is gone when nothing of it is kept here.',
      params: chatParams,
      response: responses,
    },
    handler: async ({ workspaceId, params }) => {
      await chats.remove(session(workspaceId, params.id).key, params.chatId);
      return { success: true as const };
    },
  });
}

type MuteEnd = WantedSettings['mutedUntilMs'];

function muteEnd(until: string | null | undefined, nowMs: number): MuteEnd {
  if (until === null || until === undefined || until === 'forever') return until;
  const untilMs = Date.parse(until);
  if (untilMs > nowMs) return untilMs;
  const message = 'must lie ahead; null unmutes the chat';
  throw new Problem('invalid_request', `"mutedUntil" ${message}.`, [
    { field: '/mutedUntil', message },
  ]);
}
