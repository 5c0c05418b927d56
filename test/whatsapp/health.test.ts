import { afterEach, expect, it } from 'vitest';
import type { EventDraft } from '../../gateway/src/events/plan.ts';
import { silentLogger } from '../../gateway/src/kernel/logger.ts';
import { systemRandom } from '../../gateway/src/kernel/random.ts';
import { createSessions, type Sessions } from '../../gateway/src/sessions/supervisor.ts';
import { fastClock } from './support/fast-clock.ts';
import { Harness } from './support/harness.ts';

let harness: Harness;
let sessions: Sessions;
const reported: EventDraft[] = [];
const clock = fastClock(15);

afterEach(async () => {
  await sessions.shutDown();
  await harness.close();
});

/** A paired session, run by the supervisor as the service does. */
async function openSession(): Promise<void> {
  reported.length = 0;
  harness = await Harness.start({ clock });
  const device = await harness.pairedDevice('support');
  await device.close();
  sessions = createSessions({
    store: harness.storage.sessions,
    whatsapp: harness.whatsapp,
    events: {
      plan: (drafts) => {
        reported.push(...drafts);
        return { events: [], deliveries: [] };
      },
      committed: () => undefined,
    },
    inbound: { record: async () => undefined, receipt: async () => undefined },
    clock,
    random: systemRandom,
    logger: silentLogger,
    onOpen: () => undefined,
  });
  await sessions.boot();
  await expect.poll(state).toBe('open');
}

const state = () => sessions.get('default', 'support').state;

/** The states that were reported, with their reasons. */
const path = () =>
  reported
    .filter(({ event }) => event === 'session.state')
    .map(({ data }) => [data['state'], data['reason']]);

it('measures the round trip of an open connection', async () => {
  await openSession();
  await expect.poll(() => sessions.get('default', 'support').health?.pingMs ?? null).not.toBeNull();
  expect(sessions.vitals().get('default/support')).toMatchObject({ unackedSends: 0 });
});

it('calls a half-open connection degraded, gives it up within 45 seconds and opens another', async () => {
  await openSession();
  const before = path().length;
  const goneAtMs = clock.now();
  harness.simulator.faults.add({ kind: 'silent-line' });
  await expect.poll(state, { interval: 5 }).toBe('waiting_retry');
  // Found within 45 seconds (see `judgeHealth`); a busy machine adds one of its own to the clock's 15.
  expect(clock.now() - goneAtMs).toBeLessThan(60_000);
  harness.simulator.faults.clear();
  await expect.poll(state).toBe('open');
  expect(path().slice(before, before + 2)).toEqual([
    ['degraded', 'silent'],
    ['waiting_retry', 'unresponsive'],
  ]);
  expect(path().at(-1)).toEqual(['open', null]);
});
