import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { DEFAULT_WORKSPACE } from '../http/workspace.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { addressGroup } from './address-group.ts';
import type { AuditLog } from './audit.ts';
import { auditDraft, isAudited, isCommittedFirst } from './audit-rule.ts';
import { type Authenticate, TooMany } from './authenticate.ts';
import { ANONYMOUS, type Caller } from './caller.ts';
import { type Judgement, judge, judgeChat, type Use } from './judge.ts';
import { createRateLimiter, type RateDecision, type RateRule } from './rate.ts';
import type { Scope } from './scope.ts';
import type { WorkspaceStore } from './store.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request; `anonymous` on public routes. */
    caller: Caller;
    /** What a handler adds to the target in the audit log, such as the id of what it made. */
    auditTarget: Readonly<Record<string, string>> | null;
  }
  interface FastifyContextConfig {
    /** What a key must hold to call the route. A route names this or `public`, else the app does not start. */
    scope?: Scope;
    /** Anyone may call the route, without a key. */
    public?: true;
    /**
     * Where a route without `/sessions/:id` in its path says which session it is about: in the query as
     * `sessionId`, or nowhere because it leaves out what `seesSession` hides. Without this, keys that
     * are bound to sessions cannot call it.
     */
    session?: 'query' | 'filtered';
    /**
     * Where the one chat stands that a request is about; `handler` when it is about several, or about
     * what knows its chat itself: then the handler judges each (`requireChat`). Without this, keys that
     * are bound to chats cannot call it.
     */
    chat?: ChatPlace | 'handler';
  }
}

type ChatPlace = 'body.to' | 'params.chatId';

/** Requests without a valid key, per address: public pages, missing and wrong keys, unknown routes. */
const ANONYMOUS_RULE: RateRule = { limit: 600, periodMs: 60_000 };
const REMEMBERED_ADDRESSES = 20_000;
const REMEMBERED_KEYS = 20_000;

export interface GuardDeps {
  readonly authenticate: Authenticate;
  readonly store: Pick<WorkspaceStore, 'workspace'>;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Per key; null for no limit. */
  readonly rateRule: RateRule | null;
}

/**
 * Stands before every route: finds out who calls, holds them to their limits, and lets them through
 * only to what they may do. Refuses to start when a route does not say what it asks for.
 */
export function installGuard(app: FastifyInstance, deps: GuardDeps): void {
  app.decorateRequest('workspaceId', DEFAULT_WORKSPACE);
  app.decorateRequest('caller', ANONYMOUS_PLACEHOLDER);
  app.decorateRequest('auditTarget', null);
  requireScopes(app);
  const limits = createLimits(deps);

  app.addHook('onRequest', async (request, reply) => {
    request.caller = ANONYMOUS;
    const { config } = request.routeOptions;
    const group = addressGroup(request.ip);
    if (request.is404 || config.public || config.scope === undefined) {
      limits.anonymous(group, reply);
      return;
    }
    const caller = await deps.authenticate(headOf(request, group)).catch((error: unknown) => {
      if (error instanceof Problem) refuseUnknown(error, group, limits, reply);
      throw error;
    });
    request.caller = caller;
    request.workspaceId = caller.workspaceId ?? DEFAULT_WORKSPACE;
    limits.known(caller, reply);
    request.workspaceId = await workspaceOf(request, config.scope, deps.store);
    enforce(judge(caller.permissions, useOf(request, config.scope)));
  });

  // A body is read only once it is valid; what the path names is judged before the body is looked at.
  app.addHook('preValidation', async (request) => judgeChatOf(request, 'params.chatId'));
  app.addHook('preHandler', async (request) => judgeChatOf(request, 'body.to'));

  app.addHook('onSend', async (request, reply) => {
    if (!isAudited(request, reply.statusCode)) return;
    deps.audit.record(auditDraft(request, reply.statusCode));
    if (!isCommittedFirst(request)) return;
    await deps.audit.flush().catch((error: unknown) => {
      deps.logger.error({ err: error }, 'an audit entry could not be written before its answer');
    });
  });
}

/** Fastify wants a primitive here; the first hook puts the caller in its place. */
const ANONYMOUS_PLACEHOLDER = null as unknown as Caller;

/** Collects routes as they come and judges them when all are there, with what plugins did to them. */
function requireScopes(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', async () => {
    const open = routes.filter(({ config }) => (config?.scope === undefined) === !config?.public);
    if (open.length === 0) return;
    const names = open.map(({ method, url }) => `${String(method)} ${url}`);
    throw new Error(
      `routes must have either config.scope or config.public: true: ${names.join(', ')}`,
    );
  });
}

