import { z } from 'zod';
import { EVERY_WORKSPACE } from '../events/selection.ts';
import { gateOf } from './breaker.ts';
import { CLASSIC_NAMES } from './classic.ts';
import type { Enlisted } from './roster.ts';
import type { Attempt, DeliveryRecord, Endpoint, EndpointHealth } from './store.ts';

const instant = z.iso.datetime();

const healthView = z.object({
  state: z
    .enum(['healthy', 'failing', 'paused', 'disabled'])
    .describe('`paused`: left alone for a while after failures; `disabled`: switched off for good'),
  failures: z.int().describe('Failed attempts since the last success'),
  failingSince: instant.nullable(),
  pausedUntil: instant.nullable(),
  disabledReason: z
    .enum(['gone', 'failing'])
    .nullable()
    .describe('`gone`: it answered 410; `failing`: not one success in five days'),
  disabledAt: instant.nullable(),
});

/** An endpoint as the API shows it: everything but its secrets. */
export const endpointView = z
  .object({
    id: z.string(),
    url: z.string(),
    name: z.string().nullable(),
    readOnly: z.boolean().describe('Set by environment'),
    form: z.enum(['classic', 'standard']),
    events: z.array(z.string()),
    sessions: z.array(z.string()).nullable(),
    ignoreChats: z.array(z.string()),
    headerNames: z.array(z.string()).describe('Own headers; their values are not shown'),
    auth: z.enum(['none', 'basic', 'bearer']),
    signed: z.boolean(),
    previousSecretUntil: instant.nullable().describe('Until then the secret before signs as well'),
    hubSignature: z.boolean(),
    ordering: z.enum(['chat', 'none']),
    timeoutMs: z.int(),
    retryDelaysMs: z.array(z.int()).nullable(),
    ratePerSecond: z.number().nullable(),
    concurrency: z.int(),
    media: z.object({ mode: z.string(), maxInlineBytes: z.int() }),
    join: z.object({ quietMs: z.int(), maxMs: z.int() }).nullable(),
    active: z.boolean(),
    health: healthView,
    createdAt: instant.nullable(),
  })
  .meta({ id: 'WebhookEndpoint' });

export const endpointWithSecretView = endpointView
  .extend({ secret: z.string().describe('Shown this once') })
  .meta({ id: 'WebhookEndpointWithSecret' });

export const attemptView = z.object({
  number: z.int(),
  at: instant,
  durationMs: z.number(),
  status: z.int().nullable(),
  errorStage: z
    .enum(['guard', 'dns', 'connect', 'tls', 'timeout', 'status', 'body'])
    .nullable()
    .describe('Where it went wrong; null: it did not'),
  error: z.string().nullable(),
  response: z.string().nullable().describe('The first 16 kB of the answer'),
});

export const deliveryView = z
  .object({
    id: z.string(),
    eventId: z.string(),
    event: z.string(),
    sessionId: z.string().nullable(),
    state: z.enum(['pending', 'delivered', 'failed']),
    queuedAt: instant,
    nextAttemptAt: instant.nullable(),
    attempts: z.array(attemptView).describe('Oldest first; of very many the newest 50'),
  })
  .meta({
    id: 'WebhookDelivery',
    examples: [
      {
        id: '01KAQ5V1Z8T0M3K9YB2N6R4C7D',
        eventId: '01KAQ5V1Z8T0M3K9YB2N6R4C7E',
        event: 'message.received',
        sessionId: 'support',
        state: 'delivered',
        queuedAt: '2030-03-04T09:00:00.000Z',
        nextAttemptAt: null,
        attempts: [
          {
            number: 1,
            at: '2030-03-04T09:00:00.100Z',
            durationMs: 84,
            status: 200,
            errorStage: null,
            error: null,
            response: 'ok',
          },
        ],
      },
    ],
  });

export function viewEndpoint({ endpoint, health }: Enlisted, nowMs: number) {
  const { settings } = endpoint;
  const { name, sessions, ignoreChats, hubSignature, ordering, timeoutMs } = settings;
  const { retryDelaysMs, ratePerSecond, concurrency, media, join } = settings;
  return {
    id: endpoint.id,
    url: endpoint.url,
    name,
    readOnly: endpoint.workspaceId === EVERY_WORKSPACE,
    form: endpoint.form,
    events: namesOf(endpoint),
    sessions: sessions && [...sessions],
    ignoreChats: [...ignoreChats],
    headerNames: Object.keys(settings.headers),
    auth: authOf(endpoint),
    signed: endpoint.secret !== null,
    previousSecretUntil: previousSecretUntil(settings.previousSecret?.untilMs ?? null, nowMs),
    hubSignature,
    ordering,
    timeoutMs,
    retryDelaysMs: retryDelaysMs && [...retryDelaysMs],
    ratePerSecond,
    concurrency,
    media,
    join,
    active: endpoint.active,
    health: viewHealth(health, nowMs),
    createdAt: endpoint.createdAtMs === 0 ? null : iso(endpoint.createdAtMs),
  };
}

export function viewDelivery(record: DeliveryRecord) {
  return {
    id: record.id,
    eventId: record.eventId,
    event: record.event,
    sessionId: record.sessionId === '' ? null : record.sessionId,
    state: record.state,
    queuedAt: iso(record.queuedAtMs),
    nextAttemptAt: record.nextAttemptAtMs === null ? null : iso(record.nextAttemptAtMs),
    attempts: record.attempts.map(viewAttempt),
  };
}

export function viewAttempt(attempt: Attempt) {
  const { number, durationMs, status, errorStage, error, responseExcerpt } = attempt;
  return {
    number,
    at: iso(attempt.startedAtMs),
    durationMs,
    status,
    errorStage,
    error,
    response: responseExcerpt,
  };
}

function viewHealth(health: EndpointHealth, nowMs: number): z.input<typeof healthView> {
  const gate = gateOf(health, nowMs);
  return {
    state: healthState(health, gate.kind),
    failures: health.failures,
    failingSince: health.failingSinceMs === null ? null : iso(health.failingSinceMs),
    pausedUntil: gate.kind === 'wait' ? iso(gate.untilMs) : null,
    disabledReason: health.disabled?.reason ?? null,
    disabledAt: health.disabled ? iso(health.disabled.atMs) : null,
  };
}

function healthState(health: EndpointHealth, gate: ReturnType<typeof gateOf>['kind']) {
  switch (gate) {
    case 'disabled':
      return 'disabled';
    case 'wait':
      return 'paused';
    case 'open':
    case 'probe':
      return health.failures > 0 ? 'failing' : 'healthy';
  }
}

/** Endpoints of the classic form are shown with the names that they get. */
function namesOf({ form, events }: Endpoint): string[] {
  if (form === 'standard') return [...events];
  return [...new Set(events.map((name) => CLASSIC_NAMES[name] ?? name))];
}

function authOf({ basicAuth, settings }: Endpoint): 'none' | 'basic' | 'bearer' {
  if (basicAuth) return 'basic';
  return settings.bearerToken === null ? 'none' : 'bearer';
}

function previousSecretUntil(untilMs: number | null, nowMs: number): string | null {
  return untilMs !== null && nowMs < untilMs ? iso(untilMs) : null;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
