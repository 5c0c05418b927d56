import { type Clock, sleep } from '../kernel/clock.ts';

/** Leaves the gate; idempotent. */
export type Leave = () => void;

/** Lets few sessions connect at a time. */
export interface ConnectGate {
  /**
   * Waits for a place; at once when it is no longer wanted by then. The caller must leave when its
   * connection is up, or given up.
   */
  enter(isWanted: () => boolean): Promise<Leave>;
}

/**
 * Bounds how many sessions connect at the same time and how closely they follow one another, so that
 * neither a restart with hundreds of numbers nor the end of an outage becomes a storm. Waiting is first
 * come, first served; the queue is bounded by the number of sessions.
 */
export function createConnectGate(
  clock: Clock,
  limits: { readonly atOnce: number; readonly spacingMs: number },
): ConnectGate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  let nextAtMs = 0;

  const leave = () => {
    inside--;
    waiting.shift()?.();
  };

  return {
    async enter(isWanted) {
      if (inside >= limits.atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      inside++;
      if (isWanted()) {
        const nowMs = clock.now();
        const turnAtMs = Math.max(nowMs, nextAtMs);
        nextAtMs = turnAtMs + limits.spacingMs;
        if (turnAtMs > nowMs) await sleep(clock, turnAtMs - nowMs);
      }
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
      };
    },
  };
}
