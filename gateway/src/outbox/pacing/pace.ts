import { isSharedChat } from '../../contacts/address.ts';
import type { SendHistory } from './history.ts';
import {
  type Budget,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type PacingPolicy,
  type Range,
} from './policy.ts';
import { afterQuietHours } from './quiet-hours.ts';
import type { Restrictions } from './restrictions.ts';
import { rampedFreeAtMs, rampStartMs } from './warm-up.ts';

/** What is next in a chat, as far as pacing has to know. */
export interface Waiting {
  readonly messageId: string;
  readonly chatId: string;
  /** Its place in time: when it was accepted, or the instant it was scheduled for. */
  readonly dueAtMs: number;
  /** The most urgent of what waits in this chat: an answer behind a bulk message lifts it too. */
  readonly priority: Priority;
  /** When the chat last wrote to us, and we to it; null if never. */
  readonly heardAtMs: number | null;
  readonly wroteAtMs: number | null;
  /** Identifies its text; null where the text is not judged. */
  readonly textKey: string | null;
  readonly effort: Effort;
}

/** Messages that somebody waits for go before those of bulk sends. */
export type Priority = 'direct' | 'bulk';

/** What a person would do to make the message. */
export type Effort =
  | { readonly kind: 'typed'; readonly characters: number }
  | { readonly kind: 'spoken'; readonly ms: number }
  | { readonly kind: 'none' };

/** All that pacing looks at besides policy and queue. */
export interface Situation {
  readonly nowMs: number;
  /** Uniform in [0, 1); drawn once per send, so that looking again does not shorten a pause. */
  readonly chance: number;
  readonly history: SendHistory;
  readonly restrictions: Restrictions;
  /** When the number was linked, or its warm-up began anew. */
  readonly warmUpFromMs: number;
  /** When the connection opened. */
  readonly openedAtMs: number;
}

/** What decides the instant of a send. */
export type HoldReason =
  | 'none'
  | 'pause'
  | 'typing'
  | 'recovering'
  | 'limit_minute'
  | 'limit_hour'
  | 'limit_day'
  | 'cold_pause'
  | 'cold_limit_minute'
  | 'cold_limit_hour'
  | 'cold_limit_day'
  | 'warm_pause'
  | 'warm_limit_minute'
  | 'warm_limit_hour'
  | 'warm_limit_day'
  | 'quiet_hours'
  | 'same_text'
  | 'restricted'
  | 'new_chat_quota'
  | 'rate_limited';

/** The first instant at which a send may happen (`Infinity`: never under this policy), and why not before. */
export interface Release {
  readonly atMs: number;
  readonly reason: HoldReason;
}

/** The message that goes next, and when. */
export interface Next extends Release {
  readonly job: Waiting;
  /** What to show in the chat before, from which instant on; null for nothing. */
  readonly show: { readonly state: 'composing' | 'recording'; readonly fromMs: number } | null;
}

/** A chat that was begun within this time is not begun again by a further message. */
const BEGUN_FOR_MS = DAY_MS;

/**
 * How much later than its place in time a message counts when several could go. Warm goes before cold
 * and answers before bulk, but nothing is overtaken for ever: what has waited this much longer is first.
 */
const YIELDS_MS = {
  direct: { warm: 0, cold: 10 * MINUTE_MS },
  bulk: { warm: 30 * MINUTE_MS, cold: HOUR_MS },
} as const;

/** Which budget a send counts in. */
export function budgetOf(policy: PacingPolicy, job: Waiting, nowMs: number): 'warm' | 'cold' {
  if (isSolicited(policy, job, nowMs)) return 'warm';
  return job.wroteAtMs !== null && nowMs - job.wroteAtMs < BEGUN_FOR_MS ? 'warm' : 'cold';
}

/** Groups, channels and people who wrote to us lately expect to hear from us. */
export function isSolicited(policy: PacingPolicy, job: Waiting, nowMs: number): boolean {
  if (isSharedChat(job.chatId)) return true;
  return job.heardAtMs !== null && nowMs - job.heardAtMs < policy.warmForMs;
}

