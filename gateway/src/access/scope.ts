/** Every permission a key can hold: a resource and a verb. A route asks for exactly one of them. */
export const SCOPES = {
  'sessions:read': 'See sessions and their state',
  'sessions:write': 'Create, pair, start and stop sessions',
  'sessions:delete': 'Log sessions out and remove them',
  'messages:read': 'Read chats, messages and media',
  'messages:send': 'Send, edit and delete messages',
  'messages:send_bulk': 'Send to many recipients and on a schedule',
  'contacts:read': 'Look up numbers and contacts',
  'contacts:write': 'Block and unblock contacts',
  'groups:read': 'See groups and their participants',
  'groups:write': 'Create, change, join and leave groups',
  'templates:read': 'See stored templates',
  'templates:write': 'Create, change and remove templates',
  'events:read': 'Read the event log and the live stream',
  'webhooks:read': 'See endpoints and their deliveries',
  'webhooks:write': 'Create, change, test and remove endpoints',
  'webhooks:replay': 'Deliver events again',
  'keys:read': 'See keys; never the keys themselves',
  'keys:write': 'Create, rotate and revoke keys',
  'audit:read': 'Read the audit log',
  'workspace:read': 'See the workspace',
  'workspace:write': 'Change the workspace',
  'service:metrics': 'Read the metrics of the whole service',
  'service:workspaces': 'Create, change and remove workspaces; the operator alone',
} as const;

/** One permission, as a route asks for it. */
export type Scope = keyof typeof SCOPES;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must hold to call the route. A route names this or `public`, else the app does not start. */
    scope?: Scope;
    /** Anyone may call the route, without a key. */
    public?: true;
  }
}
