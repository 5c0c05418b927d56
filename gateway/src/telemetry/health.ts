import { z } from 'zod';
import type { App } from '../http/app.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { within } from './within.ts';

/** A storage that has not answered after this long is down as far as a load balancer is concerned. */
const CHECK_LIMIT_MS = 2_000;

export interface HealthDeps {
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counted from memory: the answer never waits for anything. */
  readonly sessions: () => { readonly total: number; readonly open: number };
  /** Resolves when storage can be read and written; rejects, or hangs, when not. */
  readonly check: () => Promise<void>;
}

const healthSchema = z
  .object({
    status: z.literal('ok'),
    version: z.string(),
    uptime: z.number().int().describe('Seconds since the process started to serve'),
    sessions: z.object({
      total: z.number().int(),
      open: z.number().int().describe('Connected to WhatsApp'),
    }),
  })
  .meta({
    id: 'Health',
    examples: [{ status: 'ok', version: '1.0.0', uptime: 3600, sessions: { total: 3, open: 3 } }],
  });

const readySchema = z
  .object({ status: z.enum(['ready', 'unavailable']), storage: z.enum(['up', 'down']) })
  .meta({ id: 'Readiness' });

/**
 * `/health` says that the process serves and is always 200: restarting it would not help an outage of
 * something else. `/ready` says whether a request can be worked on: 503 while storage is down.
 */
export function registerHealthRoutes(app: App, deps: HealthDeps): void {
  const startedAtMs = deps.clock.now();
  app.route({
    method: 'GET',
    url: '/health',
    config: { public: true },
    schema: {
      tags: ['Operations'],
      summary: 'Whether the process serves',
      response: { 200: healthSchema },
    },
    handler: async () => ({
      status: 'ok' as const,
      version: deps.version,
      uptime: Math.floor((deps.clock.now() - startedAtMs) / 1000),
      sessions: deps.sessions(),
    }),
  });

  const storageIsUp = shared(async () => {
    try {
      await within(deps.clock, CHECK_LIMIT_MS, deps.check());
      return true;
    } catch (error) {
      deps.logger.warn({ err: error }, 'storage does not answer');
      return false;
    }
  });
  app.route({
    method: 'GET',
    url: '/ready',
    config: { public: true },
    schema: {
      tags: ['Operations'],
      summary: 'Whether requests can be worked on',
      description: 'Answers 503 while storage is down.',
      response: { 200: readySchema, 503: readySchema },
    },
    handler: async (_request, reply) =>
      (await storageIsUp())
        ? { status: 'ready' as const, storage: 'up' as const }
        : reply.code(503).send({ status: 'unavailable', storage: 'down' }),
  });
}

/** Callers at the same time share one run: anyone may ask, and a probe costs a write. */
function shared<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  };
}
