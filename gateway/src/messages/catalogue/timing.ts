import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });

/** When a message is to go out; taken with every kind of content. */
export const timingFields = {
  sendAt: instant
    .describe('Not before this instant; a year ahead at most. Past instants mean now')
    .meta({ examples: ['2030-03-04T09:00:00-03:00'] })
    .optional(),
  expiresAt: instant
    .describe('Not after this instant: the message fails then with `send_expired`')
    .optional(),
} as const;

/** When a message is to go out, as asked for; not yet compared with the clock. */
export interface Timing {
  readonly sendAtMs: number | null;
  readonly expiresAtMs: number | null;
}

/** Reads the timing out of a validated body. */
export function timingOf(body: Readonly<Record<string, unknown>>): Timing {
  const { sendAt, expiresAt } = body as z.output<z.ZodObject<typeof timingFields>>;
  return { sendAtMs: instantOf(sendAt), expiresAtMs: instantOf(expiresAt) };
}

const instantOf = (text: string | undefined): number | null =>
  text === undefined ? null : Date.parse(text);
