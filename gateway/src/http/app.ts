import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  LogController,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IdSource } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import { installBodies, installBodyCheck } from './bodies.ts';
import { installClosing } from './closing.ts';
import {
  createProxyCheck,
  HTTP_OPTIONS,
  limitConnections,
  REQUEST_TIMEOUT_MS,
} from './connections.ts';
import { installSecurityHeaders } from './headers.ts';
import { registerLanding } from './landing.ts';
import { installMultipart } from './multipart.ts';
import { installProblems } from './problem.ts';
import { installQueryCheck } from './query.ts';
import { installReference } from './reference.ts';
import { answerUnreadable, answerUnroutable } from './unroutable.ts';
import { compileValidator } from './validation.ts';

/** The app as routes see it: schemas in zod are both types and validation. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A domain's routes. */
export type Routes = (app: App) => void;

export interface HttpDeps {
  readonly logger: Logger;
  readonly ids: IdSource;
  readonly version: string;
  /** Addresses and networks of reverse proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Stands before every route: decides who calls and in which workspace. */
  readonly guard: (app: FastifyInstance) => void;
  /** Routes outside every workspace: health and the like. */
  readonly system: readonly Routes[];
  /** Routes of a workspace; mounted at the root, under `/api` and under the workspace's own path. */
  readonly workspace: readonly Routes[];
}

/** JSON bodies beyond this are refused unless a route allows more. */
const BODY_LIMIT_BYTES = 1024 * 1024;

const MAX_PARAM_LENGTH = 512;

/** Clients written for other gateways use these forms of the same paths; the reference shows the first. */
const WORKSPACE_PREFIXES = ['', '/api', '/workspaces/:workspaceId/proxy/api'] as const;

/** The HTTP side of the service, not yet listening. */
export async function createHttp(deps: HttpDeps): Promise<App> {
  const logger: FastifyBaseLogger = deps.logger;
  const { trustedProxies } = deps;
  const base = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => deps.ids(),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    http: HTTP_OPTIONS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: answerUnroutable,
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, deps.ids()),
  });
  limitConnections(base.server, createProxyCheck(trustedProxies));
  base.setValidatorCompiler(compileValidator);
  base.setSerializerCompiler(serializerCompiler);
  const app = base.withTypeProvider<ZodTypeProvider>();
  installProblems(base);
  installSecurityHeaders(base);
  installClosing(base);
  deps.guard(base);
  installBodies(base);
  installBodyCheck(base);
  installQueryCheck(base);
  await installMultipart(base);
  await installReference(app, deps.version);
  registerLanding(app);
  for (const routes of deps.system) routes(app);
  for (const prefix of WORKSPACE_PREFIXES) {
    await app.register(
      async (scope) => {
        if (prefix) scope.addHook('onRoute', hideFromReference);
        for (const routes of deps.workspace) routes(scope.withTypeProvider<ZodTypeProvider>());
      },
      { prefix },
    );
  }
  return app;
}

function hideFromReference(route: { schema?: object }): void {
  route.schema = { ...route.schema, hide: true };
}
