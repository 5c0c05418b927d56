import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { WorkspaceRecord } from './store.ts';
import type { Workspaces } from './workspaces.ts';

const WORKSPACE_ID = /^[A-Za-z0-9_-]{1,64}$/;

const id = z
  .string()
  .regex(WORKSPACE_ID, 'must be 1 to 64 letters, digits, "-" or "_"')
  .describe('Stays for ever and is never given out again');
const name = z.string().trim().min(1).max(100).describe('For people');

const workspaceSchema = z
  .object({ id: z.string(), name: z.string(), createdAt: z.iso.datetime() })
  .meta({
    id: 'Workspace',
    examples: [{ id: 'acme', name: 'Acme Inc.', createdAt: '2030-03-04T09:00:00.000Z' }],
  });

const newWorkspace = z
  .strictObject({ id, name: name.optional() })
  .meta({ id: 'NewWorkspace', examples: [{ id: 'acme', name: 'Acme Inc.' }] });

const workspaceChange = z
  .strictObject({ name })
  .meta({ id: 'WorkspaceChange', examples: [{ name: 'Acme Europe' }] });

const params = z.object({ workspaceId: id });
const answers = { '4xx': problemSchema, '5xx': problemSchema };
const tags = ['Workspaces'];

export interface WorkspaceRoutesDeps {
  readonly workspaces: Workspaces;
}

/** Tenants, for who runs the service. */
export function registerWorkspacesRoutes(app: App, { workspaces }: WorkspaceRoutesDeps): void {
  app.route({
    method: 'GET',
    url: '/workspaces',
    config: { scope: 'service:workspaces' },
    schema: {
      tags,
      summary: 'All workspaces',
      response: { 200: z.array(workspaceSchema), ...answers },
    },
    handler: async () => (await workspaces.list()).map(present),
  });

  app.route({
    method: 'POST',
    url: '/workspaces',
    config: {
      scope: 'service:workspaces',
      problems: ['workspace_exists', 'too_many_workspaces'],
    },
    schema: {
      tags,
      summary: 'Create a workspace',
      description: 'Make its first key with POST /workspaces/{id}/proxy/api/keys.',
      body: newWorkspace,
      response: { 201: workspaceSchema, ...answers },
    },
    handler: async (request, reply) => {
      const { id, name = id } = request.body;
      request.auditTarget = { workspace: id };
      return reply.code(201).send(present(await workspaces.create(id, name)));
    },
  });

  registerOne(app, workspaces);
}

function registerOne(app: App, workspaces: Workspaces): void {
  const url = '/workspaces/:workspaceId';

  app.route({
    method: 'GET',
    url,
    config: { scope: 'service:workspaces', problems: ['workspace_not_found'] },
    schema: {
      tags,
      summary: 'One workspace',
      params,
      response: { 200: workspaceSchema, ...answers },
    },
    handler: async (request) => present(await workspaces.get(request.params.workspaceId)),
  });

  app.route({
    method: 'PATCH',
    url,
    config: { scope: 'service:workspaces', problems: ['workspace_not_found'] },
    schema: {
      tags,
      summary: 'Rename a workspace',
      params,
      body: workspaceChange,
      response: { 200: workspaceSchema, ...answers },
    },
    handler: async (request) => {
      const { workspaceId } = request.params;
      request.auditTarget = { workspace: workspaceId };
      return present(await workspaces.rename(workspaceId, request.body.name));
    },
  });

  app.route({
    method: 'DELETE',
    url,
    config: {
      scope: 'service:workspaces',
      problems: ['workspace_not_found', 'workspace_not_empty'],
    },
    schema: {
      tags,
      summary: 'Remove an empty workspace, with its keys',
      params,
      response: { 200: z.object({ success: z.literal(true), id: z.string() }), ...answers },
    },
    handler: async (request) => {
      const { workspaceId } = request.params;
      request.auditTarget = { workspace: workspaceId };
      await workspaces.remove(workspaceId);
      return { success: true as const, id: workspaceId };
    },
  });
}

/** The workspace that a key belongs to, and what the key may do there. */
export function registerOwnWorkspaceRoutes(app: App, { workspaces }: WorkspaceRoutesDeps): void {
  app.route({
    method: 'GET',
    url: '/workspace',
    config: { scope: 'workspace:read', session: 'filtered' },
    schema: {
      tags,
      summary: 'The workspace at hand, and what the caller may do in it',
      response: {
        200: workspaceSchema.extend({
          caller: z.object({
            kind: z.enum(['key', 'operator', 'local', 'anonymous']),
            keyId: z.string().nullable(),
            scopes: z.array(z.string()),
            sessions: z.array(z.string()).nullable(),
            chats: z.array(z.string()).nullable(),
          }),
        }),
        ...answers,
      },
    },
    handler: async ({ workspaceId, caller: { actor, permissions } }) => {
      const { sessions, chats } = permissions.bindings;
      return {
        ...present(await workspaces.get(workspaceId)),
        caller: {
          kind: actor.kind,
          keyId: actor.kind === 'key' ? actor.keyId : null,
          scopes: [...permissions.scopes],
          sessions: sessions && [...sessions],
          chats: chats && [...chats],
        },
      };
    },
  });

  app.route({
    method: 'PATCH',
    url: '/workspace',
    config: { scope: 'workspace:write' },
    schema: {
      tags,
      summary: 'Rename the workspace at hand',
      body: workspaceChange,
      response: { 200: workspaceSchema, ...answers },
    },
    handler: async ({ workspaceId, body }) =>
      present(await workspaces.rename(workspaceId, body.name)),
  });
}

const present = ({ id, name, createdAtMs }: WorkspaceRecord) => ({
  id,
  name,
  createdAt: new Date(createdAtMs).toISOString(),
});
