import type { EndpointHealth } from './store.ts';

/** Failures in a row after which an endpoint is left alone for a while. */
const FAILURES_TO_OPEN = 5;

/** The first pause; each further one is twice as long, up to the cap. */
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 5 * 60_000;

/** A receiver that asks for patience gets it for all its deliveries, but not longer than this. */
const MAX_THROTTLE_MS = 5 * 60_000;

/** After this long without one success people are told. */
const REPORT_AFTER_MS = 10 * 60_000;

/** After this long without one success an endpoint is switched off. */
const DISABLE_AFTER_MS = 5 * 24 * 60 * 60_000;

/** Whether attempts may be made now. */
export type Gate =
  | { readonly kind: 'open' }
  /** One attempt at a time, to see whether the receiver is back. */
  | { readonly kind: 'probe' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'disabled' };

/** What a change of health means for others. */
export type HealthNews = 'failing' | 'recovered' | 'disabled';

/** An endpoint's health after an attempt, and what to do about it. */
export interface HealthStep {
  readonly health: EndpointHealth;
  readonly news: HealthNews | null;
  /** The receiver is back after a pause: what waits for its next attempt need not wait longer. */
  readonly hasten: boolean;
}

/** Health of an endpoint that has not failed. */
export function healthy(endpointId: string): EndpointHealth {
  return {
    endpointId,
    failures: 0,
    failingSinceMs: null,
    openings: 0,
    openUntilMs: null,
    reportedAtMs: null,
    disabled: null,
  };
}

/** Whether an endpoint may be called now; `probe` lets one attempt through. Pure. */
export function gateOf(health: EndpointHealth, nowMs: number): Gate {
  if (health.disabled) return { kind: 'disabled' };
  if (health.openUntilMs === null) return { kind: 'open' };
  if (nowMs < health.openUntilMs) return { kind: 'wait', untilMs: health.openUntilMs };
  return { kind: 'probe' };
}

/** One success closes the breaker. */
export function afterSuccess(health: EndpointHealth): HealthStep {
  return {
    health: healthy(health.endpointId),
    news: health.reportedAtMs !== null ? 'recovered' : null,
    hasten: health.openings > 0,
  };
}

/** The receiver said that it is gone for good (410). */
export function afterGone(health: EndpointHealth, nowMs: number): HealthStep {
  return switchedOff(health, 'gone', nowMs);
}

/**
 * A failed attempt. `throttleMs` is the receiver's own wish (429 or 503 with `Retry-After`), `chance` is
 * uniform in [0, 1). Environment endpoints are never switched off: nobody could switch them on again.
 */
export function afterFailure(
  health: EndpointHealth,
  nowMs: number,
  how: {
    readonly chance: number;
    readonly throttleMs: number | null;
    readonly canDisable: boolean;
  },
): HealthStep {
  const failures = health.failures + 1;
  const failingSinceMs = health.failingSinceMs ?? nowMs;
  const failing = { ...health, failures, failingSinceMs };
  if (how.canDisable && nowMs - failingSinceMs >= DISABLE_AFTER_MS) {
    return switchedOff(failing, 'failing', nowMs);
  }
  const report = failing.reportedAtMs === null && nowMs - failingSinceMs >= REPORT_AFTER_MS;
  return {
    health: {
      ...failing,
      ...pause(failing, nowMs, how),
      ...(report ? { reportedAtMs: nowMs } : {}),
    },
    news: report ? 'failing' : null,
    hasten: false,
  };
}

/**
 * Opens the breaker at the threshold, and again when a probe fails. Attempts that were under way when it
 * opened still fail one by one; they change nothing.
 */
function pause(
  health: EndpointHealth,
  nowMs: number,
  { chance, throttleMs }: { readonly chance: number; readonly throttleMs: number | null },
): Pick<EndpointHealth, 'openings' | 'openUntilMs'> {
  const { failures, openings, openUntilMs } = health;
  const waiting = openUntilMs !== null && nowMs < openUntilMs;
  const opens = !waiting && failures >= FAILURES_TO_OPEN;
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(openings, 10));
  const until = Math.max(
    openUntilMs ?? 0,
    opens ? nowMs + Math.round(pauseMs * (0.8 + 0.4 * chance)) : 0,
    throttleMs === null ? 0 : nowMs + Math.min(throttleMs, MAX_THROTTLE_MS),
  );
  return { openings: openings + (opens ? 1 : 0), openUntilMs: until === 0 ? null : until };
}

function switchedOff(
  health: EndpointHealth,
  reason: 'gone' | 'failing',
  nowMs: number,
): HealthStep {
  const already = health.disabled !== null;
  return {
    health: { ...health, disabled: health.disabled ?? { reason, atMs: nowMs } },
    news: already ? null : 'disabled',
    hasten: false,
  };
}
