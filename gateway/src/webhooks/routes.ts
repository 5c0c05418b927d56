import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { Clock } from '../kernel/clock.ts';
import { endpointParams, registerDeliveryRoutes } from './delivery-routes.ts';
import { endpointChange, endpointInput, secretInput } from './input.ts';
import {
  attemptView,
  endpointView,
  endpointWithSecretView,
  viewAttempt,
  viewEndpoint,
} from './views.ts';
import type { Webhooks } from './webhooks.ts';

export interface WebhookRouteDeps {
  readonly webhooks: Pick<Webhooks, 'endpoints' | 'deliveries'>;
  readonly clock: Clock;
}

/** How long a replaced secret still signs, when nobody says otherwise. */
const OVERLAP_SECONDS = 24 * 60 * 60;
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;

const rotation = z.strictObject({
  secret: secretInput.optional().describe('Made for you when absent'),
  overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(OVERLAP_SECONDS),
});

const tags = ['Webhooks'];
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** Endpoints and what was delivered to them. */
export function registerWebhookRoutes(app: App, deps: WebhookRouteDeps): void {
  registerReading(app, deps);
  registerWriting(app, deps);
  registerSecrets(app, deps);
  registerDeliveryRoutes(app, deps);
}

function registerReading(app: App, { webhooks: { endpoints }, clock }: WebhookRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/webhooks',
    config: { scope: 'webhooks:read' },
    schema: {
      tags,
      summary: 'All endpoints and how they fare',
      description: 'Those set by environment are among them, as read-only.',
      response: { 200: z.array(endpointView), ...problemAnswers },
    },
    handler: async (request) =>
      endpoints.list(request.workspaceId).map((one) => viewEndpoint(one, clock.now())),
  });

  app.route({
    method: 'GET',
    url: '/webhooks/:endpointId',
    config: { scope: 'webhooks:read' },
    schema: {
      tags,
      summary: 'One endpoint',
      params: endpointParams,
      response: { 200: endpointView, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) =>
      viewEndpoint(endpoints.find(workspaceId, params.endpointId), clock.now()),
  });
}

function registerWriting(app: App, { webhooks: { endpoints }, clock }: WebhookRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/webhooks',
    config: { scope: 'webhooks:write' },
    schema: {
      tags,
      summary: 'Add an endpoint',
      description: 'The answer holds the signing secret; it is not shown again.',
      body: endpointInput,
      response: { 201: endpointWithSecretView, ...problemAnswers },
    },
    handler: async ({ workspaceId, body }, reply) => {
      const created = await endpoints.create(workspaceId, body);
      return reply
        .code(201)
        .send({ ...viewEndpoint(created, clock.now()), secret: created.secret });
    },
  });

  app.route({
    method: 'PATCH',
    url: '/webhooks/:endpointId',
    config: { scope: 'webhooks:write' },
    schema: {
      tags,
      summary: 'Change an endpoint',
      description:
        'What is absent stays. A new URL, and `"active": true`, also forget failures, so that an endpoint which was switched off is tried again at once.',
      params: endpointParams,
      body: endpointChange,
      response: { 200: endpointView, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) =>
      viewEndpoint(await endpoints.update(workspaceId, params.endpointId, body), clock.now()),
  });

  app.route({
    method: 'DELETE',
    url: '/webhooks/:endpointId',
    config: { scope: 'webhooks:write' },
    schema: {
      tags,
      summary: 'Remove an endpoint with its deliveries',
      params: endpointParams,
      response: { 200: z.object({ success: z.literal(true), id: z.string() }), ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      await endpoints.remove(workspaceId, params.endpointId);
      return { success: true as const, id: params.endpointId };
    },
  });
}

function registerSecrets(app: App, { webhooks: { endpoints }, clock }: WebhookRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/webhooks/:endpointId/rotate-secret',
    config: { scope: 'webhooks:write' },
    schema: {
      tags,
      summary: 'Replace the signing secret',
      description: 'The old one signs as well for a while, so that receivers can change over.',
      params: endpointParams,
      body: rotation.nullish(),
      response: { 200: endpointWithSecretView, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      const { secret, overlapSeconds } = body ?? rotation.parse({});
      const how = { secret, overlapMs: overlapSeconds * 1000 };
      const rotated = await endpoints.rotateSecret(workspaceId, params.endpointId, how);
      return { ...viewEndpoint(rotated, clock.now()), secret: rotated.secret };
    },
  });

  app.route({
    method: 'POST',
    url: '/webhooks/:endpointId/test',
    config: { scope: 'webhooks:write' },
    schema: {
      tags,
      summary: 'Send a webhook.test and see the answer',
      params: endpointParams,
      response: {
        200: z.object({ success: z.boolean(), attempt: attemptView }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params }) => {
      const attempt = await endpoints.test(workspaceId, params.endpointId);
      return { success: attempt.errorStage === null, attempt: viewAttempt(attempt) };
    },
  });
}
