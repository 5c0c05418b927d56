import { z } from 'zod';

/** Ids are safe as file names and in URLs, on every system. */
export const SESSION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Path parameters of every route about one session. */
export const sessionParams = z.object({
  id: z.string().regex(SESSION_ID, 'must be 1 to 64 letters, digits, "-" or "_"'),
});
