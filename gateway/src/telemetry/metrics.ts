import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from '../http/app.ts';

/** Figures by the label's value. */
type Figures = Readonly<Record<string, number>>;

/** One figure that a part of the service offers; asked for each time somebody scrapes. */
export interface Reading {
  /** Without the prefix `gateway_`; one that only grows ends in `_total`. */
  readonly name: string;
  readonly help: string;
  /** Name of the one label; null for a plain figure. */
  readonly label: string | null;
  /** The figure by the label's values, of which there are few; `''` where there is no label. */
  readonly read: () => Figures | Promise<Figures>;
}

const PREFIX = 'gateway_';
/** From an answer out of memory to a send that waits for WhatsApp; seconds. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Parts of a path under which the same routes answer again. */
const ROUTE_PREFIX = /^(?:\/api(?=\/)|\/workspaces\/:workspaceId\/proxy\/api)/;

/**
 * `GET /metrics` for Prometheus: the process (memory, CPU, event-loop delay), HTTP by route, and what the
 * parts offer. It tells of all workspaces at once, so it asks for a scope that no wildcard covers.
 */
export function registerMetricsRoutes(app: App, readings: readonly Reading[]): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const reading of readings) registerReading(registry, reading);
  countRequests(app, registry);

  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'service:metrics' },
    schema: { tags: ['Operations'], summary: 'Figures for Prometheus, in its text format' },
    handler: async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
  });
  app.addHook('onClose', async () => registry.clear());
}

function registerReading(registry: Registry, { name, help, label, read }: Reading): void {
  const Metric = name.endsWith('_total') ? Counter : Gauge;
  const metric = new Metric({
    name: PREFIX + name,
    help,
    labelNames: label === null ? [] : [label],
    registers: [],
    async collect() {
      const figures = await read();
      metric.reset();
      for (const [value, figure] of Object.entries(figures)) {
        metric.inc(label === null ? {} : { [label]: value }, figure);
      }
    },
  });
  registry.registerMetric(metric);
}

function countRequests(app: App, registry: Registry): void {
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: `${PREFIX}http_requests_total`,
    help: 'Answered requests',
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'From the head of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // Never the path itself: it holds ids, and there is no end of them.
    const route = request.routeOptions.url?.replace(ROUTE_PREFIX, '') ?? 'none';
    const { method } = request;
    requests.inc({ method, route, status: String(reply.statusCode) });
    durations.observe({ method, route }, reply.elapsedTime / 1000);
  });
}
