import { z } from 'zod';
import type { App } from '../http/app.ts';
import { nextPage } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import { placeSchema, viewPlace } from '../outbox/queue-view.ts';
import type { QueuePlace } from '../outbox/waiting.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { History } from './history.ts';
import type { RequireMessage } from './message-sight.ts';
import { MESSAGE_STATUSES } from './store.ts';

export interface HistoryRouteDeps {
  readonly history: History;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly requireMessage: RequireMessage;
  /** What a message still waits for; null when it is not queued. */
  readonly place: (session: SessionRecord, messageId: string) => Promise<QueuePlace | null>;
}

const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.string().max(32).optional().describe('`next` of the page before'),
});

/** The views are read-only, and their lists with them. */
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

const messageSchema = z
  .looseObject({
    messageId: z.string(),
    chatId: z.string(),
    text: z.string().describe('As it stands today'),
    status: z
      .enum([...MESSAGE_STATUSES, 'unknown'])
      .describe(
        '`queued`, `sending`, `sent`, `delivered`, `read`, `played` for own messages, or `failed`; `received` for those of others; `unknown` when WhatsApp never said whether it took a message that was sent',
      ),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    editedAt: z.iso.datetime().nullable(),
    deletedAt: z.iso.datetime().nullable(),
    history: z.literal(true).optional().describe('From before the number was linked'),
    reactions: list(z.object({ person: z.string(), emoji: z.string() })),
  })
  .meta({
    id: 'StoredMessage',
    description: 'The payload of its event, with what happened to it since',
  });

const chatSchema = z.object({
  chatId: z.string(),
  name: z.string().nullable().describe('Of the person or group; null while none is known'),
  isGroup: z.boolean(),
  phone: z.string().nullable(),
  lid: z.string().nullable(),
  archived: z.boolean(),
  pinned: z.boolean(),
  mutedUntil: z
    .union([z.iso.datetime(), z.literal('forever')])
    .nullable()
    .describe('Null: not muted'),
  unread: z.boolean().describe('Marked as unread on the phone'),
  lastMessage: messageSchema.nullable().describe('Null: none is kept, the phone lists the chat'),
});

const instant = z.iso.datetime().nullable();

const lifeSchema = messageSchema.extend({
  queue: placeSchema
    .nullable()
    .describe('While it is queued or being sent: why it waits and until when; null otherwise'),
  edits: list(z.object({ text: z.string(), at: z.iso.datetime() })).describe(
    'What it said before each edit',
  ),
  receipts: list(
    z.object({ person: z.string(), deliveredAt: instant, readAt: instant, playedAt: instant }),
  ),
  votes: list(z.object({ option: z.string(), count: z.number(), voters: list(z.string()) }))
    .nullable()
    .describe('For polls: the last vote of each person'),
  responses: list(
    z.object({
      person: z.string(),
      response: z.enum(['going', 'not_going', 'maybe']).nullable(),
      guests: z.number(),
    }),
  )
    .nullable()
    .describe('For events: the last answer of each person; null in `response`: taken back'),
});

const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: list(item), next: nextPage('before') });

const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** Chats and messages that are kept. */
export function registerHistoryRoutes(
  app: App,
  { history, session, requireMessage, place }: HistoryRouteDeps,
): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/chats',
    config: { scope: 'messages:read' },
    schema: {
      tags: ['Messages'],
      summary: 'Chats, the one with the newest message first',
      description:
        'After them come those that the phone lists and of which no message is kept. Settings are as the phone, or a change made here, last told.',
      params: sessionParams,
      querystring: pageQuery.extend({
        before: z.string().max(160).optional().describe('`next` of the page before'),
        archived: z.stringbool().optional().describe('Only archived chats, or only the others'),
      }),
      response: { 200: page(chatSchema), ...problemAnswers },
    },
    handler: async ({ workspaceId, params, query }) => {
      const { limit, before = null, archived = null } = query;
      return history.chats(session(workspaceId, params.id).key, { limit, before, archived });
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/chats/:chatId/messages',
    config: { scope: 'messages:read', chat: 'params.chatId', problems: ['invalid_recipient'] },
    schema: {
      tags: ['Messages'],
      summary: 'Messages of a chat, newest first',
      params: sessionParams.extend({ chatId: z.string().min(1).max(128) }),
      querystring: pageQuery.extend({
        search: z.string().min(1).max(200).optional().describe('Part of the text, in any case'),
      }),
      response: {
        200: page(messageSchema).extend({
          name: z.string().nullable().describe('Of the chat; null while none is known'),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params, query }) => {
      const { limit, before = null, search = null } = query;
      const { key } = session(workspaceId, params.id);
      return history.messages(key, params.chatId, { limit, before, search });
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/messages/:messageId',
    config: { scope: 'messages:read', chat: 'handler', problems: ['message_not_found'] },
    schema: {
      tags: ['Messages'],
      summary: 'One message with everything that happened to it',
      params: sessionParams.extend({ messageId: z.string().min(1).max(128) }),
      response: { 200: lifeSchema, ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params }) => {
      const record = session(workspaceId, params.id);
      await requireMessage(caller, record.key, params.messageId);
      const life = await history.message(record.key, params.messageId);
      const isQueued = life.status === 'queued' || life.status === 'sending';
      const queue = isQueued ? await place(record, params.messageId) : null;
      return { ...life, queue: queue && viewPlace(queue) };
    },
  });
}
