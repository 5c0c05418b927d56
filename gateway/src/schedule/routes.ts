import { z } from 'zod';
import { requireChat, seesChat } from '../access/caller.ts';
import type { App } from '../http/app.ts';
import { idCursor, nextPage, pageAfter, pageQuery } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import { bodyReadByDomain } from '../http/validation.ts';
import { refuseForwardOrder } from '../outbox/forward-sight.ts';
import { idempotencyHeader } from '../outbox/routes.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import {
  newScheduleBody,
  previewBody,
  readNewSchedule,
  readScheduleChange,
  scheduleChangeBody,
} from './body.ts';
import type { Schedules } from './schedules.ts';
import {
  instants,
  previewSchema,
  scheduleDetailSchema,
  scheduleSchema,
  viewSchedule,
  viewScheduleDetail,
} from './view.ts';
import { inWords } from './words.ts';

export interface ScheduleRouteDeps {
  readonly schedules: Schedules;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

/** A schedule is kept for long: media is named by URL or upload, not put into it. */
const BODY_LIMIT_BYTES = 64 * 1024;

const tags = ['Schedules'];
const scheduleParams = sessionParams.extend({ scheduleId: z.string().min(1).max(64) });
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** Messages that are sent again and again. */
export function registerScheduleRoutes(app: App, deps: ScheduleRouteDeps): void {
  registerCreating(app, deps);
  registerReading(app, deps);
  registerChanging(app, deps);
}

function registerCreating(app: App, { schedules, session }: ScheduleRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/sessions/:id/schedules',
    bodyLimit: BODY_LIMIT_BYTES,
    config: {
      scope: 'messages:send',
      chat: 'body.to',
      problems: [
        'invalid_cron',
        'invalid_time_zone',
        'invalid_recipient',
        'too_many_schedules',
        'content_missing',
        'content_ambiguous',
        'idempotency_key_reused',
        'idempotency_in_progress',
      ],
    },
    validatorCompiler: bodyReadByDomain,
    schema: {
      tags,
      summary: 'Send a message again and again',
      params: sessionParams,
      headers: idempotencyHeader,
      body: newScheduleBody,
      response: { 201: scheduleDetailSchema, ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params, body, headers }, reply) => {
      const fields = readNewSchedule(body);
      refuseForwardOrder(caller, fields.content ?? {});
      const record = session(workspaceId, params.id);
      const made = await schedules.create(record, fields, headers['idempotency-key']);
      if (made.replayed) reply.header('idempotency-replayed', 'true');
      return reply.code(201).send(viewScheduleDetail(made.view));
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/schedules/preview',
    config: {
      scope: 'messages:read',
      // It is about none.
      chat: 'handler',
      problems: ['invalid_cron', 'invalid_time_zone'],
    },
    schema: {
      tags,
      summary: 'What a pattern means, and when it occurs next; nothing is stored',
      params: sessionParams,
      body: previewBody,
      response: { 200: previewSchema, ...problemAnswers },
    },
    handler: async ({ body }) => {
      const { cron, timeZone } = body;
      const next = instants(schedules.preview({ cron, timeZone }));
      return { cron, timeZone, inWords: inWords({ cron, timeZone }), next };
    },
  });
}

function registerReading(app: App, { schedules, session }: ScheduleRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/schedules',
    config: { scope: 'messages:read', chat: 'handler' },
    schema: {
      tags,
      summary: 'The schedules of a session, newest first',
      params: sessionParams,
      querystring: pageQuery(20, 100, idCursor),
      response: {
        200: z.object({ schedules: z.array(scheduleSchema), next: nextPage('after') }),
        ...problemAnswers,
      },
    },
    handler: async ({ caller, workspaceId, params, query }) => {
      const record = session(workspaceId, params.id);
      const page = await schedules.list(record, query.limit, query.after ?? null);
      return {
        schedules: page.filter(({ to }) => seesChat(caller, to)).map(viewSchedule),
        next: pageAfter(page, query.limit, ({ id }) => id),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/schedules/:scheduleId',
    config: { scope: 'messages:read', chat: 'handler', problems: ['schedule_not_found'] },
    schema: {
      tags,
      summary: 'A schedule, what comes next, and what became of the last occurrences',
      params: scheduleParams,
      response: { 200: scheduleDetailSchema, ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params }) => {
      const view = await schedules.get(session(workspaceId, params.id), params.scheduleId);
      requireChat(caller, view.schedule.to);
      return viewScheduleDetail(view);
    },
  });
}

function registerChanging(app: App, { schedules, session }: ScheduleRouteDeps): void {
  app.route({
    method: 'PATCH',
    url: '/sessions/:id/schedules/:scheduleId',
    bodyLimit: BODY_LIMIT_BYTES,
    config: {
      scope: 'messages:send',
      chat: 'handler',
      problems: ['schedule_not_found', 'invalid_cron', 'invalid_time_zone', 'invalid_recipient'],
    },
    validatorCompiler: bodyReadByDomain,
    schema: {
      tags,
      summary: 'Change, disable or enable a schedule',
      description: 'A new pattern, zone or limit counts from now. What is queued already goes out.',
      params: scheduleParams,
      body: scheduleChangeBody,
      response: { 200: scheduleDetailSchema, ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params, body }) => {
      const fields = readScheduleChange(body);
      refuseForwardOrder(caller, fields.content ?? {});
      const record = session(workspaceId, params.id);
      const { schedule } = await schedules.get(record, params.scheduleId);
      requireChat(caller, schedule.to);
      requireChat(caller, fields.to ?? schedule.to);
      return viewScheduleDetail(await schedules.change(record, params.scheduleId, fields));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id/schedules/:scheduleId',
    config: { scope: 'messages:send', chat: 'handler', problems: ['schedule_not_found'] },
    schema: {
      tags,
      summary: 'Remove a schedule',
      params: scheduleParams,
      response: { 200: z.object({ success: z.literal(true) }), ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params }) => {
      const record = session(workspaceId, params.id);
      const { schedule } = await schedules.get(record, params.scheduleId);
      requireChat(caller, schedule.to);
      await schedules.remove(record, params.scheduleId);
      return { success: true as const };
    },
  });
}
