import type { Plan } from './lane.ts';
import { type HoldReason, isSolicited, releaseOf, type Situation } from './pacing/pace.ts';
import type { PacingPolicy } from './pacing/policy.ts';
import { estimateMs } from './plan.ts';
import type { Head, QueueCounts } from './store.ts';

/** Why a job waits. Besides what the pace says: what has nothing to do with it. */
export type WaitReason = HoldReason | 'sending' | 'disconnected' | 'paused' | 'scheduled' | 'turn';

/** Where a job stands. */
export interface QueuePlace {
  /**
   * 1 is the next in line; others may overtake (answers before bulk, known people before new ones).
   * Counted up to `MAX_POSITION`, which stands for anything beyond.
   */
  readonly position: number;
  readonly reason: WaitReason;
  /** About when it will go; null when that cannot be said (disconnected, paused, never). */
  readonly etaMs: number | null;
}

/** The queue of a session at a glance. */
export interface QueueOverview {
  readonly counts: QueueCounts;
  readonly pausedAtMs: number | null;
  /** What the next send waits for; null when nothing waits or nothing is held back. */
  readonly next: { readonly reason: WaitReason; readonly atMs: number | null } | null;
}

/** All that decides what the jobs of a session wait for. */
export interface Circumstances {
  readonly policy: PacingPolicy;
  readonly situation: Situation;
  readonly pausedAtMs: number | null;
  readonly connected: boolean;
  /** What the session's lane waits for. */
  readonly plan: Plan | null;
}

/** Where a job stands that is not under way; the first obstacle that time alone does not remove counts. */
export function placeOf(head: Head, position: number, now: Circumstances): QueuePlace {
  const { policy, situation, plan } = now;
  const { nowMs } = situation;
  const place = (reason: WaitReason, etaMs: number | null) => ({ position, reason, etaMs });
  if (now.pausedAtMs !== null) return place('paused', null);
  if (head.dueAtMs > nowMs) return place('scheduled', head.dueAtMs);
  if (!now.connected) return place('disconnected', null);
  if (plan?.messageId === head.messageId) return place(plan.reason, finite(plan.atMs));
  const release = releaseOf(policy, head, situation);
  const cold = !isSolicited(policy, head, nowMs);
  const etaMs = Math.max(release.atMs, nowMs + estimateMs(policy, position - 1, cold));
  return place(etaMs > release.atMs ? 'turn' : release.reason, finite(etaMs));
}

/** What the first of `due` jobs waits for; null when nothing is held back. */
export function nextOf(due: number, now: Circumstances): QueueOverview['next'] {
  if (due === 0) return null;
  if (now.pausedAtMs !== null) return { reason: 'paused', atMs: null };
  if (!now.connected) return { reason: 'disconnected', atMs: null };
  return now.plan && { reason: now.plan.reason, atMs: finite(now.plan.atMs) };
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
