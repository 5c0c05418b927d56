import { z } from 'zod';
import { orderKeyOf } from '../events/plan.ts';
import type { App } from '../http/app.ts';
import { nextPage, pageAfter } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import type { WebhookRouteDeps } from './routes.ts';
import type { DeliveryFilter } from './store.ts';
import { deliveryView, viewDelivery } from './views.ts';

const tags = ['Webhooks'];
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

export const endpointParams = z.object({ endpointId: z.string().max(64) });
const deliveryParams = endpointParams.extend({ deliveryId: z.string().max(64) });

const criteria = {
  event: z.string().max(64).describe('A name of the catalogue, or a pattern like `message.*`'),
  sessionId: z.string().max(64).describe('Only together with `chatId`'),
  chatId: z.string().max(128).describe('Only together with `sessionId`'),
  from: z.iso.datetime({ offset: true }).describe('Queued at or after'),
  to: z.iso.datetime({ offset: true }).describe('Queued before'),
};

const BOTH = 'sessionId and chatId belong together';
const togetherOrNot = (value: { sessionId?: unknown; chatId?: unknown }) =>
  (value.sessionId === undefined) === (value.chatId === undefined);

const listQuery = z
  .object({
    ...z.object(criteria).partial().shape,
    state: z.enum(['pending', 'delivered', 'failed']).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    before: z.string().max(64).optional().describe('`next` of the page before'),
  })
  .refine(togetherOrNot, BOTH);

const replayBody = z
  .strictObject({
    ...z.object(criteria).partial().shape,
    ids: z.array(z.string().max(64)).min(1).max(1000).optional(),
    state: z.enum(['delivered', 'failed']).optional(),
    dryRun: z.boolean().default(false).describe('Only count'),
  })
  .refine(togetherOrNot, BOTH)
  .refine(
    ({ ids, state, event, chatId, from, to }) =>
      [ids, state, event, chatId, from, to].some((criterion) => criterion !== undefined),
    'names no deliveries',
  );

type Criteria = z.output<typeof replayBody> | z.output<typeof listQuery>;

/** The log of an endpoint's deliveries. */
export function registerDeliveryRoutes(
  app: App,
  { webhooks: { deliveries } }: Pick<WebhookRouteDeps, 'webhooks'>,
): void {
  app.route({
    method: 'GET',
    url: '/webhooks/:endpointId/deliveries',
    config: { scope: 'webhooks:read' },
    schema: {
      tags,
      summary: 'What was delivered, and what was not',
      description: 'Newest first, with every attempt.',
      params: endpointParams,
      querystring: listQuery,
      response: {
        200: z.object({
          deliveries: z.array(deliveryView),
          next: nextPage('before'),
        }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params, query }) => {
      const { limit, before } = query;
      const found = await deliveries.list(workspaceId, params.endpointId, {
        ...filterOf(query),
        limit,
        ...(before === undefined ? {} : { before }),
      });
      const next = pageAfter(found, limit, ({ id }) => id);
      return { deliveries: found.map(viewDelivery), next };
    },
  });

  app.route({
    method: 'GET',
    url: '/webhooks/:endpointId/deliveries/:deliveryId',
    config: { scope: 'webhooks:read' },
    schema: {
      tags,
      summary: 'One delivery',
      params: deliveryParams,
      response: { 200: deliveryView, ...problemAnswers },
    },
    handler: async ({ workspaceId, params: { endpointId, deliveryId } }) =>
      viewDelivery(await deliveries.find(workspaceId, endpointId, deliveryId)),
  });

  registerReplay(app, deliveries);
}

function registerReplay(app: App, deliveries: WebhookRouteDeps['webhooks']['deliveries']): void {
  app.route({
    method: 'POST',
    url: '/webhooks/:endpointId/deliveries/replay',
    config: { scope: 'webhooks:replay' },
    schema: {
      tags,
      summary: 'Deliver again',
      description:
        'Everything that matches and is not pending is delivered once more, in the order of its chat, under the same id. `dryRun` only counts.',
      params: endpointParams,
      body: replayBody,
      response: {
        200: z.object({ count: z.int(), dryRun: z.boolean() }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params: { endpointId }, body }) => {
      const filter = filterOf(body);
      const { dryRun } = body;
      if (!dryRun) {
        return { count: await deliveries.replay(workspaceId, endpointId, filter), dryRun };
      }
      const states = filter.state ? [filter.state] : (['delivered', 'failed'] as const);
      const counts = await Promise.all(
        states.map((state) => deliveries.count(workspaceId, endpointId, { ...filter, state })),
      );
      return { count: counts.reduce((sum, count) => sum + count, 0), dryRun };
    },
  });

  app.route({
    method: 'POST',
    url: '/webhooks/:endpointId/deliveries/:deliveryId/replay',
    config: { scope: 'webhooks:replay' },
    schema: {
      tags,
      summary: 'Deliver one again',
      params: deliveryParams,
      response: { 200: deliveryView, ...problemAnswers },
    },
    handler: async ({ workspaceId, params: { endpointId, deliveryId } }) => {
      await deliveries.find(workspaceId, endpointId, deliveryId);
      await deliveries.replay(workspaceId, endpointId, { ids: [deliveryId] });
      return viewDelivery(await deliveries.find(workspaceId, endpointId, deliveryId));
    },
  });
}

function filterOf(criteria: Criteria): DeliveryFilter {
  const { state, event, sessionId, chatId, from, to } = criteria;
  return {
    ...('ids' in criteria && criteria.ids ? { ids: criteria.ids } : {}),
    ...(state === undefined ? {} : { state }),
    ...(event === undefined ? {} : { event }),
    ...(sessionId === undefined || chatId === undefined
      ? {}
      : { orderKey: orderKeyOf(sessionId, chatId) }),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
  };
}
