import { afterFailure, afterGone, afterSuccess, type HealthStep } from './breaker.ts';
import { RETRY_DELAYS_MS, retryDelayMs } from './schedule.ts';
import type { AfterAttempt, DueDelivery, Endpoint, EndpointHealth } from './store.ts';
import type { Verdict } from './verdict.ts';

/** Hastening begins schedules anew; a delivery tried this often is given up all the same. */
const MAX_ATTEMPTS = 200;

/** Where and when a decision is taken; `chance` is uniform in [0, 1). */
export interface Situation {
  readonly endpoint: Endpoint;
  readonly health: EndpointHealth;
  readonly delivery: DueDelivery;
  readonly nowMs: number;
  readonly chance: number;
}

/** What follows from an attempt: for its delivery and for its endpoint. */
export interface Decision extends HealthStep {
  readonly after: AfterAttempt;
}

/** Decides what becomes of a delivery and of its endpoint's health. Pure. */
export function decide(
  verdict: Exclude<Verdict, { kind: 'abandoned' }>,
  situation: Situation,
): Decision {
  const { endpoint, health, nowMs, chance } = situation;
  const canDisable = endpoint.form === 'standard';
  switch (verdict.kind) {
    case 'delivered':
      return { ...afterSuccess(health), after: { state: 'delivered' } };
    case 'gone': {
      const step = canDisable
        ? afterGone(health, nowMs)
        : afterFailure(health, nowMs, { chance, throttleMs: null, canDisable });
      return { ...step, after: next(situation, null) };
    }
    case 'retry': {
      const throttleMs = verdict.throttled ? verdict.retryAfterMs : null;
      return {
        ...afterFailure(health, nowMs, { chance, throttleMs, canDisable }),
        after: next(situation, verdict.retryAfterMs),
      };
    }
  }
}

function next(situation: Situation, retryAfterMs: number | null): AfterAttempt {
  const { endpoint, delivery, nowMs, chance } = situation;
  const failed = delivery.attempts + 1 - delivery.scheduleBase;
  const delays = endpoint.settings.retryDelaysMs ?? RETRY_DELAYS_MS;
  const delayMs = retryDelayMs(delays, failed, chance, retryAfterMs);
  return delayMs === null || delivery.attempts + 1 >= MAX_ATTEMPTS
    ? { state: 'failed' }
    : { state: 'pending', nextAttemptAtMs: nowMs + delayMs };
}
