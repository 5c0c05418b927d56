import { z } from 'zod';
import type { App } from '../http/app.ts';
import { nextPage, pageAfter, pageQuery } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import { Problem } from '../kernel/errors.ts';
import type { RequireMessage } from '../messages/message-sight.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Outbox } from './contract.ts';
import { cursorAt, lineCursor, placeIn } from './line-cursor.ts';
import {
  jobSchema,
  overviewSchema,
  placeSchema,
  viewJob,
  viewOverview,
  viewPlace,
} from './queue-view.ts';

export interface QueueRouteDeps {
  readonly outbox: Outbox;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  readonly requireMessage: RequireMessage;
}

const messageParams = sessionParams.extend({ messageId: z.string().min(1).max(128) });
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };
const done = z.object({ success: z.literal(true) });

/** Looking into a session's queue, and stopping, emptying and thinning it out. */
export function registerQueueRoutes(app: App, deps: QueueRouteDeps): void {
  registerReading(app, deps);
  registerControl(app, deps);
  registerCancelling(app, deps);
}

function registerReading(app: App, { outbox, session, requireMessage }: QueueRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/outbox',
    config: { scope: 'messages:read' },
    schema: {
      tags: ['Outbox'],
      summary: 'What a session has still to send, first in line first',
      params: sessionParams,
      querystring: pageQuery(50, 200, lineCursor),
      response: {
        200: overviewSchema.extend({
          jobs: z.array(jobSchema),
          next: nextPage('after'),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params, query }) => {
      const record = session(workspaceId, params.id);
      const jobs = await outbox.list(
        record,
        query.limit,
        query.after === undefined ? null : placeIn(query.after),
      );
      return {
        ...viewOverview(await outbox.overview(record)),
        jobs: jobs.map(viewJob),
        next: pageAfter(jobs, query.limit, cursorAt),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/outbox/:messageId',
    config: { scope: 'messages:read', chat: 'handler', problems: ['message_not_found'] },
    schema: {
      tags: ['Outbox'],
      summary: 'Why a message still waits, and for how long',
      params: messageParams,
      response: { 200: placeSchema, ...problemAnswers },
    },
    handler: async ({ caller, workspaceId, params }) => {
      const record = session(workspaceId, params.id);
      await requireMessage(caller, record.key, params.messageId);
      const place = await outbox.place(record, params.messageId);
      if (place) return viewPlace(place);
      throw new Problem('message_not_found', 'No message with this id waits to be sent.');
    },
  });
}

function registerControl(app: App, { outbox, session }: QueueRouteDeps): void {
  const controls = [
    ['pause', 'Send nothing until further notice', (record) => outbox.pause(record)],
    ['resume', 'Go on sending', (record) => outbox.resume(record)],
  ] satisfies [string, string, (record: SessionRecord) => Promise<void>][];
  for (const [name, summary, act] of controls) {
    app.route({
      method: 'POST',
      url: `/sessions/:id/outbox/${name}`,
      config: { scope: 'messages:send' },
      schema: {
        tags: ['Outbox'],
        summary,
        params: sessionParams,
        response: { 200: overviewSchema, ...problemAnswers },
      },
      handler: async ({ workspaceId, params }) => {
        const record = session(workspaceId, params.id);
        await act(record);
        return viewOverview(await outbox.overview(record));
      },
    });
  }
}

function registerCancelling(app: App, { outbox, session, requireMessage }: QueueRouteDeps): void {
  app.route({
    method: 'DELETE',
    url: '/sessions/:id/outbox',
    config: { scope: 'messages:send' },
    schema: {
      tags: ['Outbox'],
      summary: 'Cancel all that was not tried yet',
      params: sessionParams,
      response: { 200: done.extend({ cancelled: z.int() }), ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      const cancelled = await outbox.clear(session(workspaceId, params.id));
      return { success: true as const, cancelled };
    },
  });

  for (const url of ['/sessions/:id/outbox/:messageId', '/sessions/:id/messages/:messageId']) {
    app.route({
      method: 'DELETE',
      url,
      config: {
        scope: 'messages:send',
        chat: 'handler',
        problems: ['message_not_found', 'message_not_cancellable'],
      },
      schema: {
        tags: ['Outbox'],
        summary: 'Cancel a message that was not tried yet',
        description: 'To delete a message that was sent, send a `delete` of it.',
        params: messageParams,
        response: { 200: done.extend({ messageId: z.string() }), ...problemAnswers },
      },
      handler: async ({ caller, workspaceId, params }) => {
        const { id, messageId } = params;
        const record = session(workspaceId, id);
        await requireMessage(caller, record.key, messageId);
        await cancel(outbox, record, messageId);
        return { success: true as const, messageId };
      },
    });
  }
}

async function cancel(outbox: Outbox, session: SessionRecord, messageId: string): Promise<void> {
  switch (await outbox.cancel(session, messageId)) {
    case 'cancelled':
      return;
    case 'sending':
      throw new Problem(
        'message_not_cancellable',
        'The message is being sent, or a try may have reached WhatsApp already.',
      );
    case 'over':
      throw new Problem('message_not_found', 'No message with this id waits to be sent.');
  }
}
