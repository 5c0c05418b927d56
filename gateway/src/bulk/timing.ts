import { z } from 'zod';
import { bodyProblem } from '../messages/catalogue/problem.ts';
import { type Timing, timingFields, timingOf as timingIn } from '../messages/catalogue/timing.ts';

const schema = z.object(timingFields);

/**
 * Takes `sendAt` and `expiresAt` out of a content: they are about the whole bulk send, not about each of
 * its messages. Throws a `Problem` when they are no instants.
 */
export function timingOf(body: Readonly<Record<string, unknown>>): {
  readonly content: Readonly<Record<string, unknown>>;
  readonly timing: Timing;
} {
  const { sendAt, expiresAt, ...content } = body;
  const fields = { sendAt, expiresAt };
  const parsed = schema.safeParse(fields);
  if (!parsed.success) throw bodyProblem(parsed.error, fields);
  return { content, timing: timingIn(parsed.data) };
}
