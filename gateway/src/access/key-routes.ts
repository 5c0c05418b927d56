import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { Clock } from '../kernel/clock.ts';
import {
  changeOf,
  keyChangeBody,
  keySchema,
  newKeyBody,
  presentKey,
  settingsOf,
  shownKeySchema,
} from './key-schema.ts';
import type { Keys } from './keys.ts';

const DEFAULT_GRACE_S = 24 * 60 * 60;
const MAX_GRACE_S = 30 * 24 * 60 * 60;

const keyParams = z.object({
  keyId: z.string().regex(/^[0-9A-Z]{26}$/, 'must be the id of a key'),
});

const rotation = z
  .strictObject({
    graceSeconds: z
      .number()
      .int()
      .min(0)
      .max(MAX_GRACE_S)
      .default(DEFAULT_GRACE_S)
      .describe('How long the text before works as well; 0 ends it at once'),
  })
  .meta({ id: 'KeyRotation', examples: [{ graceSeconds: 3600 }] });

const answers = { '4xx': problemSchema, '5xx': problemSchema };
const tags = ['Keys'];

export interface KeyRoutesDeps {
  readonly keys: Keys;
  readonly clock: Clock;
}

/** Keys of a workspace. The key itself is in the answer that makes or rotates it, and nowhere else. */
export function registerKeyRoutes(app: App, deps: KeyRoutesDeps): void {
  registerReading(app, deps);
  registerMaking(app, deps);
  registerChanging(app, deps);
}

function registerReading(app: App, { keys, clock }: KeyRoutesDeps): void {
  app.route({
    method: 'GET',
    url: '/keys',
    config: { scope: 'keys:read' },
    schema: {
      tags,
      summary: 'All keys of the workspace',
      response: { 200: z.array(keySchema), ...answers },
    },
    handler: async ({ workspaceId }) => {
      const nowMs = clock.now();
      return (await keys.list(workspaceId)).map((key) => presentKey(key, nowMs));
    },
  });

  app.route({
    method: 'GET',
    url: '/keys/:keyId',
    config: { scope: 'keys:read', problems: ['key_not_found'] },
    schema: {
      tags,
      summary: 'One key',
      params: keyParams,
      response: { 200: keySchema, ...answers },
    },
    handler: async ({ workspaceId, params }) =>
      presentKey(await keys.get(workspaceId, params.keyId), clock.now()),
  });
}

function registerMaking(app: App, { keys, clock }: KeyRoutesDeps): void {
  app.route({
    method: 'POST',
    url: '/keys',
    config: { scope: 'keys:write', problems: ['invalid_recipient', 'too_many_keys'] },
    schema: {
      tags,
      summary: 'Make a key',
      description: 'A key can do no more than the one that it is made with, and not longer.',
      body: newKeyBody,
      response: { 201: shownKeySchema, ...answers },
    },
    handler: async (request, reply) => {
      const settings = settingsOf(request.body);
      const { key, text } = await keys.create(request.caller, request.workspaceId, settings);
      request.auditTarget = { keyId: key.id };
      return reply.code(201).send({ ...presentKey(key, clock.now()), key: text });
    },
  });

  app.route({
    method: 'POST',
    url: '/keys/:keyId/rotate',
    config: { scope: 'keys:write', problems: ['key_not_found'] },
    schema: {
      tags,
      summary: 'Give a key a new text',
      description: 'The text before works as well for a while, a day unless told otherwise.',
      params: keyParams,
      body: rotation.nullish(),
      response: { 200: shownKeySchema, ...answers },
    },
    handler: async (request) => {
      const graceMs = (request.body?.graceSeconds ?? DEFAULT_GRACE_S) * 1000;
      const { caller, workspaceId, params } = request;
      const { key, text } = await keys.rotate(caller, workspaceId, params.keyId, graceMs);
      return { ...presentKey(key, clock.now()), key: text };
    },
  });
}

function registerChanging(app: App, { keys, clock }: KeyRoutesDeps): void {
  app.route({
    method: 'PATCH',
    url: '/keys/:keyId',
    config: { scope: 'keys:write', problems: ['invalid_recipient', 'key_not_found'] },
    schema: {
      tags,
      summary: 'Change a key',
      description: 'What is left out stays. The key itself stays as well.',
      params: keyParams,
      body: keyChangeBody,
      response: { 200: keySchema, ...answers },
    },
    handler: async ({ caller, workspaceId, params, body }) => {
      const before = await keys.get(workspaceId, params.keyId);
      const change = changeOf(body, before);
      return presentKey(await keys.change(caller, workspaceId, params.keyId, change), clock.now());
    },
  });

  app.route({
    method: 'DELETE',
    url: '/keys/:keyId',
    config: { scope: 'keys:write', problems: ['key_not_found'] },
    schema: {
      tags,
      summary: 'Revoke a key',
      description: 'It stops working at once.',
      params: keyParams,
      response: { 200: z.object({ success: z.literal(true), id: z.string() }), ...answers },
    },
    handler: async ({ caller, workspaceId, params }) => {
      await keys.revoke(caller, workspaceId, params.keyId);
      return { success: true as const, id: params.keyId };
    },
  });
}
