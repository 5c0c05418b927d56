import type { OutgoingContent } from '../whatsapp/content.ts';
import type { Effort } from './pacing/pace.ts';
import { type Budget, DAY_MS, HOUR_MS, MINUTE_MS, type PacingPolicy } from './pacing/policy.ts';

/** What a person would do to make this message; `text` is what it shows. */
export function effortOf(content: OutgoingContent, text: string): Effort {
  switch (content.type) {
    case 'audio':
      return content.voice
        ? { kind: 'spoken', ms: (content.seconds ?? 0) * 1000 }
        : { kind: 'typed', characters: 0 };
    case 'reaction':
    case 'delete':
    case 'pin':
    case 'forward':
      return { kind: 'none' };
    default:
      return { kind: 'typed', characters: text.length };
  }
}

/**
 * How long `ahead` messages take at least under a policy, as a rough figure for people: pauses are
 * taken at their mean, and every window as empty at the beginning.
 */
export function estimateMs(policy: PacingPolicy, ahead: number, cold: boolean): number {
  if (policy.preset === 'off') return 0;
  return Math.max(spread(policy.all, ahead), cold ? spread(policy.cold, ahead) : 0);
}

function spread({ gapMs, perMinute, perHour, perDay }: Budget, ahead: number): number {
  const window = (limit: number | null, windowMs: number) =>
    limit === null || limit === 0 ? 0 : Math.floor(ahead / limit) * windowMs;
  return Math.max(
    (ahead * (gapMs.min + gapMs.max)) / 2,
    window(perMinute, MINUTE_MS),
    window(perHour, HOUR_MS),
    window(perDay, DAY_MS),
  );
}
