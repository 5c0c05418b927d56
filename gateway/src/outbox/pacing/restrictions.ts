import type { RestrictionSignal } from '../../whatsapp/port.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './policy.ts';

/** Why WhatsApp holds sends of an account. */
export type RestrictionCause = 'reach_out_timelock' | 'refused_new_chat';

/** What WhatsApp has told us not to do, and until when. It outlives a restart. */
export interface Restrictions {
  /** No message to people who have not written to us lately. */
  readonly cold: { readonly untilMs: number; readonly cause: RestrictionCause } | null;
  /** Nothing at all: WhatsApp asked for fewer messages. */
  readonly all: { readonly untilMs: number } | null;
  /** New chats that may still be begun before `resetsAtMs`. */
  readonly newChats: {
    readonly left: number;
    readonly total: number | null;
    readonly resetsAtMs: number;
  } | null;
  /** Refusals with 463 and 429 without a success in between; each makes the next hold longer. */
  readonly refusals: { readonly newChat: number; readonly rate: number };
}

/** Of a number that WhatsApp lets write freely. */
export const NO_RESTRICTIONS: Restrictions = {
  cold: null,
  all: null,
  newChats: null,
  refusals: { newChat: 0, rate: 0 },
};

/**
 * Holds where WhatsApp states no end: they double with each refusal, because a number that keeps
 * knocking is banned. A reach-out timelock without an end is asked about again when it is over.
 */
const NEW_CHAT_HOLD = { firstMs: 6 * HOUR_MS, maxMs: 2 * DAY_MS };
const RATE_HOLD = { firstMs: MINUTE_MS, maxMs: HOUR_MS };
const UNSTATED_CYCLE_MS = DAY_MS;

/** WhatsApp refused a message with a number; others than 463 and 429 restrict nothing. */
export function afterRefusal(now: Restrictions, code: number, nowMs: number): Restrictions {
  switch (code) {
    case 463: {
      const newChat = now.refusals.newChat + 1;
      const untilMs = nowMs + doubled(NEW_CHAT_HOLD, newChat);
      return {
        ...now,
        cold:
          now.cold && now.cold.untilMs >= nowMs && now.cold.cause === 'reach_out_timelock'
            ? now.cold
            : { untilMs, cause: 'refused_new_chat' },
        refusals: { ...now.refusals, newChat },
      };
    }
    case 429: {
      const rate = now.refusals.rate + 1;
      return {
        ...now,
        all: { untilMs: nowMs + doubled(RATE_HOLD, rate) },
        refusals: { ...now.refusals, rate },
      };
    }
    default:
      return now;
  }
}

/** When the first of what holds sends runs out; null when nothing does. */
export function endOf({ all, cold }: Restrictions): number | null {
  const ends = [all, cold].flatMap((hold) => (hold === null ? [] : [hold.untilMs]));
  return ends.length === 0 ? null : Math.min(...ends);
}

/** What has run out is lifted; the count of refusals stays until WhatsApp takes a message. */
export function afterTime(now: Restrictions, nowMs: number): Restrictions {
  const endMs = endOf(now);
  if (endMs === null || endMs > nowMs) return now;
  const { all, cold } = now;
  const isOver = (hold: { readonly untilMs: number } | null) => hold && hold.untilMs <= nowMs;
  return { ...now, all: isOver(all) ? null : all, cold: isOver(cold) ? null : cold };
}

/** WhatsApp took a message: `cold` when it began a chat. */
export function afterSuccess(now: Restrictions, cold: boolean): Restrictions {
  const { newChat, rate } = now.refusals;
  const newChats =
    cold && now.newChats ? { ...now.newChats, left: Math.max(0, now.newChats.left - 1) } : null;
  if (newChats === null && rate === 0 && (newChat === 0 || !cold)) return now;
  return {
    ...now,
    newChats: newChats ?? now.newChats,
    refusals: { newChat: cold ? 0 : newChat, rate: 0 },
  };
}

/** WhatsApp spoke about the account's standing by itself. */
export function afterSignal(
  now: Restrictions,
  signal: RestrictionSignal,
  nowMs: number,
): Restrictions {
  switch (signal.type) {
    case 'reach_out': {
      if (!signal.active) {
        return { ...now, cold: null, refusals: { ...now.refusals, newChat: 0 } };
      }
      const untilMs = signal.untilMs ?? nowMs + NEW_CHAT_HOLD.firstMs;
      return { ...now, cold: { untilMs, cause: 'reach_out_timelock' } };
    }
    case 'new_chats': {
      const left =
        signal.total === null || signal.used === null
          ? null
          : Math.max(0, signal.total - signal.used);
      if (left === null && !signal.capped) return { ...now, newChats: null };
      return {
        ...now,
        newChats: {
          left: signal.capped ? 0 : (left ?? 0),
          total: signal.total,
          resetsAtMs: signal.resetsAtMs ?? nowMs + UNSTATED_CYCLE_MS,
        },
      };
    }
  }
}

const doubled = (hold: { firstMs: number; maxMs: number }, times: number): number =>
  Math.min(hold.maxMs, hold.firstMs * 2 ** Math.min(times - 1, 30));
