import type { FastifyRequest } from 'fastify';
import type { ProblemCode } from '../kernel/errors.ts';
import type { AuditDraft } from './audit.ts';
import type { AuditRecord } from './store.ts';

/** Refusals that tell of somebody who tried. Missing keys and rate limits would only be noise. */
const TELLING: ReadonlySet<string> = new Set<ProblemCode>([
  'key_invalid',
  'key_expired',
  'scope_missing',
  'session_not_allowed',
  'chat_not_allowed',
  'address_not_allowed',
  'foreign_page',
]);

const MAX_TARGETS = 8;
const MAX_TARGET_LENGTH = 128;

/** Parts of a path that make the same route answer in several places. */
const PREFIX = /^(?:\/api(?=\/)|\/workspaces\/:workspaceId\/proxy\/api)/;

/** Whether a request belongs in the audit log: what changed or revealed something, and what was refused. */
export function isAudited(request: FastifyRequest, status: number): boolean {
  const { scope } = request.routeOptions.config;
  if (scope === undefined) return false;
  if (request.problemCode !== null && TELLING.has(request.problemCode)) return true;
  const isKnown = request.caller.actor.kind !== 'anonymous';
  return isKnown && status !== 429 && (request.method !== 'GET' || !scope.endsWith(':read'));
}

/** Whether the entry must be on disk before the answer goes out: changes to who may do what. */
export function isCommittedFirst(request: FastifyRequest): boolean {
  const { scope = '' } = request.routeOptions.config;
  return /^(?:keys|workspace|service):/.test(scope) && request.method !== 'GET';
}

/** The entry of a request that was answered with `status`. */
export function auditDraft(request: FastifyRequest, status: number): AuditDraft {
  const route = request.routeOptions.url ?? '';
  return {
    workspaceId: request.workspaceId,
    actor: request.caller.actor,
    action: `${request.method} ${route.replace(PREFIX, '')}`,
    target: targetOf(request),
    outcome: outcomeOf(status),
    status,
    problem: request.problemCode,
    address: request.ip,
    requestId: request.id,
  };
}

function targetOf(request: FastifyRequest): Readonly<Record<string, string>> {
  const { workspaceId: _, ...params } = request.params as Readonly<Record<string, string>>;
  const parts = Object.entries({ ...params, ...request.auditTarget });
  return Object.fromEntries(
    parts.slice(0, MAX_TARGETS).map(([name, value]) => [name, value.slice(0, MAX_TARGET_LENGTH)]),
  );
}

function outcomeOf(status: number): AuditRecord['outcome'] {
  if (status < 400) return 'done';
  return status === 401 || status === 403 ? 'refused' : 'failed';
}
