import type { Ledger } from './history.ts';
import { DAY_MS, type WarmUp } from './policy.ts';

/**
 * Where a number stands on its ramp, as the instant at which the ramp began: that of linking, or later
 * when a long idleness has set it back.
 */
export function rampStartMs(
  warmUp: WarmUp | null,
  startedMs: number,
  lastSendMs: number | null,
  nowMs: number,
): number {
  if (!warmUp || lastSendMs === null || nowMs - lastSendMs < warmUp.idleMs) return startedMs;
  return Math.max(startedMs, nowMs - warmUp.resumeAtDay * DAY_MS);
}

/** How many chats may be begun on a day of the ramp, counted from 0; at least one. */
export function rampedLimit(warmUp: WarmUp | null, limit: number, day: number): number {
  const share = warmUp?.shares[Math.max(0, day)] ?? 1;
  return limit === 0 ? 0 : Math.max(1, Math.ceil(limit * share));
}

/** When a day's limit that grows along the ramp lets one more send through. */
export function rampedFreeAtMs(
  ledger: Ledger,
  warmUp: WarmUp | null,
  limit: number,
  startMs: number,
  nowMs: number,
): number {
  const lastDay = warmUp?.shares.length ?? 0;
  for (let day = Math.max(0, Math.floor((nowMs - startMs) / DAY_MS)); day < lastDay; day++) {
    const dayBeginsMs = Math.max(nowMs, startMs + day * DAY_MS);
    const freeMs = ledger.freeAtMs(rampedLimit(warmUp, limit, day), DAY_MS);
    const atMs = Math.max(dayBeginsMs, freeMs);
    if (atMs < startMs + (day + 1) * DAY_MS) return atMs;
  }
  return Math.max(startMs + lastDay * DAY_MS, ledger.freeAtMs(limit, DAY_MS), nowMs);
}
