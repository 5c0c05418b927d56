import { z } from 'zod';

/**
 * What a list answers as `next` besides its entries: where the next page begins, for `after` in a list
 * that grows at its end and for `before` in one that shows the newest first.
 */
export const nextPage = (parameter: 'after' | 'before') =>
  z.string().nullable().describe(`For \`${parameter}\`; null: that was all`);

const NO_CURSOR = 'must be `next` of an earlier answer';

/** What a cursor looks like; one that no answer can have given is refused, as an empty page would read as the last. */
export const cursorLike = (pattern: RegExp) => z.string().max(128).regex(pattern, NO_CURSOR);

/** The cursor of a list that goes by the ids of its entries. */
export const idCursor = cursorLike(/^[0-9A-HJKMNP-TV-Z]{26}$/);

/** The cursor of a list that goes by address. */
export const addressCursor = cursorLike(/^[^@]+@[^@]+$/);

/** The query of a list that is read in pages; `most` entries at a time, `usual` of them unless told. */
export const pageQuery = (usual: number, most: number, cursor: z.ZodString) =>
  z.object({
    limit: z.coerce.number().int().min(1).max(most).default(usual),
    after: cursor.optional().describe('`next` of the page before'),
  });

/** Where the next page begins; null when this one was not full, and so the last. */
export function pageAfter<Entry, Mark>(
  page: readonly Entry[],
  limit: number,
  markOf: (last: Entry) => Mark,
): Mark | null {
  const last = page.at(-1);
  return last !== undefined && page.length === limit ? markOf(last) : null;
}
