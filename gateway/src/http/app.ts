import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IdSource } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import { installSecurityHeaders } from './headers.ts';
import { installProblems } from './problem.ts';
import { installReference } from './reference.ts';
import { compileValidator } from './validation.ts';
import { installWorkspace } from './workspace.ts';

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
  /** Stands before every route: decides who calls and in which workspace. */
  readonly guard?: (app: FastifyInstance) => void;
  /** Routes outside every workspace: health and the like. */
  readonly system: readonly Routes[];
  /** Routes of a workspace; mounted at the root, under `/api` and under the workspace's own path. */
  readonly workspace: readonly Routes[];
}

/** JSON bodies beyond this are refused unless a route allows more. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Clients written for other gateways use these forms of the same paths; the reference shows the first. */
const WORKSPACE_PREFIXES = ['', '/api', '/workspaces/:workspaceId/proxy/api'] as const;

/** The HTTP side of the service, not yet listening. */
export async function createHttp(deps: HttpDeps): Promise<App> {
  const logger: FastifyBaseLogger = deps.logger;
  const base = fastify({
    loggerInstance: logger,
    disableRequestLogging: true,
    genReqId: () => deps.ids(),
    bodyLimit: BODY_LIMIT_BYTES,
    maxParamLength: 512,
    requestTimeout: 120_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  });
  base.setValidatorCompiler(compileValidator);
  base.setSerializerCompiler(serializerCompiler);
  const app = base.withTypeProvider<ZodTypeProvider>();
  installProblems(base);
  installSecurityHeaders(base);
  (deps.guard ?? installWorkspace)(base);
  await installReference(app, deps.version);
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