/**
 * The next send and its instant: among those that are free first, the one whose turn it is. `queue` holds
 * the head of each chat that is to be considered, so a chat keeps its order by itself. Null when nothing
 * waits. An instant at or before `nowMs` means: now.
 *
 * The time to type is no part of the choice: else short messages would overtake a long one for ever.
 */
export function decideNext(
  policy: PacingPolicy,
  queue: readonly Waiting[],
  now: Situation,
): Next | null {
  let best: { job: Waiting; freeMs: number; turn: number } | null = null;
  for (const job of queue) {
    const freeMs = holdsOf(policy, job, now, 0).atMs;
    const turn = turnOf(policy, job, now.nowMs);
    if (best && (freeMs > best.freeMs || (freeMs === best.freeMs && turn >= best.turn))) continue;
    best = { job, freeMs, turn };
  }
  if (!best) return null;
  const { job } = best;
  const release = releaseOf(policy, job, now);
  return { job, ...release, show: showing(policy, job, now, release.atMs) };
}

/** The first instant at which one message may go, were it alone. */
export function releaseOf(policy: PacingPolicy, job: Waiting, now: Situation): Release {
  return holdsOf(policy, job, now, effortMs(policy, job, now.chance));
}

function holdsOf(policy: PacingPolicy, job: Waiting, now: Situation, typingMs: number): Release {
  const latest = new Latest(now.nowMs);
  const solicited = isSolicited(policy, job, now.nowMs);
  const budget = budgetOf(policy, job, now.nowMs);
  holdForRestrictions(latest, now.restrictions, solicited, budget);
  if (policy.preset === 'off') return latest.release;

  holdForBudget(latest, policy, 'all', now);
  holdForBudget(latest, policy, budget, now);
  if (policy.recovery) {
    latest.hold(now.openedAtMs + within(policy.recovery.delayMs, now.chance), 'recovering');
  }
  if (typingMs > 0) latest.hold(handsFreeMs(job, now) + typingMs, 'typing');
  const unasked = !solicited || job.priority === 'bulk';
  if (unasked && policy.sameText && job.textKey !== null) {
    const { chats, withinMs } = policy.sameText;
    latest.hold(now.history.textFreeAtMs(job.textKey, job.chatId, chats, withinMs), 'same_text');
  }
  // Last, because it is the only hold that can begin again after the others have ended.
  const quiet = policy.quietHours;
  if (quiet && (quiet.applies === 'all' || unasked) && Number.isFinite(latest.release.atMs)) {
    latest.hold(afterQuietHours(quiet, latest.release.atMs), 'quiet_hours');
  }
  return latest.release;
}

/** What WhatsApp itself has forbidden holds under every policy, `off` included. */
function holdForRestrictions(
  latest: Latest,
  restrictions: Restrictions,
  solicited: boolean,
  budget: 'warm' | 'cold',
): void {
  const { all, cold, newChats } = restrictions;
  if (all) latest.hold(all.untilMs, 'rate_limited');
  if (cold && !solicited) latest.hold(cold.untilMs, 'restricted');
  if (newChats && budget === 'cold' && newChats.left <= 0) {
    latest.hold(newChats.resetsAtMs, 'new_chat_quota');
  }
}

