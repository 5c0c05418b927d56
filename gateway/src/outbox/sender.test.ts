import { expect, it } from 'vitest';
import { notOpen } from './sender.ts';
import { session } from './testing/set-up.ts';

it('says when a session that cannot send tries again, and why it is away', () => {
  const problem = notOpen(session, {
    name: 'waiting_retry',
    sinceMs: 0,
    reason: 'connection_lost',
    nextRetryAtMs: 60_000,
  });
  expect(problem).toMatchObject({ code: 'session_not_open' });
  expect(problem.message).toContain('(connection_lost)');
  expect(problem.message).toContain('1970-01-01T00:01:00.000Z');
});
