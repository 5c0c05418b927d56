/** Everything belongs to a workspace; this one always exists. */
export const DEFAULT_WORKSPACE = 'default';

declare module 'fastify' {
  interface FastifyRequest {
    /** The workspace that the request acts in. */
    workspaceId: string;
  }
}
