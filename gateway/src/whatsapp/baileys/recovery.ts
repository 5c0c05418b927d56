import { type ReadRow, type RowsDeps, recordRows } from './inbound-row.ts';

const PAGE = 100;

/**
 * One pass over the journal: hands over every message that is still open, oldest first, and resolves
 * with their number. When one cannot be recorded, the rest of its chat is left alone, so that its order
 * holds; the next connection begins with those. Rejects when the journal cannot be read.
 */
export async function recoverJournal(deps: RowsDeps & { readonly read: ReadRow }): Promise<number> {
  const { journal, key, read, logger } = deps;
  const stuck = new Set<string>();
  let recovered = 0;
  let after = 0;
  for (;;) {
    const entries = await journal.openJournal(key, after, PAGE);
    for (const entry of entries) {
      after = entry.id;
      const row = await read(entry);
      if (stuck.has(row.lane)) continue;
      try {
        recovered += await recordRows([row], deps);
      } catch (error) {
        stuck.add(row.lane);
        logger.warn({ err: error, journalId: row.id }, 'a message was not recovered yet');
      }
    }
    if (entries.length < PAGE) return recovered;
  }
}
