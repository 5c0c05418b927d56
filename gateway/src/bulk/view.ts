import { z } from 'zod';
import { WAIT_REASONS } from '../outbox/queue-view.ts';
import type { WaitReason } from '../outbox/waiting.ts';
import type { Forecast } from './forecast.ts';
import type { BulkView } from './outlook.ts';
import type { Listed } from './recipient-list.ts';
import { totalOf } from './report.ts';
import { RECIPIENT_STATES, type Recipient } from './store.ts';

const instant = z.iso.datetime();

const reason = z.object({
  reason: z.enum(Object.keys(WAIT_REASONS) as [WaitReason, ...WaitReason[]]),
  explanation: z.string().describe('The reason in words'),
});

const explained = (name: WaitReason) => ({ reason: name, explanation: WAIT_REASONS[name] });

/** Who paused a bulk send did not stop the queue, and goes on another way. */
const PAUSED_ITSELF = {
  reason: 'paused',
  explanation: 'It was paused; it goes on with POST /sessions/{id}/bulk/{bulkId}/resume',
} as const;

export const bulkSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    state: z.enum(['running', 'paused', 'cancelled', 'finished']),
    sessions: z.array(z.string()).describe('The sessions that share the work'),
    total: z.int(),
    counts: z.object({
      waiting: z.int().describe('Not in the queue of a session yet'),
      queued: z.int(),
      sent: z.int().describe('WhatsApp has the message'),
      failed: z.int(),
      skipped: z.int().describe('Never tried: no such number, a duplicate, opted out'),
      cancelled: z.int(),
    }),
    waitsFor: reason.nullable().describe('What its next message waits for'),
    eta: instant.nullable().describe('About when it will be done; null when that cannot be said'),
    startAt: instant,
    expiresAt: instant.nullable(),
    createdAt: instant,
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Bulk' });

/** A bulk send, as answers show it. */
export function viewBulk(view: BulkView): z.input<typeof bulkSchema> {
  const { bulk, counts, sessions, waitsFor, etaMs } = view;
  return {
    id: bulk.id,
    name: bulk.name,
    // One that is being prepared is not shown; it runs as soon as it is answered.
    state: bulk.state === 'preparing' ? 'running' : bulk.state,
    sessions: [...sessions],
    total: totalOf(counts),
    counts,
    waitsFor: bulk.state === 'paused' ? waitsFor && PAUSED_ITSELF : waitsFor && explained(waitsFor),
    eta: iso(etaMs),
    startAt: new Date(bulk.startAtMs).toISOString(),
    expiresAt: iso(bulk.expiresAtMs),
    createdAt: new Date(bulk.createdAtMs).toISOString(),
    finishedAt: iso(bulk.finishedAtMs),
  };
}

/** As many as an answer lists; all of them are at `recipients?state=skipped`. */
const MAX_SHOWN = 100;

export const skippedSchema = z
  .array(
    z.object({
      position: z.int().describe('Its number in the list, from 1'),
      line: z.int().nullable().describe('Its line in the CSV; null for JSON'),
      to: z.string(),
      code: z.string(),
      reason: z.string(),
    }),
  )
  .describe(`The first ${MAX_SHOWN} who will get nothing, and why`);

/** Who will get nothing. */
export function viewSkipped(recipients: readonly Listed[]): z.input<typeof skippedSchema> {
  return recipients
    .flatMap(({ position, line, to, fault }) =>
      fault ? [{ position, line: line ?? null, to, ...fault }] : [],
    )
    .slice(0, MAX_SHOWN);
}

export const dryRunSchema = z.object({
  dryRun: z.literal(true),
  total: z.int(),
  wouldSend: z.int(),
  skipped: skippedSchema,
  forecast: z
    .object({
      firstAt: instant.nullable(),
      lastAt: instant.nullable().describe('When it would be done; null when never'),
      toNewPeople: z
        .int()
        .describe('First messages: to people without a message either way lately'),
      days: z.array(z.object({ date: z.iso.date(), sends: z.int() })).describe('Days in UTC'),
      heldBy: z
        .array(reason.extend({ sends: z.int() }))
        .describe('What decided the instants of so many sends, the most frequent first'),
    })
    .nullable()
    .describe("By the sessions' real pace and history; null while every session is paused"),
});

/** What a bulk send would do. */
export function viewDryRun(
  recipients: readonly Listed[],
  forecast: Forecast | null,
): z.input<typeof dryRunSchema> {
  return {
    dryRun: true,
    total: recipients.length,
    wouldSend: recipients.filter(({ fault }) => fault === null).length,
    skipped: viewSkipped(recipients),
    forecast: forecast && {
      firstAt: iso(forecast.firstAtMs),
      lastAt: iso(forecast.lastAtMs),
      toNewPeople: forecast.cold,
      days: [...forecast.days],
      heldBy: forecast.reasons.map(({ reason: name, sends }) => ({ ...explained(name), sends })),
    },
  };
}

export const recipientSchema = z.object({
  position: z.int(),
  to: z.string(),
  state: z.enum(RECIPIENT_STATES),
  messageId: z.string().describe('The message goes out under this id'),
  session: z.string().nullable().describe('Who sends to it; null before that is decided'),
  messageStatus: z
    .string()
    .nullable()
    .describe('How far the message has come: queued, sent, delivered, read, ...'),
  error: z.object({ code: z.string(), reason: z.string() }).nullable(),
});

/** A recipient, as lists show it. */
export function viewRecipient(
  recipient: Recipient,
  session: string | null,
): z.input<typeof recipientSchema> {
  const { position, to, state, messageId, messageStatus, fault } = recipient;
  return { position, to, state, messageId, session, messageStatus, error: fault };
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