interface Limits {
  anonymous(group: string, reply: FastifyReply): void;
  known(caller: Caller, reply: FastifyReply): void;
}

function createLimits({ clock, rateRule }: GuardDeps): Limits {
  const byAddress = createRateLimiter(ANONYMOUS_RULE, REMEMBERED_ADDRESSES);
  const byKey = rateRule && createRateLimiter(rateRule, REMEMBERED_KEYS);
  return {
    anonymous(group, reply) {
      applyLimit(byAddress.take(group, clock.now()), 'address', ANONYMOUS_RULE, reply);
    },
    known({ actor }, reply) {
      // Whoever sits at the machine needs no way round a limit to bring it down.
      if (!byKey || !rateRule || actor.kind === 'local') return;
      const name = actor.kind === 'key' ? actor.keyId : actor.kind;
      applyLimit(byKey.take(name, clock.now()), 'key', rateRule, reply);
    },
  };
}

/** The headers of the IETF draft (structured fields), and those that most clients know. */
function applyLimit(
  decision: RateDecision,
  policy: string,
  rule: RateRule,
  reply: FastifyReply,
): void {
  const resetS = Math.ceil(decision.resetMs / 1000);
  reply.headers({
    'ratelimit-policy': `"${policy}";q=${rule.limit};w=${rule.periodMs / 1000}`,
    ratelimit: `"${policy}";r=${decision.remaining};t=${resetS}`,
    'x-ratelimit-limit': rule.limit,
    'x-ratelimit-remaining': decision.remaining,
    'x-ratelimit-reset': resetS,
  });
  if (decision.allowed) return;
  const { retryAfterMs } = decision;
  reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
  throw new TooMany('rate_limited', `Slow down: ${rule.limit} per minute.`, retryAfterMs);
}

/** Counts a request that nobody answers for, and tells browsers and clients how to do better. */
function refuseUnknown(problem: Problem, group: string, limits: Limits, reply: FastifyReply): void {
  limits.anonymous(group, reply);
  if (problem instanceof TooMany) {
    reply.header('retry-after', Math.ceil(problem.retryAfterMs / 1000));
  } else reply.header('www-authenticate', 'Bearer realm="whatsapp-gateway"');
}

function headOf(request: FastifyRequest, group: string) {
  const { headers } = request;
  return {
    peer: request.socket.remoteAddress,
    host: headers.host,
    httpVersion: request.raw.httpVersion,
    addressGroup: group,
    header: (name: string) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/** A workspace that is not the caller's does not exist as far as they can tell. */
async function workspaceOf(
  request: FastifyRequest,
  scope: Scope,
  store: GuardDeps['store'],
): Promise<string> {
  const own = request.caller.workspaceId;
  const { workspaceId: named } = request.params as { workspaceId?: string };
  if (named === undefined || scope.startsWith('service:')) return own ?? DEFAULT_WORKSPACE;
  const exists =
    own === null
      ? named === DEFAULT_WORKSPACE || (await store.workspace(named)) !== null
      : named === own;
  if (exists) return named;
  throw new Problem('workspace_not_found', 'There is no workspace with this id.');
}

function useOf(request: FastifyRequest, scope: Scope): Use {
  const { config } = request.routeOptions;
  return {
    scope,
    address: request.ip,
    session: namedSession(request),
    namesChat: config.chat !== undefined,
  };
}

function namedSession(request: FastifyRequest): Use['session'] {
  const { config, url } = request.routeOptions;
  const { id } = request.params as { id?: string };
  if (url?.includes('/sessions/:id') && id !== undefined) return { id };
  switch (config.session) {
    case 'filtered':
      return 'filtered';
    case 'query': {
      const { sessionId } = request.query as { sessionId?: unknown };
      return typeof sessionId === 'string' ? { id: sessionId } : 'none';
    }
    default:
      return 'none';
  }
}

function judgeChatOf(request: FastifyRequest, where: ChatPlace): void {
  const { bindings } = request.caller.permissions;
  if (bindings.chats === null || request.routeOptions.config.chat !== where) return;
  enforce(judgeChat(bindings, namedChat(request, where)));
}

function namedChat(request: FastifyRequest, where: ChatPlace): unknown {
  return where === 'body.to'
    ? (request.body as { to?: unknown } | null | undefined)?.to
    : (request.params as { chatId?: string }).chatId;
}

function enforce(judgement: Judgement): void {
  if (!judgement.ok) throw new Problem(judgement.code, judgement.detail);
}
