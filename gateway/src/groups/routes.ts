import { z } from 'zod';
import type { Pictures } from '../contacts/pictures.ts';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { GroupChange } from '../whatsapp/groups.ts';
import type { Groups } from './groups.ts';
import { outcomeSchema } from './outcome.ts';
import { ephemeralSchema, groupSchema, groupSummarySchema } from './view.ts';

export interface GroupRouteDeps {
  readonly groups: Groups;
  readonly pictures: Pictures;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

/** People in one request; WhatsApp takes more, but not kindly. */
const MAX_PEOPLE = 256;
/** WhatsApp's limits, in characters. */
const MAX_SUBJECT = 100;
const MAX_DESCRIPTION = 2_048;

export const groupTags = ['Groups'];
export const groupParams = sessionParams.extend({
  chatId: z
    .string()
    .min(1)
    .max(128)
    .meta({ examples: ['120363012345678901@g.us'] }),
});
export const groupProblems = [
  'invalid_recipient',
  'group_not_found',
  'group_forbidden',
  'whatsapp_unreachable',
  'whatsapp_timeout',
  'whatsapp_rate_limited',
  'refused_by_whatsapp',
] as const satisfies readonly ProblemCode[];
export const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };
export const peopleField = z
  .array(z.string().min(1).max(128))
  .min(1)
  .max(MAX_PEOPLE)
  .describe('People, in any form of number')
  .meta({ examples: [['+55 11 88888-8888', '84912345678901@lid']] });
export const successSchema = z.object({ success: z.literal(true) });

const subjectField = z
  .string()
  .trim()
  .min(1)
  .max(MAX_SUBJECT)
  .meta({ examples: ['Customers'] });

const changesBody = z
  .strictObject({
    subject: subjectField,
    description: z.string().max(MAX_DESCRIPTION).nullable().describe('Null or empty takes it away'),
    announce: z.boolean().describe('Only admins write'),
    locked: z.boolean().describe('Only admins change subject, description and picture'),
    joinApproval: z.boolean().describe('Admins let new people in'),
    memberAddMode: z.enum(['admins', 'everyone']).describe('Who adds people'),
    ephemeralSeconds: ephemeralSchema.describe('Messages vanish after this; 0: never'),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'Name something to change');

/** Groups: list, create, read, change and leave. */
export function registerGroupRoutes(app: App, { groups, session }: GroupRouteDeps): void {
  registerReading(app, groups, session);

  app.route({
    method: 'POST',
    url: '/sessions/:id/groups',
    config: { scope: 'groups:write', problems: [...groupProblems, 'group_full'] },
    schema: {
      tags: groupTags,
      summary: 'Create a group',
      description:
        'People whom WhatsApp does not take in are told in `participants`; the group is made without them.',
      params: sessionParams,
      body: z.strictObject({ subject: subjectField, participants: peopleField }),
      response: {
        201: z.object({ group: groupSchema, participants: z.array(outcomeSchema) }),
        ...problemAnswers,
      },
    },
    handler: async (request, reply) => {
      const record = session(request.workspaceId, request.params.id);
      const created = await groups.create(record, request.body);
      request.auditTarget = { chatId: created.group.chatId };
      return reply.code(201).send(created);
    },
  });

  app.route({
    method: 'PATCH',
    url: '/sessions/:id/groups/:chatId',
    config: { scope: 'groups:write', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'Change subject, description and settings',
      description:
        'Each field is one request to WhatsApp. Should one fail, the answer says what was changed before.',
      params: groupParams,
      body: changesBody,
      response: { 200: groupSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) =>
      groups.change(session(workspaceId, params.id), params.chatId, changesOf(body)),
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/groups/:chatId/leave',
    config: { scope: 'groups:write', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'Leave a group',
      params: groupParams,
      response: { 200: successSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      await groups.leave(session(workspaceId, params.id), params.chatId);
      return { success: true as const };
    },
  });
}

function registerReading(app: App, groups: Groups, session: GroupRouteDeps['session']): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/groups',
    config: { scope: 'groups:read', problems: groupProblems.slice(3) },
    schema: {
      tags: groupTags,
      summary: 'All groups of the number, without their participants',
      description: 'Asks WhatsApp each time, which does not like it often: keep the answer.',
      params: sessionParams,
      response: { 200: z.object({ items: z.array(groupSummarySchema) }), ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => ({
      items: await groups.list(session(workspaceId, params.id)),
    }),
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/groups/:chatId',
    config: { scope: 'groups:read', chat: 'params.chatId', problems: groupProblems },
    schema: {
      tags: groupTags,
      summary: 'One group with its participants',
      description: 'Kept until WhatsApp tells of a change, so that it may be read often.',
      params: groupParams,
      response: { 200: groupSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) =>
      groups.get(session(workspaceId, params.id), params.chatId),
  });
}

/** What a body asks for, one change each. */
function changesOf(body: z.output<typeof changesBody>): GroupChange[] {
  const { subject, description, memberAddMode, ephemeralSeconds } = body;
  const switches = (['announce', 'locked', 'joinApproval'] as const).flatMap((kind) => {
    const on = body[kind];
    return on === undefined ? [] : [{ kind, on }];
  });
  return [
    ...(subject === undefined ? [] : [{ kind: 'subject' as const, text: subject }]),
    ...(description === undefined
      ? []
      : [{ kind: 'description' as const, text: description || null }]),
    ...switches,
    ...(memberAddMode ? [{ kind: 'memberAddMode' as const, who: memberAddMode }] : []),
    ...(ephemeralSeconds === undefined
      ? []
      : [{ kind: 'ephemeral' as const, seconds: ephemeralSeconds }]),
  ];
}
