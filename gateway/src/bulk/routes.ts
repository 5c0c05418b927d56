import { z } from 'zod';
import { requireChat } from '../access/caller.ts';
import type { App } from '../http/app.ts';
import { idCursor, nextPage, pageAfter, pageQuery } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import { bodyReadByDomain } from '../http/validation.ts';
import { refuseForwardOrder } from '../outbox/forward-sight.ts';
import { idempotencyHeader } from '../outbox/routes.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { bulkBody, bulkQuery, readBulkCall } from './body.ts';
import type { Bulks } from './bulks.ts';
import type { BulkView } from './outlook.ts';
import { MAX_RECIPIENTS } from './recipient-list.ts';
import { requireBulk, requireSession, seesBulk } from './sight.ts';
import { RECIPIENT_STATES } from './store.ts';
import {
  bulkSchema,
  dryRunSchema,
  recipientSchema,
  skippedSchema,
  viewBulk,
  viewDryRun,
  viewRecipient,
  viewSkipped,
} from './view.ts';

export interface BulkRouteDeps {
  readonly bulks: Bulks;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly sessions: { recordOf(key: SessionKey): SessionRecord | null };
}

/** 10,000 recipients with a few variables each are about 2 MiB. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

const tags = ['Bulk'];
const bulkParams = sessionParams.extend({ bulkId: z.string().min(1).max(64) });
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** One content to many people: beginning it, looking at it, stopping it. */
export function registerBulkRoutes(app: App, deps: BulkRouteDeps): void {
  registerCreating(app, deps);
  registerReading(app, deps);
  registerRecipients(app, deps);
  registerControl(app, deps);
}

function registerCreating(app: App, { bulks }: BulkRouteDeps): void {
  // In a scope of its own: nowhere else is a table a body.
  void app.register(async (scope) => {
    scope.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => {
      done(null, body);
    });
    (scope as App).route({
      method: 'POST',
      url: '/sessions/:id/bulk',
      bodyLimit: BODY_LIMIT_BYTES,
      config: {
        scope: 'messages:send_bulk',
        chat: 'handler',
        problems: [
          'invalid_csv',
          'no_recipients',
          'session_not_open',
          'too_many_bulks',
          'content_missing',
          'content_ambiguous',
          'idempotency_key_reused',
          'idempotency_in_progress',
        ],
      },
      validatorCompiler: bodyReadByDomain,
      schema: {
        tags,
        summary: `Send to up to ${MAX_RECIPIENTS} people`,
        description:
          'The body is JSON, or a table of type `text/csv` whose header names the variables. All of ' +
          'it is stored before this answers; then it goes out at the pace of the sessions.',
        params: sessionParams,
        querystring: bulkQuery,
        headers: idempotencyHeader,
        body: bulkBody,
        response: {
          200: dryRunSchema.describe('What would be done; nothing was stored'),
          202: bulkSchema.extend({ skipped: skippedSchema }).describe('Stored, and begun'),
          ...problemAnswers,
        },
      },
      handler: async (request, reply) => {
        const { caller, workspaceId, params, query, headers } = request;
        const call = readBulkCall(request.body, query);
        for (const id of call.request.sessions) requireSession(caller, id);
        for (const { to } of call.request.entries) requireChat(caller, to);
        refuseForwardOrder(caller, call.request.content);
        if (call.dryRun) {
          const { recipients, forecast } = await bulks.tryOut(workspaceId, params.id, call.request);
          return reply.code(200).send(viewDryRun(recipients, forecast));
        }
        const key = headers['idempotency-key'];
        const made = await bulks.create(workspaceId, params.id, call.request, key);
        if (made.replayed) reply.header('idempotency-replayed', 'true');
        const skipped = viewSkipped(made.recipients);
        return reply.code(202).send({ ...viewBulk(made.view), skipped });
      },
    });
  });
}

function registerReading(app: App, { bulks, session }: BulkRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/bulk',
    config: { scope: 'messages:read', chat: 'handler' },
    schema: {
      tags,
      summary: 'The bulk sends of a session, newest first',
      params: sessionParams,
      querystring: pageQuery(20, 100, idCursor),
      response: {
        200: z.object({ bulks: z.array(bulkSchema), next: nextPage('after') }),
        ...problemAnswers,
      },
    },
    handler: async ({ caller, workspaceId, params, query }) => {
      const record = session(workspaceId, params.id);
      const page = await bulks.list(record, query.limit, query.after ?? null);
      const seen: BulkView[] = [];
      for (const view of page) {
        if (await seesBulk(bulks, caller, record, view.bulk.id)) seen.push(view);
      }
      return {
        bulks: seen.map(viewBulk),
        next: pageAfter(page, query.limit, ({ bulk }) => bulk.id),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/bulk/:bulkId',
    config: { scope: 'messages:read', chat: 'handler', problems: ['bulk_not_found'] },
    schema: {
      tags,
      summary: 'How far a bulk send has come, and what it waits for',
      params: bulkParams,
      response: { 200: bulkSchema, ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params }) => {
      const record = session(workspaceId, params.id);
      await requireBulk(bulks, caller, record, params.bulkId);
      return viewBulk(await bulks.get(record, params.bulkId));
    },
  });
}

function registerRecipients(app: App, { bulks, session, sessions }: BulkRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/bulk/:bulkId/recipients',
    config: { scope: 'messages:read', chat: 'handler', problems: ['bulk_not_found'] },
    schema: {
      tags,
      summary: 'The recipients of a bulk send, and what became of each',
      params: bulkParams,
      querystring: z.object({
        state: z.enum(RECIPIENT_STATES).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
        after: z.coerce.number().int().min(0).default(0).describe('`next` of the page before'),
      }),
      response: {
        200: z.object({
          recipients: z.array(recipientSchema),
          next: z.int().nullable().describe('For `after`; null: that was all'),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ caller, workspaceId, params, query }) => {
      const { state = null, after, limit } = query;
      const record = session(workspaceId, params.id);
      await requireBulk(bulks, caller, record, params.bulkId);
      const page = await bulks.recipients(record, params.bulkId, { state, after, limit });
      const recipients = page.map((recipient) => {
        const owner =
          recipient.sessionKey === null ? null : sessions.recordOf(recipient.sessionKey);
        return viewRecipient(recipient, owner?.id ?? null);
      });
      return {
        recipients,
        next: pageAfter(page, limit, ({ position }) => position),
      };
    },
  });
}

function registerControl(app: App, { bulks, session }: BulkRouteDeps): void {
  const controls = [
    ['pause', 'Send no more of it until it is resumed', (...of) => bulks.pause(...of)],
    ['resume', 'Go on with a paused bulk send', (...of) => bulks.resume(...of)],
    ['cancel', 'Never send what was not tried yet', (...of) => bulks.cancel(...of)],
  ] satisfies [string, string, (record: SessionRecord, id: string) => Promise<BulkView>][];
  for (const [name, summary, act] of controls) {
    app.route({
      method: 'POST',
      url: `/sessions/:id/bulk/:bulkId/${name}`,
      config: {
        scope: 'messages:send_bulk',
        chat: 'handler',
        problems: ['bulk_not_found', 'bulk_over'],
      },
      schema: {
        tags,
        summary,
        params: bulkParams,
        response: { 200: bulkSchema, ...problemAnswers },
      },
      handler: async ({ caller, workspaceId, params }) => {
        const record = session(workspaceId, params.id);
        await requireBulk(bulks, caller, record, params.bulkId);
        return viewBulk(await act(record, params.bulkId));
      },
    });
  }
}
