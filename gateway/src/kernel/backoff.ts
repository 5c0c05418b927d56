/** Exponential backoff with full jitter: uniform in [0, min(cap, base * 2^attempt)). */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Delay before retry number `attempt` (0 is the first retry). `chance` is uniform in [0, 1).
 * Full jitter spreads a fleet of sessions that lost the network at the same instant.
 */
export function backoffDelayMs(policy: BackoffPolicy, attempt: number, chance: number): number {
  const ceilingMs = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(chance * ceilingMs);
}
