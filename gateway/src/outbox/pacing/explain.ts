import {
  type Budget,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type PacingPolicy,
  type Range,
  SECOND_MS,
} from './policy.ts';
import { rampedLimit } from './warm-up.ts';

/** What a policy will do, in sentences for the person who answers for the number. */
export function explainPolicy(policy: PacingPolicy): string[] {
  if (policy.preset === 'off') {
    return [
      'Messages go out as fast as WhatsApp takes them. Only what WhatsApp itself forbids is held.',
      'A number that writes to many strangers at this speed risks being banned.',
    ];
  }
  return [
    ...budget('Between two messages', 'All messages', policy.all),
    `Whoever wrote to this number within ${span(policy.warmForMs)} is answered first.`,
    ...budget('Between two answers', 'Answers', policy.warm),
    ...budget(
      'Before the first message to somebody new',
      'First messages to new people',
      policy.cold,
    ),
    ...burst(policy),
    ...warmUp(policy),
    ...typing(policy),
    ...quietHours(policy),
    ...sameText(policy),
    ...recovery(policy),
    'What is over a limit waits in the queue; nothing is dropped.',
    'This lowers the risk of a ban and cannot rule it out.',
  ];
}

function budget(gap: string, who: string, { gapMs, ...limits }: Budget): string[] {
  const sentences: string[] = [];
  if (gapMs.max > 0) sentences.push(`${gap} there is a pause of ${range(gapMs)}.`);
  const parts = [
    [limits.perMinute, 'a minute'],
    [limits.perHour, 'an hour'],
    [limits.perDay, 'in 24 hours'],
  ].flatMap(([limit, per]) => (limit === null ? [] : [`${limit} ${per}`]));
  if (parts.length > 0) sentences.push(`${who}: at most ${parts.join(', ')}.`);
  return sentences;
}

function burst({ burst, cold }: PacingPolicy): string[] {
  if (!burst || cold.gapMs.max === 0) return [];
  return [
    `The first ${burst.messages} of them within ${span(burst.withinMs)} go without that pause.`,
  ];
}

function warmUp({ warmUp, cold }: PacingPolicy): string[] {
  if (!warmUp || cold.perDay === null || warmUp.shares.length === 0) return [];
  const limit = cold.perDay;
  const days = warmUp.shares.map((_, day) => rampedLimit(warmUp, limit, day));
  return [
    `A newly linked number starts with ${days[0]} new people a day and reaches ${limit} after ${days.length} days (${days.join(', ')}).`,
    `After ${span(warmUp.idleMs)} without a message it starts again from day ${warmUp.resumeAtDay + 1}.`,
  ];
}

function typing({ typing }: PacingPolicy): string[] {
  if (!typing) return [];
  const bounds = range({ min: typing.minMs, max: typing.maxMs });
  return [`"typing" or "recording" is shown before each message, for ${bounds} by its length.`];
}

function quietHours({ quietHours }: PacingPolicy): string[] {
  if (!quietHours || quietHours.from === quietHours.to) return [];
  const what =
    quietHours.applies === 'all'
      ? 'nothing is sent'
      : 'only answers are sent, no bulk or first messages';
  return [`From ${quietHours.from} to ${quietHours.to} (${quietHours.timeZone}) ${what}.`];
}

function sameText({ sameText }: PacingPolicy): string[] {
  if (!sameText) return [];
  return [
    `The same text goes to at most ${sameText.chats} people in ${span(sameText.withinMs)} who did not just write; further ones wait. A text with {a|b} and "spin" is varied.`,
  ];
}

function recovery({ recovery }: PacingPolicy): string[] {
  if (!recovery) return [];
  return [
    `After a reconnect the first message waits ${range(recovery.delayMs)}, and pauses are ${recovery.slowdown} times as long for ${span(recovery.lastsMs)}.`,
  ];
}

const range = ({ min, max }: Range): string =>
  min === max ? span(min) : `${span(min)} to ${span(max)}`;

const UNITS = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
  [SECOND_MS, 'second'],
] as const;

/** A length of time in its largest whole unit; below a minute in seconds with a decimal. */
function span(ms: number): string {
  for (const [unit, name] of UNITS) {
    const count = ms / unit;
    if (count >= 1 && Number.isInteger(count)) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return `${Math.round(ms / 100) / 10} seconds`;
}
