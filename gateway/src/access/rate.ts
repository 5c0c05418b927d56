/** So many per period, all at once if need be; then evenly, as the period refills them. */
export interface RateRule {
  readonly limit: number;
  readonly periodMs: number;
}

/** What a caller had left at an instant. */
export interface RateState {
  readonly left: number;
  readonly atMs: number;
}

/** Whether a try may go on, and what to tell the caller of the limit. */
export interface RateDecision {
  readonly allowed: boolean;
  /** What is left after this one. */
  readonly remaining: number;
  /** Until the full limit is there again. */
  readonly resetMs: number;
  /** Until the next one is allowed; 0 when this one was. */
  readonly retryAfterMs: number;
}

/** Sums of fractions miss a whole number by less than this. */
const HAIR = 1e-6;

/** A bucket that refills evenly. A refused try costs nothing, so waiting always helps. */
export function takeOne(
  rule: RateRule,
  state: RateState | undefined,
  nowMs: number,
): { readonly decision: RateDecision; readonly state: RateState } {
  const perMs = rule.limit / rule.periodMs;
  const passedMs = Math.max(0, nowMs - (state?.atMs ?? nowMs));
  const before = Math.min(rule.limit, (state?.left ?? rule.limit) + passedMs * perMs);
  const allowed = before >= 1 - HAIR;
  const left = allowed ? Math.max(0, before - 1) : before;
  return {
    state: { left, atMs: nowMs },
    decision: {
      allowed,
      remaining: Math.floor(left + HAIR),
      resetMs: Math.ceil((rule.limit - left) / perMs),
      retryAfterMs: allowed ? 0 : Math.ceil((1 - before) / perMs),
    },
  };
}

/** Counts tries per caller; nothing is kept over a restart. */
export interface RateLimiter {
  /** Counts one try. */
  take(caller: string, nowMs: number): RateDecision;
  /** What `take` would say, without counting. */
  peek(caller: string, nowMs: number): RateDecision;
  /** Callers remembered at the moment. */
  readonly size: number;
}

/**
 * Remembers at most `capacity` callers. Beyond that the one that was seen longest ago is forgotten:
 * whoever commands so many addresses gains little by it, and memory stays bounded.
 */
export function createRateLimiter(rule: RateRule, capacity: number): RateLimiter {
  const states = new Map<string, RateState>();
  return {
    take(caller, nowMs) {
      const { decision, state } = takeOne(rule, states.get(caller), nowMs);
      states.delete(caller);
      states.set(caller, state);
      if (states.size > capacity) states.delete(oldest(states));
      return decision;
    },
    peek: (caller, nowMs) => takeOne(rule, states.get(caller), nowMs).decision,
    get size() {
      return states.size;
    },
  };
}

function oldest(map: ReadonlyMap<string, unknown>): string {
  const [first] = map.keys();
  return first ?? '';
}
