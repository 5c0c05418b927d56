import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { person } from './pieces.ts';

/* What several routes take. */

export const accountParams = z.object({
  number: z.string().max(100).describe('Digits of the account, or one of its addresses'),
});

export const chatParams = accountParams.extend({
  chat: person.describe('Digits, an address, a group or status@broadcast'),
});

/** How long a wait may take. */
export const timeoutMs = z.coerce
  .number()
  .int()
  .min(0)
  .max(60_000)
  .default(10_000)
  .describe('After so many milliseconds the answer is 504 wait_timeout');

/** The problem that every route may answer with. */
export const problem = { default: problemSchema };
