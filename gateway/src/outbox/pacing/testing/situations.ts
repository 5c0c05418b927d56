import { seededRandom } from '../../../kernel/random.ts';
import { SendHistory } from '../history.ts';
import type { Situation, Waiting } from '../pace.ts';
import { DAY_MS, HOUR_MS, type PacingPolicy, presetPolicy } from '../policy.ts';
import { NO_RESTRICTIONS } from '../restrictions.ts';
import { type Beginning, type Happening, type PlannedSend, simulate } from '../simulate.ts';

/** When every simulated run begins. */
export const START = 1_760_000_000_000;
export const gentle = presetPolicy('gentle', 'UTC');

export const beginning = (): Beginning => ({
  nowMs: START,
  history: new SendHistory(),
  restrictions: NO_RESTRICTIONS,
  warmUpFromMs: START,
  openedAtMs: START - HOUR_MS,
});

export const situation = (over: Partial<Situation> = {}): Situation => ({
  ...beginning(),
  chance: 0.5,
  ...over,
});

export const waiting = (over: Partial<Waiting> = {}): Waiting => ({
  messageId: 'm',
  chatId: '551199@s.whatsapp.net',
  dueAtMs: START,
  priority: 'direct',
  heardAtMs: null,
  wroteAtMs: null,
  textKey: null,
  effort: { kind: 'none' },
  ...over,
});

/** What a run sends, up to 400 days in. */
export function run(
  policy: PacingPolicy,
  happenings: readonly Happening[],
  seed: number,
): PlannedSend[] {
  const random = seededRandom(seed);
  const sends: PlannedSend[] = [];
  for (const send of simulate(policy, beginning(), happenings, () => random.next())) {
    sends.push(send);
    if (send.atMs > START + 400 * DAY_MS) break;
  }
  return sends;
}
