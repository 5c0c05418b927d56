import { nextOccurrence, occurrencesAfter } from './rhythm.ts';
import type { Schedule, Step } from './store.ts';

/** A missed occurrence is still worth a message for so long. */
export const GRACE_MS = 3_600_000;

/** Missed occurrences counted of one outage; counting on would take long and tell little. */
const MAX_COUNTED = 100;

/** What is to be done for a schedule at an instant. */
export type Decision =
  /** Nothing has come yet. */
  | { readonly kind: 'rest' }
  /** What has come is too old for a message. */
  | { readonly kind: 'skip'; readonly step: Step }
  /** One message, for this occurrence; `step` holds when it is made, `laterMs` comes next when it is not. */
  | {
      readonly kind: 'make';
      readonly occurrenceMs: number;
      readonly step: Step;
      readonly laterMs: number | null;
      /** The message is worthless after this instant; null: it is the last, and waits as long as it must. */
      readonly expiresAtMs: number | null;
    };

/**
 * Sees to what has come since a schedule was last seen to. Of several missed occurrences only the newest
 * makes a message, and only when it is at most an hour old; the others are counted. A message expires when
 * the next occurrence comes, though not within the hour: those of a session that cannot send do not pile up.
 */
export function decide(schedule: Schedule, nowMs: number): Decision {
  const { rhythm, nextAtMs, made, maxOccurrences } = schedule;
  if (nextAtMs === null || nextAtMs > nowMs) return { kind: 'rest' };
  const afterMs = nextOccurrence(rhythm, nowMs);
  const newestMs = newest(schedule, nextAtMs, nowMs);
  const missed = countMissed(schedule, nextAtMs, newestMs ?? nowMs + 1);
  if (newestMs === null) return { kind: 'skip', step: { nextAtMs: afterMs, missed } };
  const isLast = maxOccurrences !== null && made + 1 >= maxOccurrences;
  return {
    kind: 'make',
    occurrenceMs: newestMs,
    step: { nextAtMs: isLast ? null : afterMs, missed },
    laterMs: afterMs,
    expiresAtMs: afterMs === null ? null : Math.max(afterMs, newestMs + GRACE_MS),
  };
}

/** What comes next when a schedule is made, changed or enabled; null when nothing does. */
export function firstAfter(schedule: Omit<Schedule, 'nextAtMs'>, nowMs: number): number | null {
  const { enabled, made, maxOccurrences, rhythm } = schedule;
  if (!enabled || (maxOccurrences !== null && made >= maxOccurrences)) return null;
  return nextOccurrence(rhythm, nowMs);
}

/** The newest occurrence that is young enough; at most an hour of them is looked through. */
function newest({ rhythm }: Schedule, firstMs: number, nowMs: number): number | null {
  let found: number | null = null;
  const fromMs = Math.max(firstMs, nowMs - GRACE_MS);
  for (const atMs of occurrencesAfter(rhythm, fromMs - 1)) {
    if (atMs > nowMs) break;
    found = atMs;
  }
  return found;
}

function countMissed({ rhythm }: Schedule, firstMs: number, beforeMs: number): number {
  let count = 0;
  for (const atMs of occurrencesAfter(rhythm, firstMs - 1)) {
    if (atMs >= beforeMs || count === MAX_COUNTED) break;
    count++;
  }
  return count;
}
