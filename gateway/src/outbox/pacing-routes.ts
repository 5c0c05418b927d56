import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { Clock } from '../kernel/clock.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Outbox } from './contract.ts';
import { explainPolicy } from './pacing/explain.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type PacingPolicy,
  PRESETS,
  presetPolicy,
} from './pacing/policy.ts';
import { policyChange, policyFrom, policySchema } from './pacing/policy-schema.ts';
import type { SessionPacing } from './pacing/session-pacing.ts';
import { rampedLimit, rampStartMs } from './pacing/warm-up.ts';

export interface PacingRouteDeps {
  readonly outbox: Outbox;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
  /** Where quiet hours of presets are counted when the request names no time zone. */
  readonly timeZone: string;
  readonly clock: Clock;
}

const instant = z.iso.datetime();
const used = z.object({ used: z.int(), limit: z.int().nullable() });
const usage = z.object({ minute: used, hour: used, day: used });

const riskSchema = z
  .object({
    score: z.int().min(0).max(100),
    level: z.enum(['low', 'medium', 'high']),
    reasons: z
      .array(
        z.object({
          signal: z.enum([
            'cold_ratio',
            'same_text',
            'few_answers',
            'refusals',
            'disconnects',
            'restricted',
            'quota',
          ]),
          points: z.int(),
          text: z.string(),
        }),
      )
      .readonly()
      .describe('What the score is made of, the heaviest first'),
  })
  .meta({
    id: 'Risk',
    example: {
      score: 30,
      level: 'medium',
      reasons: [
        {
          signal: 'cold_ratio',
          points: 30,
          text: '90 of the last 100 messages went to people who had not written. Answer more than you begin.',
        },
      ],
    },
  });

const pacingSchema = z
  .object({
    policy: policySchema,
    source: z.enum(['session', 'default']).describe("Its own, or the service's default"),
    explanation: z.array(z.string()).describe('What it does, in plain words'),
    usage: z.object({ all: usage, warm: usage, cold: usage }),
    risk: riskSchema.describe('How the last 24 hours look; see GET /sessions/{id}/risk'),
    warmUp: z
      .object({ day: z.int(), newPeopleToday: z.int(), complete: z.boolean() })
      .nullable()
      .describe('How far a newly linked number is; null without warm-up'),
    restrictions: z
      .object({
        newPeople: z.object({ until: instant, cause: z.string() }).nullable(),
        everything: z.object({ until: instant }).nullable(),
        newChatQuota: z
          .object({ left: z.int(), total: z.int().nullable(), resetsAt: instant })
          .nullable(),
      })
      .describe('What WhatsApp itself holds back'),
  })
  .meta({ id: 'Pacing' });

