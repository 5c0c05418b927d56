import { expect, it } from 'vitest';
import { planEvents } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import { createIdSource } from '../kernel/ids.ts';
import { seededRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { eventsOfChange } from '../sessions/events.ts';
import { idleMachine, transition } from '../sessions/machine.ts';
import type { SessionState } from '../sessions/state.ts';
import { followSessions } from './session-news.ts';
import { session } from './testing/set-up.ts';

const clock = new VirtualClock();
const ids = createIdSource(clock, seededRandom(1));
const open: SessionState = { name: 'open', sinceMs: 0 };

/** How many connections the outbox takes for lost when an open session changes so. */
async function lostBy(input: Parameters<typeof transition>[1]): Promise<number> {
  let listener: (batch: EventBatch) => void = () => {};
  let lost = 0;
  followSessions({
    events: { onCommitted: (given) => ((listener = given), () => {}) },
    session: () => session,
    outbox: { heard: async () => {}, disconnected: async () => void lost++ },
  });
  const moment = { nowMs: 0, chance: 0.5 };
  const { machine } = transition(idleMachine(open, true), input, moment);
  const drafts = await eventsOfChange(session, open, machine.state);
  expect(drafts.map(({ event }) => event)).toContain('session.disconnected');
  listener(planEvents(drafts, [], clock.now(), ids));
  return lost;
}

it('takes for lost what nobody asked for', async () => {
  expect(await lostBy({ type: 'closed', cause: { code: 428, reason: 'gone' } })).toBe(1);
  expect(await lostBy({ type: 'restart' })).toBe(0);
  expect(await lostBy({ type: 'stop' })).toBe(0);
});
