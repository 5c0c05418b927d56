import { z } from 'zod';
import type { ScheduleView } from './schedules.ts';
import type { Schedule } from './store.ts';
import { inWords } from './words.ts';

const instant = z.iso.datetime();

export const scheduleSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    cron: z.string(),
    timeZone: z.string(),
    inWords: z.string().describe('What the pattern means'),
    to: z.string(),
    content: z.looseObject({}).describe('As it was given'),
    startsAt: instant.nullable(),
    endsAt: instant.nullable(),
    maxOccurrences: z.int().nullable(),
    enabled: z.boolean(),
    nextAt: instant.nullable().describe('Null while it is disabled, and once it is over'),
    made: z.int().describe('Messages that it has made'),
    missed: z.int().describe('Occurrences that made none; up to 100 are counted of one outage'),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Schedule' });

export const scheduleDetailSchema = scheduleSchema
  .extend({
    next: z.array(instant).describe('The coming five occurrences'),
    occurrences: z
      .array(
        z.object({
          at: instant,
          messageId: z.string().nullable(),
          messageStatus: z
            .string()
            .nullable()
            .describe('How far the message has come: queued, sent, delivered, read, ...'),
          error: z
            .object({ code: z.string(), reason: z.string() })
            .nullable()
            .describe('Why there is no message'),
        }),
      )
      .describe('The last 20, newest first'),
  })
  .meta({ id: 'ScheduleDetail' });

export const previewSchema = z.object({
  cron: z.string(),
  timeZone: z.string(),
  inWords: z.string(),
  next: z.array(instant),
});

/** A schedule, as lists show it. */
export function viewSchedule(schedule: Schedule): z.input<typeof scheduleSchema> {
  const { id, name, rhythm, to, content, maxOccurrences, enabled, made, missed } = schedule;
  return {
    id,
    name,
    cron: rhythm.cron,
    timeZone: rhythm.timeZone,
    inWords: inWords(rhythm),
    to,
    content: { ...content },
    startsAt: iso(rhythm.startsAtMs),
    endsAt: iso(rhythm.endsAtMs),
    maxOccurrences,
    enabled,
    nextAt: iso(schedule.nextAtMs),
    made,
    missed,
    createdAt: new Date(schedule.createdAtMs).toISOString(),
    updatedAt: new Date(schedule.updatedAtMs).toISOString(),
  };
}

/** A schedule with what comes and what was. */
export function viewScheduleDetail(view: ScheduleView): z.input<typeof scheduleDetailSchema> {
  return {
    ...viewSchedule(view.schedule),
    next: instants(view.next),
    occurrences: view.occurrences.map(({ atMs, messageId, messageStatus, fault }) => ({
      at: new Date(atMs).toISOString(),
      messageId,
      messageStatus,
      error: fault,
    })),
  };
}

export const instants = (many: readonly number[]): string[] =>
  many.map((ms) => new Date(ms).toISOString());

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
