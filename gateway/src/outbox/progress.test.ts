import { expect, it } from 'vitest';
import { catalogue } from '../events/catalogue/catalogue.ts';
import { isWorthTelling, progressDraft } from './progress.ts';
import { session } from './testing/set-up.ts';
import type { QueueOverview } from './waiting.ts';

const overview = (due: number, next: QueueOverview['next']): QueueOverview => ({
  counts: { total: due, due, scheduled: 0, bulk: 0, tried: 0 },
  pausedAtMs: null,
  next,
});

it('is worth telling when the queue is long or held for long', () => {
  expect(isWorthTelling(overview(99, null), 0)).toBe(false);
  expect(isWorthTelling(overview(100, null), 0)).toBe(true);
  expect(isWorthTelling(overview(1, { reason: 'pause', atMs: 59_999 }), 0)).toBe(false);
  expect(isWorthTelling(overview(1, { reason: 'cold_limit_hour', atMs: 60_000 }), 0)).toBe(true);
  expect(isWorthTelling(overview(1, { reason: 'disconnected', atMs: null }), 0)).toBe(true);
});

it('tells it as the catalogue says', () => {
  const definition = catalogue.find(({ name }) => name === 'outbox.progress');
  for (const next of [null, { reason: 'quiet_hours', atMs: 1000 } as const]) {
    const { data } = progressDraft(session, overview(3, next));
    expect(definition?.data.safeParse(data).error).toBeUndefined();
  }
});
