import { z } from 'zod';
import type { JobSummary } from './store.ts';
import type { QueueOverview, QueuePlace, WaitReason } from './waiting.ts';

const instant = z.iso.datetime();

/** Each reason to wait, in words for people. */
export const WAIT_REASONS: Readonly<Record<WaitReason, string>> = {
  none: 'Nothing: it is next',
  turn: 'Others are before it',
  sending: 'It is being sent',
  disconnected: 'The session is not connected; it goes out when it is back',
  paused: 'The queue was stopped; it goes on with POST /sessions/{id}/outbox/resume',
  scheduled: 'It was scheduled for later',
  pause: 'The pause between two messages',
  typing: 'The time a person would need to write it',
  recovering: 'The session has just reconnected',
  limit_minute: 'The limit per minute is reached',
  limit_hour: 'The limit per hour is reached',
  limit_day: 'The limit per 24 hours is reached',
  warm_pause: 'The pause between two answers',
  warm_limit_minute: 'The limit of answers per minute is reached',
  warm_limit_hour: 'The limit of answers per hour is reached',
  warm_limit_day: 'The limit of answers per 24 hours is reached',
  cold_pause: 'The pause before the first message to somebody new',
  cold_limit_minute: 'The limit of new people per minute is reached',
  cold_limit_hour: 'The limit of new people per hour is reached',
  cold_limit_day: 'The limit of new people per 24 hours is reached',
  quiet_hours: 'Quiet hours',
  same_text: 'The same text went to many people already',
  restricted: 'WhatsApp lets this number only answer people for now',
  new_chat_quota: "WhatsApp's quota of new chats is used up",
  rate_limited: 'WhatsApp asks for fewer messages',
};

const reasonSchema = z
  .enum(Object.keys(WAIT_REASONS) as [WaitReason, ...WaitReason[]])
  .meta({ id: 'WaitReason', description: 'What it waits for' });

export const placeSchema = z
  .object({
    position: z
      .int()
      .describe(
        '1 is the first in line, 1000 anything beyond; answers and known people may overtake',
      ),
    reason: reasonSchema,
    explanation: z.string().describe('The reason in words'),
    eta: instant.nullable().describe('About when it goes out; null when that cannot be said'),
  })
  .meta({ id: 'QueuePlace' });

/** Where a job stands, as answers show it. */
export const viewPlace = ({ position, reason, etaMs }: QueuePlace) => ({
  position,
  reason,
  explanation: WAIT_REASONS[reason],
  eta: iso(etaMs),
});

export const jobSchema = z
  .object({
    messageId: z.string(),
    chatId: z.string(),
    type: z.string(),
    priority: z.enum(['direct', 'bulk']),
    acceptedAt: instant,
    dueAt: instant.describe('Its place in line: when it was accepted, or is scheduled for'),
    expiresAt: instant.nullable(),
    attempts: z.int().describe('Tries that may have reached WhatsApp'),
  })
  .meta({ id: 'QueuedJob' });

/** A job as lists show it. */
export const viewJob = (job: JobSummary) => ({
  messageId: job.messageId,
  chatId: job.chatId,
  type: job.type,
  priority: job.priority,
  acceptedAt: new Date(job.createdAtMs).toISOString(),
  dueAt: new Date(job.dueAtMs).toISOString(),
  expiresAt: iso(job.expiresAtMs),
  attempts: job.attempts,
});

export const overviewSchema = z
  .object({
    counts: z.object({
      total: z.int(),
      due: z.int().describe('Their time has come'),
      scheduled: z.int(),
      bulk: z.int(),
      tried: z.int().describe('Tried at least once'),
    }),
    pausedAt: instant.nullable().describe('Set while the queue is stopped'),
    waitsFor: z
      .object({ reason: reasonSchema, explanation: z.string(), at: instant.nullable() })
      .nullable()
      .describe('What the next message waits for; null when nothing is held back'),
  })
  .meta({ id: 'QueueOverview' });

/** A queue at a glance, as answers show it. */
export const viewOverview = ({ counts, pausedAtMs, next }: QueueOverview) => ({
  counts,
  pausedAt: iso(pausedAtMs),
  waitsFor: next && {
    reason: next.reason,
    explanation: WAIT_REASONS[next.reason],
    at: iso(next.atMs),
  },
});

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
