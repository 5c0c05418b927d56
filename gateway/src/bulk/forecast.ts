import type { HoldReason } from '../outbox/pacing/pace.ts';
import type { PacingPolicy } from '../outbox/pacing/policy.ts';
import {
  type Beginning,
  type Happening,
  type PlannedSend,
  simulate,
} from '../outbox/pacing/simulate.ts';

/** One session's share of a bulk send, and all that its pace looks at. */
export interface Share {
  readonly policy: PacingPolicy;
  /** Not shared with anybody: the simulation adds to its history. */
  readonly beginning: Beginning;
  /** Jobs that it has already; they go first. */
  readonly ahead: number;
  readonly recipients: readonly {
    readonly chatId: string;
    readonly textKey: string | null;
    readonly characters: number;
    /** When the chat last wrote to the session, and the session to it; null if never. */
    readonly heardAtMs: number | null;
    readonly wroteAtMs: number | null;
  }[];
}

/** When a bulk send would be done, and what makes it take so long. */
export interface Forecast {
  readonly firstAtMs: number | null;
  /** Null when some would never go under the policy. */
  readonly lastAtMs: number | null;
  /** How many would go. */
  readonly sends: number;
  /** First messages: to people who did not write lately and were not written to within a day. */
  readonly cold: number;
  /** Sends by day in UTC, in order. */
  readonly days: readonly { readonly date: string; readonly sends: number }[];
  /** What decided the instants, the most frequent first. */
  readonly reasons: readonly { readonly reason: HoldReason; readonly sends: number }[];
}

/** Simulated sends after which others get their turn: a few milliseconds. */
const STEP = 200;

/**
 * Plays a bulk send through the function that paces the real one, session by session, as if nothing else
 * happened from now on: nobody writes, WhatsApp takes everything at once.
 */
export async function forecast(
  shares: readonly Share[],
  startAtMs: number,
  chance: () => number,
  nextTurn: () => Promise<void>,
): Promise<Forecast> {
  const days = new Map<string, number>();
  const reasons = new Map<HoldReason, number>();
  const instants: number[] = [];
  let wanted = 0;
  let cold = 0;
  for (const share of shares) {
    wanted += share.recipients.length;
    let steps = 0;
    for (const send of sendsOf(share, startAtMs, chance)) {
      if (++steps % STEP === 0) await nextTurn();
      if (send.priority === 'direct') continue;
      instants.push(send.atMs);
      if (send.budget === 'cold') cold++;
      count(days, new Date(send.atMs).toISOString().slice(0, 10));
      count(reasons, send.reason);
    }
  }
  instants.sort((a, b) => a - b);
  return {
    firstAtMs: instants[0] ?? null,
    lastAtMs: instants.length < wanted ? null : (instants.at(-1) ?? null),
    sends: instants.length,
    cold,
    days: [...days]
      .map(([date, sends]) => ({ date, sends }))
      .sort((a, b) => (a.date < b.date ? -1 : 1)),
    reasons: [...reasons]
      .map(([reason, sends]) => ({ reason, sends }))
      .sort((a, b) => b.sends - a.sends),
  };
}

function sendsOf(share: Share, startAtMs: number, chance: () => number): Iterable<PlannedSend> {
  const { policy, beginning } = share;
  return simulate(policy, beginning, happeningsOf(share, startAtMs), chance);
}

function* happeningsOf(
  { beginning, ahead, recipients }: Share,
  startAtMs: number,
): Generator<Happening> {
  const { nowMs } = beginning;
  const effort = { kind: 'none' } as const;
  for (const { chatId, heardAtMs, wroteAtMs } of recipients) {
    if (heardAtMs !== null) yield { type: 'heard', atMs: heardAtMs, chatId };
    if (wroteAtMs !== null) yield { type: 'wrote', atMs: wroteAtMs, chatId };
  }
  for (let job = 0; job < ahead; job++) {
    const chatId = `ahead ${job}`;
    yield {
      type: 'accepted',
      atMs: nowMs,
      messageId: chatId,
      chatId,
      priority: 'direct',
      textKey: null,
      effort,
    };
  }
  const atMs = Math.max(nowMs, startAtMs);
  for (const [index, { chatId, textKey, characters }] of recipients.entries()) {
    yield {
      type: 'accepted',
      atMs,
      messageId: String(index),
      chatId,
      priority: 'bulk',
      textKey,
      effort: { kind: 'typed', characters },
    };
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
