import type { InjectOptions } from 'fastify';
import { z } from 'zod';
import { type App, createHttp, type Routes } from '../http/app.ts';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger } from '../kernel/logger.ts';
import { systemRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type Access, type AccessDeps, createAccess } from './access.ts';
import { seesSession } from './caller.ts';
import { createMemoryAccessStore } from './memory-store.ts';
import type { AccessStore } from './store.ts';

export const OPERATOR_KEY = 'operator-of-the-tests';

/** An app with access control and a few routes of each kind, for tests. */
export interface Fixture {
  readonly app: App;
  readonly clock: VirtualClock;
  readonly store: AccessStore;
  readonly access: Access;
  /** A request as the operator; `as` is a key, null for none. */
  call(method: string, url: string, options?: CallOptions): Promise<Answer>;
  /** Makes a key in a workspace and returns its text. */
  makeKey(settings: object, workspaceId?: string): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly as?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // Tests know what they asked for.
  readonly json: ReturnType<typeof JSON.parse>;
}

/** Builds the fixture; `change` replaces parts of what access control is made of. */
export async function createFixture(
  change: Partial<AccessDeps> & {
    readonly routes?: Routes;
    readonly system?: readonly Routes[];
  } = {},
): Promise<Fixture> {
  const clock = new VirtualClock();
  const store = createMemoryAccessStore();
  const ids = createIdSource(clock, systemRandom);
  const access = createAccess({
    store,
    clock,
    ids,
    random: systemRandom,
    logger: silentLogger,
    mode: 'strict',
    operatorKey: OPERATOR_KEY,
    requestsPerMinute: 0,
    auditRetention: { days: 90, rows: 1_000_000 },
    contents: async () => [],
    ...change,
  });
  const app = await createHttp({
    logger: silentLogger,
    ids,
    version: '1.2.3',
    trustedProxies: [],
    guard: access.guard,
    system: [
      ...(change.system ?? []),
      registerPublicRoute,
      (app) => access.registerServiceRoutes(app),
    ],
    workspace: [change.routes ?? registerSamples, (app) => access.registerRoutes(app)],
  });
  await app.ready();

  async function call(method: string, url: string, options: CallOptions = {}): Promise<Answer> {
    const key = options.as === undefined ? OPERATOR_KEY : options.as;
    const answer = await app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url,
      remoteAddress: options.from ?? '203.0.113.7',
      headers: { ...(key === null ? {} : { 'x-api-key': key }), ...options.headers },
      ...(options.body === undefined ? {} : { payload: options.body as object }),
    });
    const isJson = String(answer.headers['content-type']).includes('json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.payload,
      json: isJson ? JSON.parse(answer.payload) : null,
    };
  }

  return {
    app,
    clock,
    store,
    access,
    call,
    async makeKey(settings, workspaceId = 'default') {
      const { json } = await call('POST', `/workspaces/${workspaceId}/proxy/api/keys`, {
        body: { name: 'test', scopes: ['*'], ...settings },
      });
      return json.key;
    },
    async close() {
      await app.close();
      await access.close();
    },
  };
}

function registerPublicRoute(app: App): void {
  app.get('/health', { config: { public: true } }, async () => ({ status: 'ok' }));
}

const ids = ['support', 'sales'];

/** Routes shaped like the real ones, which answer with what they were told. */
function registerSamples(app: App): void {
  app.get(
    '/sessions',
    { config: { scope: 'sessions:read', session: 'filtered' } },
    async ({ caller, workspaceId }) => ({
      workspaceId,
      sessions: ids.filter((id) => seesSession(caller, id)),
    }),
  );
  app.post<{ Params: { id: string } }>(
    '/sessions/:id/start',
    { config: { scope: 'sessions:write' } },
    async ({ workspaceId, params }) => ({ workspaceId, id: params.id }),
  );
  app.post(
    '/sessions/:id/send',
    {
      config: { scope: 'messages:send', chat: 'body.to' },
      schema: { body: z.strictObject({ to: z.string(), text: z.string() }) },
    },
    async ({ workspaceId }) => ({ workspaceId }),
  );
  app.get(
    '/sessions/:id/chats/:chatId/messages',
    { config: { scope: 'messages:read', chat: 'params.chatId' } },
    async () => ({ messages: [] }),
  );
  const query = { querystring: z.object({ sessionId: z.unknown() }) };
  const ofEvents = { scope: 'events:read', session: 'query' } as const;
  app.get('/events', { config: ofEvents, schema: query }, async () => ({}));
  app.get('/webhooks', { config: { scope: 'webhooks:read' } }, async () => []);
}
