/*
 * A model of how WhatsApp treats accounts that write to too many strangers too fast. It is made up so
 * that clients can be tried against the signals (a warning, error 463 with an end time, login failure
 * 403); nobody outside knows the real rules, and no number here says anything about them.
 */

/** All times in milliseconds. */
export interface RestrictionParameters {
  /** Strangers written to within this time count together. */
  readonly windowMs: number;
  /** So many strangers within the window draw a warning. */
  readonly warnAt: number;
  /** So many get the account restricted: strangers cannot be written to for a while. */
  readonly restrictAt: number;
  /** How long the first restriction lasts; each further one lasts twice as long as the one before. */
  readonly restrictionMs: number;
  /** Trying to write to strangers while restricted so many times, or this many restrictions, bans. */
  readonly triesBeforeBan: number;
  readonly restrictionsBeforeBan: number;
}

export const DEFAULT_PARAMETERS: RestrictionParameters = {
  windowMs: 60 * 60 * 1000,
  warnAt: 20,
  restrictAt: 40,
  restrictionMs: 6 * 60 * 60 * 1000,
  triesBeforeBan: 50,
  restrictionsBeforeBan: 3,
};

/** How an account stands. `untilMs` is when strangers may be written to again. */
export type Standing =
  | { readonly kind: 'good' }
  | { readonly kind: 'warned' }
  | { readonly kind: 'restricted'; readonly untilMs: number; readonly tries: number }
  | { readonly kind: 'banned' };

/** What the model remembers of an account. */
export interface Conduct {
  readonly standing: Standing;
  /** Strangers written to, newest last; only those within the window, at most `restrictAt` of them. */
  readonly strangers: readonly { readonly id: string; readonly atMs: number }[];
  /** How often the account has been restricted. */
  readonly restrictions: number;
}

export const GOOD_CONDUCT: Conduct = { standing: { kind: 'good' }, strangers: [], restrictions: 0 };

/** One message that an account is about to send. */
export interface Attempt {
  /** Whoever it is for. */
  readonly to: string;
  /** That person never wrote to the account, and shares no group with it. */
  readonly isStranger: boolean;
  readonly nowMs: number;
}

export interface Judgement {
  readonly conduct: Conduct;
  /** `restricted` is refused with 463; `banned` cuts the account off with 403. */
  readonly verdict: 'accepted' | 'restricted' | 'banned';
}

/** Judges a message and says how the account stands afterwards. Pure. */
export function judge(
  conduct: Conduct,
  attempt: Attempt,
  parameters: RestrictionParameters,
): Judgement {
  const current = expire(conduct, attempt.nowMs, parameters);
  const { standing } = current;
  if (standing.kind === 'banned') return { conduct: current, verdict: 'banned' };
  if (!attempt.isStranger) return { conduct: current, verdict: 'accepted' };
  if (standing.kind === 'restricted') return refuse(current, standing, parameters);
  if (current.strangers.some(({ id }) => id === attempt.to)) {
    return { conduct: current, verdict: 'accepted' };
  }
  const strangers = [...current.strangers, { id: attempt.to, atMs: attempt.nowMs }];
  if (strangers.length >= parameters.restrictAt) {
    return restrict({ ...current, strangers: [] }, attempt.nowMs, parameters);
  }
  const isWarned = standing.kind === 'warned' || strangers.length >= parameters.warnAt;
  return {
    conduct: { ...current, strangers, standing: { kind: isWarned ? 'warned' : 'good' } },
    verdict: 'accepted',
  };
}

/** Lets time pass: what is outside the window is forgotten, restrictions end. */
function expire(conduct: Conduct, nowMs: number, { windowMs }: RestrictionParameters): Conduct {
  const strangers = conduct.strangers.filter(({ atMs }) => atMs > nowMs - windowMs);
  const { standing } = conduct;
  const isOver =
    (standing.kind === 'restricted' && standing.untilMs <= nowMs) ||
    (standing.kind === 'warned' && strangers.length === 0);
  return { ...conduct, strangers, standing: isOver ? { kind: 'good' } : standing };
}

function refuse(
  conduct: Conduct,
  standing: Extract<Standing, { kind: 'restricted' }>,
  { triesBeforeBan }: RestrictionParameters,
): Judgement {
  const tries = standing.tries + 1;
  if (tries >= triesBeforeBan) return ban(conduct);
  return { conduct: { ...conduct, standing: { ...standing, tries } }, verdict: 'restricted' };
}

/** The message that goes too far is itself refused. */
function restrict(conduct: Conduct, nowMs: number, parameters: RestrictionParameters): Judgement {
  const restrictions = conduct.restrictions + 1;
  if (restrictions >= parameters.restrictionsBeforeBan) return ban({ ...conduct, restrictions });
  const lengthMs = parameters.restrictionMs * 2 ** (restrictions - 1);
  const standing: Standing = { kind: 'restricted', untilMs: nowMs + lengthMs, tries: 0 };
  return { conduct: { ...conduct, restrictions, standing }, verdict: 'restricted' };
}

function ban(conduct: Conduct): Judgement {
  return { conduct: { ...conduct, standing: { kind: 'banned' } }, verdict: 'banned' };
}
