/*
 * How a number's conduct looks to somebody who hunts for spam. The signals are those that WhatsApp names in
 * public (messages to people who do not know the sender, the same words to many, few answers) and its own
 * restrictions; the weights are a judgement. WhatsApp does not tell who has blocked or reported a number,
 * so that is no part of it: few answers and refusals are what shows of it.
 */

/** What is known of the last 24 hours. */
export interface RiskSignals {
  readonly sends: number;
  /** Of those, how many began a chat. */
  readonly cold: number;
  /** To how many people the most repeated text went. */
  readonly sameTextChats: number;
  /** Chats that were begun, and how many of those people wrote back. */
  readonly begun: number;
  readonly answered: number;
  /** Refusals with 463 or 429 since the last message that was taken. */
  readonly refusals: number;
  /** How often the connection was lost without anybody asking for it. */
  readonly disconnects: number;
  /** WhatsApp lets the number only answer. */
  readonly isRestricted: boolean;
  /** Share of WhatsApp's quota of new chats that is used up; null where it states none. */
  readonly quotaUsed: number | null;
}

/** What WhatsApp, or the people written to, hold against a number. */
export type RiskSignal =
  | 'cold_ratio'
  | 'same_text'
  | 'few_answers'
  | 'refusals'
  | 'disconnects'
  | 'restricted'
  | 'quota';

/** Why a number is at risk, the heaviest reason first. */
export interface RiskReason {
  readonly signal: RiskSignal;
  readonly points: number;
  /** In words for the person who answers for the number. */
  readonly text: string;
}

/** Signs that WhatsApp may restrict the number, added up. */
export interface Risk {
  /** 0 to 100. */
  readonly score: number;
  readonly level: 'low' | 'medium' | 'high';
  readonly reasons: readonly RiskReason[];
}

/** Fewer than these tell nothing about a ratio. */
const MIN_COLD = 5;
const MIN_BEGUN = 10;

/** Adds up what each signal weighs. Pure; no signal makes another weigh less. */
export function assessRisk(signals: RiskSignals): Risk {
  const reasons = [
    coldRatio(signals),
    sameText(signals),
    fewAnswers(signals),
    refusals(signals),
    disconnects(signals),
    restricted(signals),
    quota(signals),
  ]
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points);
  const sum = reasons.reduce((total, { points }) => total + points, 0);
  const score = Math.min(100, sum);
  return { score, level: score >= 50 ? 'high' : score >= 25 ? 'medium' : 'low', reasons };
}

/** 0 at `from`, `most` at `to`, in between by the way covered; whole points. */
const rising = (value: number, from: number, to: number, most: number): number =>
  Math.round(Math.min(1, Math.max(0, (value - from) / (to - from))) * most);

function coldRatio({ sends, cold }: RiskSignals): RiskReason {
  const points = cold < MIN_COLD ? 0 : rising(cold / sends, 0.2, 0.8, 30);
  const text = `${cold} of the last ${sends} messages went to people who had not written. Answer more than you begin.`;
  return { signal: 'cold_ratio', points, text };
}

function sameText({ sameTextChats }: RiskSignals): RiskReason {
  const points = rising(sameTextChats, 5, 50, 25);
  const text = `The same text went to ${sameTextChats} people. Vary it with {a|b} and "spin".`;
  return { signal: 'same_text', points, text };
}

function fewAnswers({ begun, answered }: RiskSignals): RiskReason {
  const points = begun < MIN_BEGUN ? 0 : rising(1 - answered / begun, 0.7, 1, 20);
  const text = `${answered} of ${begun} new people answered. Write to people who expect it.`;
  return { signal: 'few_answers', points, text };
}

function refusals({ refusals: count }: RiskSignals): RiskReason {
  const text = `WhatsApp refused ${count} messages in a row. Wait until it takes them again.`;
  return { signal: 'refusals', points: rising(count, 0, 3, 30), text };
}

/** Most are the network's doing, so they weigh little, and a few nothing. */
function disconnects({ disconnects: count }: RiskSignals): RiskReason {
  const text = `The connection was lost ${count} times. Give the service a steady network, and run the number in one place only.`;
  return { signal: 'disconnects', points: rising(count, 5, 30, 10), text };
}

function restricted({ isRestricted }: RiskSignals): RiskReason {
  const text =
    'WhatsApp lets this number only answer for now. Further restrictions may end in a ban.';
  return { signal: 'restricted', points: isRestricted ? 50 : 0, text };
}

function quota({ quotaUsed }: RiskSignals): RiskReason {
  const used = quotaUsed ?? 0;
  const text = `${Math.round(used * 100)} % of WhatsApp's quota of new chats is used up.`;
  return { signal: 'quota', points: rising(used, 0.5, 1, 15), text };
}
