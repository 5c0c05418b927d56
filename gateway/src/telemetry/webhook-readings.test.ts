import { expect, it } from 'vitest';
import { createWebhookMeter } from './webhook-readings.ts';

it('tells what became of attempts, and how long the oldest overdue delivery waits', async () => {
  const meter = createWebhookMeter();
  const attempt = (number: number) => ({ number, durationMs: 500 });
  meter.note([
    { attempt: attempt(1), after: { state: 'delivered' } },
    { attempt: attempt(2), after: { state: 'failed' } },
    { attempt: attempt(3), after: { state: 'pending' } },
    // Moved without an attempt.
    { attempt: null, after: { state: 'delivered' } },
  ]);
  const due: Record<string, number | null> = { early: 4_000, late: 90_000, idle: null };
  const readings = meter.readings(
    { nextDueAtMs: async (id) => due[id] ?? null },
    () => Object.keys(due).map((id) => ({ id })),
    () => 10_000,
  );
  const figures = await Promise.all(readings.map(async ({ name, read }) => [name, await read()]));
  expect(Object.fromEntries(figures)).toEqual({
    webhook_attempts_total: { delivered: 1, retry: 1, failed: 1 },
    webhook_retries_total: { '': 2 },
    webhook_attempt_seconds_total: { '': 1.5 },
    webhook_lag_seconds: { '': 6 },
  });
});
