import { Problem } from '../kernel/errors.ts';
import type { HistoryEntry } from './history-store.ts';

/** One page of a list; `next` continues it, null: it is over. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** A page as callers ask for it, from newest to oldest. */
export interface PageQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly before: string | null;
}

/** A page as storage is asked for it. */
export interface RawPage {
  readonly before: number | null;
  readonly limit: number;
}

/** Cursors are opaque to callers; one that was made up reads as a refusal. */
export function rawPage({ before, limit }: PageQuery): RawPage {
  if (before === null) return { before: null, limit };
  const seq = Number(before);
  if (before.trim() === '' || !Number.isSafeInteger(seq)) {
    const message = 'Use "next" of the page before.';
    throw new Problem('invalid_request', `The cursor is not valid. ${message}`, [
      { field: '/before', message },
    ]);
  }
  return { before: seq, limit };
}

/** The cursor behind a page; null when it was not full, and so the last. Pure. */
export function nextOf(entries: readonly HistoryEntry[], limit: number): string | null {
  const last = entries.at(-1);
  return last === undefined || entries.length < limit ? null : String(last.seq);
}