/** Collects holds; the latest one decides. */
class Latest {
  #atMs: number;
  #reason: HoldReason = 'none';

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  hold(untilMs: number, reason: HoldReason): void {
    if (!(untilMs > this.#atMs)) return;
    // Whole milliseconds, as clocks have them: sums of fractions would fall short of a window by a hair.
    this.#atMs = Math.ceil(untilMs);
    this.#reason = reason;
  }

  get release(): Release {
    return { atMs: this.#atMs, reason: this.#reason };
  }
}

const REASONS = {
  all: { gap: 'pause', minute: 'limit_minute', hour: 'limit_hour', day: 'limit_day' },
  warm: {
    gap: 'warm_pause',
    minute: 'warm_limit_minute',
    hour: 'warm_limit_hour',
    day: 'warm_limit_day',
  },
  cold: {
    gap: 'cold_pause',
    minute: 'cold_limit_minute',
    hour: 'cold_limit_hour',
    day: 'cold_limit_day',
  },
} as const;

function holdForBudget(
  latest: Latest,
  policy: PacingPolicy,
  name: 'all' | 'warm' | 'cold',
  now: Situation,
): void {
  const budget: Budget = policy[name];
  const ledger = now.history[name];
  const reasons = REASONS[name];
  const burst = name === 'cold' ? policy.burst : null;
  const burstMs = burst ? ledger.freeAtMs(burst.messages, burst.withinMs) : Infinity;
  const gapMs = afterGapMs(policy, budget.gapMs, ledger.lastMs, now);
  latest.hold(Math.min(burstMs, gapMs), reasons.gap);
  if (budget.perMinute !== null) {
    latest.hold(ledger.freeAtMs(budget.perMinute, MINUTE_MS), reasons.minute);
  }
  if (budget.perHour !== null) {
    latest.hold(ledger.freeAtMs(budget.perHour, HOUR_MS), reasons.hour);
  }
  if (budget.perDay === null) return;
  if (name !== 'cold' || !policy.warmUp) {
    latest.hold(ledger.freeAtMs(budget.perDay, DAY_MS), reasons.day);
    return;
  }
  const lastMs = now.history.all.lastMs;
  const startMs = rampStartMs(policy.warmUp, now.warmUpFromMs, lastMs, now.nowMs);
  const freeMs = rampedFreeAtMs(ledger, policy.warmUp, budget.perDay, startMs, now.nowMs);
  latest.hold(freeMs, reasons.day);
}

/** The pause since the last send; longer while the session recovers from being away. */
function afterGapMs(
  policy: PacingPolicy,
  gap: Range,
  lastMs: number | null,
  now: Situation,
): number {
  if (lastMs === null) return Number.NEGATIVE_INFINITY;
  const gapMs = within(gap, now.chance);
  if (!policy.recovery) return lastMs + gapMs;
  const recoveredMs = now.openedAtMs + policy.recovery.lastsMs;
  return Math.min(lastMs + gapMs * policy.recovery.slowdown, Math.max(lastMs + gapMs, recoveredMs));
}

/** Since when a person could have been writing this message: not while writing the one before. */
const handsFreeMs = (job: Waiting, { history, openedAtMs }: Situation): number =>
  Math.max(job.dueAtMs, openedAtMs, history.all.lastMs ?? 0);

/** People are not evenly quick: the time varies by a quarter up and down. */
function effortMs(policy: PacingPolicy, job: Waiting, chance: number): number {
  const { typing } = policy;
  if (!typing) return 0;
  const clamped = (ms: number) => Math.min(typing.maxMs, Math.max(typing.minMs, ms));
  switch (job.effort.kind) {
    case 'none':
      return 0;
    case 'typed':
      return clamped(job.effort.characters * typing.msPerCharacter * (0.75 + chance / 2));
    case 'spoken':
      return clamped(job.effort.ms);
  }
}

function showing(policy: PacingPolicy, job: Waiting, now: Situation, atMs: number): Next['show'] {
  const ms = effortMs(policy, job, now.chance);
  if (ms === 0 || policy.preset === 'off' || job.effort.kind === 'none') return null;
  const state = job.effort.kind === 'spoken' ? 'recording' : 'composing';
  return { state, fromMs: atMs - Math.ceil(ms) };
}

function turnOf(policy: PacingPolicy, job: Waiting, nowMs: number): number {
  const warmth = isSolicited(policy, job, nowMs) ? 'warm' : 'cold';
  return job.dueAtMs + YIELDS_MS[job.priority][warmth];
}

const within = (range: Range, chance: number): number =>
  range.min + (range.max - range.min) * chance;
