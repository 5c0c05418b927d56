import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { bodyProblem } from '../messages/catalogue/problem.ts';
import type { Schedule } from './store.ts';

/** Longer patterns are no patterns. */
const MAX_CRON = 128;

const instant = z.iso.datetime({ offset: true });
const cron = z
  .string()
  .min(1)
  .max(MAX_CRON)
  .describe(
    'Minute, hour, day of the month, month, day of the week: `0 9 * * 1-5`, `*/15 8-18 * * *`, ' +
      '`0 9 L * *` (last day of the month); or `@daily`, `@weekly`, ...',
  )
  .meta({ examples: ['0 9 * * 1-5'] });
const timeZone = z
  .string()
  .min(1)
  .max(64)
  .describe('IANA time zone in which the pattern is read')
  .meta({ examples: ['America/Sao_Paulo'] });
const to = z.string().min(1).max(128).describe('Number or address, as in `send`');
const name = z.string().min(1).max(128).nullable().describe('For people');
const startsAt = instant.nullable().describe('Nothing before this instant');
const endsAt = instant.nullable().describe('Nothing after it');
const maxOccurrences = z
  .int()
  .min(1)
  .max(1_000_000)
  .nullable()
  .describe('Ends after so many messages');
const enabled = z.boolean().describe('A disabled schedule rests, and misses nothing');

/** Beside these fields stands what `send` takes: one content and its options. */
export const newScheduleBody = z
  .looseObject({
    name: name.optional(),
    cron,
    timeZone: timeZone.default('UTC'),
    to,
    startsAt: startsAt.optional(),
    endsAt: endsAt.optional(),
    maxOccurrences: maxOccurrences.optional(),
    enabled: enabled.default(true),
  })
  .describe('A body of `send` without times, and when to send it')
  .meta({
    examples: [
      {
        cron: '0 9 * * 1-5',
        timeZone: 'America/Sao_Paulo',
        to: '5511999999999',
        text: 'Good morning! The menu of today is online.',
      },
    ],
  });

export const scheduleChangeBody = z
  .looseObject({
    name: name.optional(),
    cron: cron.optional(),
    timeZone: timeZone.optional(),
    to: to.optional(),
    startsAt: startsAt.optional(),
    endsAt: endsAt.optional(),
    maxOccurrences: maxOccurrences.optional(),
    enabled: enabled.optional(),
  })
  .describe(
    'What is to change. A content replaces the old one with its options; null takes a limit away',
  )
  .meta({ examples: [{ enabled: false }] });

export const previewBody = z.strictObject({ cron, timeZone: timeZone.default('UTC') });

/** What a request says about a schedule; what it leaves out is absent. */
export type ScheduleFields = Partial<
  Pick<Schedule, 'name' | 'maxOccurrences' | 'enabled' | 'to' | 'content'> & Schedule['rhythm']
>;

/** Reads the body of a new schedule; throws a `Problem` that names each wrong field. */
export const readNewSchedule = (
  body: unknown,
): ScheduleFields & { cron: string; timeZone: string; to: string } => {
  const parsed = newScheduleBody.safeParse(body);
  if (!parsed.success) throw bodyProblem(parsed.error, body);
  const { cron: pattern, timeZone: zone, to: recipient } = parsed.data;
  return { ...fieldsOf(parsed.data), cron: pattern, timeZone: zone, to: recipient };
};

/** Reads the body of a change; throws as above. */
export function readScheduleChange(body: unknown): ScheduleFields {
  const parsed = scheduleChangeBody.safeParse(body);
  if (!parsed.success) throw bodyProblem(parsed.error, body);
  return fieldsOf(parsed.data);
}

function fieldsOf(body: z.output<typeof scheduleChangeBody>): ScheduleFields {
  const { startsAt: starts, endsAt: ends, ...rest } = body;
  const { name: label, cron: pattern, timeZone: zone, to: recipient, ...further } = rest;
  const { maxOccurrences: most, enabled: on, ...content } = further;
  refuseTimes(content);
  return {
    ...(label === undefined ? {} : { name: label }),
    ...(pattern === undefined ? {} : { cron: pattern.trim() }),
    ...(zone === undefined ? {} : { timeZone: zone }),
    ...(recipient === undefined ? {} : { to: recipient }),
    ...(starts === undefined ? {} : { startsAtMs: instantOf(starts) }),
    ...(ends === undefined ? {} : { endsAtMs: instantOf(ends) }),
    ...(most === undefined ? {} : { maxOccurrences: most }),
    ...(on === undefined ? {} : { enabled: on }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function refuseTimes(content: Readonly<Record<string, unknown>>): void {
  for (const [field, instead] of [
    ['sendAt', 'startsAt'],
    ['expiresAt', 'endsAt'],
  ] as const) {
    if (!(field in content)) continue;
    const message = `A schedule has ${instead} instead`;
    throw new Problem('unknown_field', `${message} of ${field}.`, [
      { field: `/${field}`, message },
    ]);
  }
}

const instantOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));
