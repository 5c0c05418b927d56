const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits between attempts: about 75 hours in all, then the delivery has failed. */
export const RETRY_DELAYS_MS: readonly number[] = [
  1 * SECOND,
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** A receiver can ask for this much patience at most; else a careless header would park a chat for days. */
const MAX_RETRY_AFTER_MS = HOUR;

/** Each wait is drawn from ±10 % of its length, so that what failed together does not return together. */
const JITTER = 0.1;

/**
 * How long to wait after failed attempt number `failed` (1 is the first) of a schedule; null when that was
 * the last. `Retry-After` can lengthen a wait up to an hour but never shorten it: a receiver that always
 * asks for one second must not use up days of attempts in a minute.
 */
export function retryDelayMs(
  delaysMs: readonly number[],
  failed: number,
  chance: number,
  retryAfterMs: number | null = null,
): number | null {
  const delayMs = delaysMs[failed - 1];
  if (delayMs === undefined) return null;
  const jitteredMs = Math.round(delayMs * (1 - JITTER + 2 * JITTER * chance));
  return Math.max(jitteredMs, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

/** Reads a `Retry-After` header, seconds or HTTP date; null when it is missing or neither. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * SECOND;
  // `Date.parse` takes almost anything; HTTP dates begin with the day of the week.
  const atMs = /^\s*[A-Z][a-z]{2,8},? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
