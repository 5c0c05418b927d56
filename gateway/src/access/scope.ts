/** Every permission a key can hold: a resource and a verb. A route asks for exactly one of them. */
export const SCOPES = {
  'sessions:read': 'See sessions and their state',
  'sessions:write': 'Create, pair, start and stop sessions',
  'sessions:delete': 'Log sessions out and remove them',
  'sessions:transfer': 'Export sessions with their credentials, and import them',
  'messages:read': 'Read chats, messages and media',
  'messages:send': 'Send, edit and delete messages',
  'messages:send_bulk': 'Send to many recipients at once',
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
  'service:workspaces': 'Create, see, change and remove workspaces',
} as const;

/** One permission, as a route asks for it. */
export type Scope = keyof typeof SCOPES;

/** What reaches beyond one workspace: no wildcard covers it. */
const SERVICE = 'service:';

/** Whether a text is a scope, `<resource>:*` of a resource that exists, or `*`. */
export function isGrant(text: string): boolean {
  if (text === '*' || Object.hasOwn(SCOPES, text)) return true;
  return text.endsWith(':*') && isResource(text.slice(0, -1));
}

/** Whether somebody who holds `grants` may do what `scope` stands for. */
export function covers(grants: readonly string[], scope: Scope): boolean {
  return grants.some((grant) => grant === scope || matches(grant, scope));
}

/**
 * Whether somebody who holds `grants` may pass on `wanted`. A wildcard can only be passed on by who
 * holds it or a wider one: it will cover scopes that do not exist yet.
 */
export function mayPassOn(grants: readonly string[], wanted: string): boolean {
  return grants.some((grant) => grant === wanted || matches(grant, wanted));
}

function matches(grant: string, wanted: string): boolean {
  if (wanted.startsWith(SERVICE)) return false;
  if (grant === '*') return true;
  return grant.endsWith(':*') && wanted.startsWith(grant.slice(0, -1));
}

function isResource(prefix: string): boolean {
  return prefix !== SERVICE && Object.keys(SCOPES).some((scope) => scope.startsWith(prefix));
}
