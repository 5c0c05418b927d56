import { z } from 'zod';
import {
  DAY_MS,
  HOUR_MS,
  MAX_WINDOW_LIMIT,
  MINUTE_MS,
  type PacingPolicy,
  PRESETS,
  presetPolicy,
} from './policy.ts';
import { isTimeZone } from './quiet-hours.ts';

const limit = z
  .int()
  .min(0)
  .max(MAX_WINDOW_LIMIT)
  .nullable()
  .describe('At most so many; null: no limit; 0: none');

const rangeOf = (maxMs: number) =>
  z
    .strictObject({ min: z.number().min(0).max(maxMs), max: z.number().min(0).max(maxMs) })
    .refine(({ min, max }) => min <= max, 'min must not be more than max')
    .describe('Milliseconds, drawn anew each time');

const budget = z.strictObject({
  gapMs: rangeOf(DAY_MS).describe('Pause since the last message of this kind'),
  perMinute: limit,
  perHour: limit,
  perDay: limit.describe('In any 24 hours'),
});

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 21:30');

const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone such as America/Sao_Paulo');

const quietHours = z.strictObject({
  from: time,
  to: time,
  timeZone,
  applies: z
    .enum(['all', 'unsolicited'])
    .describe('`unsolicited` lets answers through and holds bulk and first messages'),
});

const fields = {
  all: budget.describe('Every message'),
  warm: budget.describe('Messages to people who wrote lately, and groups'),
  cold: budget.describe('First messages to people who did not write lately'),
  burst: z
    .strictObject({
      messages: z.int().min(1).max(100),
      withinMs: z.int().min(MINUTE_MS).max(DAY_MS),
    })
    .nullable()
    .describe('So many first messages within this time go without the pause of `cold`'),
  warmForMs: z
    .int()
    .min(HOUR_MS)
    .max(90 * DAY_MS)
    .describe('How long after its last message a chat counts as warm'),
  typing: z
    .strictObject({
      msPerCharacter: z.number().min(0).max(1_000),
      minMs: z.number().min(0).max(MINUTE_MS),
      maxMs: z
        .number()
        .min(0)
        .max(2 * MINUTE_MS),
    })
    .refine(({ minMs, maxMs }) => minMs <= maxMs, 'minMs must not be more than maxMs')
    .nullable(),
  warmUp: z
    .strictObject({
      shares: z
        .array(z.number().min(0).max(1))
        .max(60)
        .describe('Share of cold.perDay for each day since linking'),
      idleMs: z
        .int()
        .min(DAY_MS)
        .max(365 * DAY_MS),
      resumeAtDay: z.int().min(0).max(60),
    })
    .nullable(),
  quietHours: quietHours.nullable(),
  sameText: z
    .strictObject({
      chats: z.int().min(1).max(MAX_WINDOW_LIMIT),
      withinMs: z.int().min(MINUTE_MS).max(DAY_MS),
    })
    .nullable(),
  recovery: z
    .strictObject({
      delayMs: rangeOf(HOUR_MS),
      slowdown: z.number().min(1).max(20),
      lastsMs: z.int().min(0).max(DAY_MS),
    })
    .nullable(),
};

/** A whole policy, as answers show it. */
export const policySchema = z.object({ preset: z.enum([...PRESETS, 'custom']), ...fields });

/** What a caller sets: a preset, its time zone, and fields that differ from it. */
export const policyChange = z.strictObject({
  preset: z.enum(PRESETS).default('gentle').describe('What every field not given is taken from'),
  timeZone: timeZone.optional().describe('Where the quiet hours of the preset are counted'),
  ...z.strictObject(fields).partial().shape,
});

/** The policy that a change asks for. One that differs from its preset is called `custom`. */
export function policyFrom(
  change: z.output<typeof policyChange>,
  defaultTimeZone: string,
): PacingPolicy {
  const { preset, timeZone: zone, ...given } = change;
  const base = presetPolicy(preset, zone ?? defaultTimeZone);
  const replaced = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<PacingPolicy>;
  if (Object.keys(replaced).length === 0) return base;
  return { ...base, ...replaced, preset: 'custom' };
}
