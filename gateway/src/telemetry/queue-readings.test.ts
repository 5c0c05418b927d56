import { expect, it } from 'vitest';
import { queueReadings } from './queue-readings.ts';

const SESSIONS = new Map([
  ['support', [1_000, 5_000, 90_000]],
  ['sales', [4_000]],
  ['idle', []],
]);

const queue = {
  sessionsWithPending: async () => [...SESSIONS.keys()],
  counts: async (key: string, nowMs: number) => {
    const places = SESSIONS.get(key) ?? [];
    const due = places.filter((dueAtMs) => dueAtMs <= nowMs).length;
    return { due, scheduled: places.length - due };
  },
  due: async (key: string, { dueByMs }: { dueByMs: number }) =>
    (SESSIONS.get(key) ?? [])
      .filter((dueAtMs) => dueAtMs <= dueByMs)
      .slice(0, 1)
      .map((dueAtMs) => ({ head: { dueAtMs } })),
};

it('counts what waits in all sessions, and how long the first has been due', async () => {
  const [messages, age] = queueReadings(queue, () => 61_000);
  expect(await messages?.read()).toEqual({ due: 3, scheduled: 1 });
  expect(await age?.read()).toEqual({ '': 60 });
});

it('shows no age while nothing is due', async () => {
  const [, age] = queueReadings(queue, () => 500);
  expect(await age?.read()).toEqual({ '': 0 });
});
