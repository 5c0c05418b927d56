import type { FastifyInstance } from 'fastify';
import { Problem } from '../kernel/errors.ts';

/** Everything belongs to a workspace; this one always exists. */
export const DEFAULT_WORKSPACE = 'default';

declare module 'fastify' {
  interface FastifyRequest {
    /** The workspace that the request acts in. */
    workspaceId: string;
  }
}

/** Puts the workspace named by the path, or the default one, on each request. */
export function installWorkspace(app: FastifyInstance): void {
  app.decorateRequest('workspaceId', DEFAULT_WORKSPACE);
  app.addHook('onRequest', async (request) => {
    const { workspaceId } = request.params as { workspaceId?: string };
    if (workspaceId === undefined || workspaceId === DEFAULT_WORKSPACE) return;
    throw new Problem('workspace_not_found', 'There is no workspace with this id.');
  });
}