const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** How a session spaces its sends, what it has used up, and what WhatsApp holds back. */
export function registerPacingRoutes(app: App, deps: PacingRouteDeps): void {
  const { outbox, session, timeZone, clock } = deps;
  const view = async (record: SessionRecord) => {
    const pacing = await outbox.pacing(record);
    return { ...viewPacing(pacing, clock.now()), risk: await pacing.risk() };
  };
  registerRiskRoute(app, deps);

  app.route({
    method: 'GET',
    url: '/pacing/presets',
    config: { scope: 'sessions:read' },
    schema: {
      tags: ['Pacing'],
      summary: 'The ready-made policies and what they do',
      response: {
        200: z.array(
          z.object({
            preset: z.enum(PRESETS),
            policy: policySchema,
            explanation: z.array(z.string()),
          }),
        ),
        ...problemAnswers,
      },
    },
    handler: async () =>
      PRESETS.map((preset) => {
        const policy = presetPolicy(preset, timeZone);
        return { preset, policy: shown(policy), explanation: explainPolicy(policy) };
      }),
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/pacing',
    config: { scope: 'sessions:read' },
    schema: {
      tags: ['Pacing'],
      summary: 'The pace of a session, and what is used up of it',
      params: sessionParams,
      response: { 200: pacingSchema, ...problemAnswers },
    },
    handler: ({ workspaceId, params }) => view(session(workspaceId, params.id)),
  });

  app.route({
    method: 'PUT',
    url: '/sessions/:id/pacing',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Pacing'],
      summary: 'Set the pace of a session',
      description:
        'A preset, or a preset with some fields replaced. Holds from the next send on, for what waits as well.',
      params: sessionParams,
      body: policyChange,
      response: { 200: pacingSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => {
      const record = session(workspaceId, params.id);
      await outbox.setPolicy(record, policyFrom(body, timeZone));
      return view(record);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id/pacing',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Pacing'],
      summary: 'Go back to the default of the service',
      params: sessionParams,
      response: { 200: pacingSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      const record = session(workspaceId, params.id);
      await outbox.setPolicy(record, null);
      return view(record);
    },
  });
}

function registerRiskRoute(app: App, { outbox, session }: PacingRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/risk',
    config: { scope: 'sessions:read' },
    schema: {
      tags: ['Pacing'],
      summary: 'How much a session behaves like a spammer, and why',
      description:
        'Of the last 24 hours. A judgement from documented signals: it neither promises nor predicts a ban.',
      params: sessionParams,
      response: { 200: riskSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      const pacing = await outbox.pacing(session(workspaceId, params.id));
      return pacing.risk();
    },
  });
}

function viewPacing(
  pacing: SessionPacing,
  nowMs: number,
): Omit<z.input<typeof pacingSchema>, 'risk'> {
  const { policy, restrictions } = pacing;
  const { cold, all, newChats } = restrictions;
  const over = (untilMs: number) => untilMs <= nowMs;
  return {
    policy: shown(policy),
    source: pacing.hasOwnPolicy ? 'session' : 'default',
    explanation: explainPolicy(policy),
    usage: {
      all: usageOf(pacing, 'all', nowMs),
      warm: usageOf(pacing, 'warm', nowMs),
      cold: usageOf(pacing, 'cold', nowMs),
    },
    warmUp: warmUpOf(pacing, nowMs),
    restrictions: {
      newPeople:
        cold && !over(cold.untilMs) ? { until: iso(cold.untilMs), cause: cold.cause } : null,
      everything: all && !over(all.untilMs) ? { until: iso(all.untilMs) } : null,
      newChatQuota:
        newChats && !over(newChats.resetsAtMs)
          ? { left: newChats.left, total: newChats.total, resetsAt: iso(newChats.resetsAtMs) }
          : null,
    },
  };
}

function usageOf({ policy, history }: SessionPacing, name: 'all' | 'warm' | 'cold', nowMs: number) {
  const { perMinute, perHour, perDay } = policy[name];
  const window = (limit: number | null, windowMs: number) => ({
    used: history[name].countSince(nowMs, windowMs),
    limit,
  });
  return {
    minute: window(perMinute, MINUTE_MS),
    hour: window(perHour, HOUR_MS),
    day: window(perDay, DAY_MS),
  };
}

function warmUpOf({ policy, warmUpFromMs, history }: SessionPacing, nowMs: number) {
  const { warmUp, cold } = policy;
  if (!warmUp || cold.perDay === null) return null;
  const startMs = rampStartMs(warmUp, warmUpFromMs, history.all.lastMs, nowMs);
  const day = Math.max(0, Math.floor((nowMs - startMs) / DAY_MS));
  return {
    day: day + 1,
    newPeopleToday: rampedLimit(warmUp, cold.perDay, day),
    complete: day >= warmUp.shares.length,
  };
}

/** Answers are written by a serializer that wants lists of its own. */
const shown = (policy: PacingPolicy) => ({
  ...policy,
  warmUp: policy.warmUp && { ...policy.warmUp, shares: [...policy.warmUp.shares] },
});

const iso = (ms: number): string => new Date(ms).toISOString();
