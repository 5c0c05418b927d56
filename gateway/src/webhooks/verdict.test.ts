import { describe, expect, it } from 'vitest';
import type { FailureStage } from '../net/exchange.ts';
import { healthy } from './breaker.ts';
import { decide } from './decide.ts';
import { endpoint, message } from './testing/house.ts';
import { judge, type Verdict } from './verdict.ts';

const answer = (status: number, text = '', headers: Record<string, string> = {}) =>
  judge({ kind: 'answered', status, headers, body: Buffer.from(text), bodyState: 'complete' }, 0);

const PATIENCE = { 'retry-after': '30' };

describe('judging an answer', () => {
  it.each([
    [200, 'delivered'],
    [201, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'retry'],
    [304, 'retry'],
    [400, 'retry'],
    [401, 'retry'],
    [404, 'retry'],
    [410, 'gone'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [599, 'retry'],
  ])('%i means %s', (status, kind) => {
    expect(answer(status).kind).toBe(kind);
  });

  it('does not take the boot page of n8n for an answer', () => {
    const page = '<html><body>n8n is starting up. Please wait</body></html>';
    expect(answer(200, page)).toMatchObject({ kind: 'retry', stage: 'status' });
    expect(answer(201, page)).toEqual({ kind: 'delivered' });
  });

  it('takes a status for an answer even when the body broke off', () => {
    for (const bodyState of ['cut', 'broken', 'late'] as const) {
      const outcome = {
        kind: 'answered',
        status: 200,
        headers: {},
        body: new Uint8Array(),
      } as const;
      expect(judge({ ...outcome, bodyState }, 0)).toEqual({ kind: 'delivered' });
    }
  });

  it('hears a receiver ask for patience', () => {
    expect(answer(429, '', PATIENCE)).toMatchObject({ retryAfterMs: 30_000, throttled: true });
    expect(answer(503, '', PATIENCE)).toMatchObject({ retryAfterMs: 30_000, throttled: true });
    expect(answer(500, '', PATIENCE)).toMatchObject({ retryAfterMs: 30_000, throttled: false });
    expect(answer(429)).toMatchObject({ retryAfterMs: null, throttled: false });
  });

  it.each<[FailureStage, Partial<Verdict>]>([
    ['guard', { kind: 'retry', stage: 'guard' }],
    ['dns', { kind: 'retry', stage: 'dns' }],
    ['connect', { kind: 'retry', stage: 'connect' }],
    ['tls', { kind: 'retry', stage: 'tls' }],
    ['timeout', { kind: 'retry', stage: 'timeout' }],
    ['broken', { kind: 'retry', stage: 'body' }],
    ['aborted', { kind: 'abandoned' }],
  ])('a failure of stage %s', (stage, expected) => {
    expect(judge({ kind: 'failed', stage, message: 'why' }, 0)).toMatchObject(expected);
  });
});

describe('deciding what follows', () => {
  const { data, event, sessionId, workspaceId, orderKey } = message('hello');
  const situation = {
    endpoint: endpoint('one', 'http://x/', { retryDelaysMs: [1_000, 2_000] }),
    health: healthy('one'),
    delivery: {
      id: 'd',
      endpointId: 'one',
      orderKey,
      attempts: 0,
      scheduleBase: 0,
      firstQueuedAtMs: 0,
      event: { id: 'e', event, sessionId, workspaceId, timestampMs: 0, data },
    },
    nowMs: 100,
    chance: 0.5,
  };
  const retry = { kind: 'retry', stage: 'status', error: 'no' } as const;
  const plain = { ...retry, retryAfterMs: null, throttled: false };
  const tried = (attempts: number, scheduleBase = 0) => ({
    ...situation,
    delivery: { ...situation.delivery, attempts, scheduleBase },
  });

  it('walks through the schedule and gives up at its end', () => {
    const pending = (nextAttemptAtMs: number) => ({ state: 'pending', nextAttemptAtMs });
    expect(decide(plain, tried(0)).after).toEqual(pending(1_100));
    expect(decide(plain, tried(1)).after).toEqual(pending(2_100));
    expect(decide(plain, tried(2)).after).toEqual({ state: 'failed' });
    expect(decide(plain, tried(7, 7)).after).toEqual(pending(1_100));
    expect(decide(plain, tried(199, 199)).after).toEqual({ state: 'failed' });
  });

  it('keeps the delivery of a receiver that is gone, for when it is switched on again', () => {
    const gone = decide({ kind: 'gone', error: '410' }, situation);
    expect(gone).toMatchObject({ after: { state: 'pending' }, news: 'disabled' });
    const classic = { ...situation, endpoint: { ...situation.endpoint, form: 'classic' as const } };
    const stays = decide({ kind: 'gone', error: '410' }, classic);
    expect(stays).toMatchObject({ news: null, health: { disabled: null, failures: 1 } });
  });

  it('slows the whole endpoint down when it asks for that', () => {
    const throttled = { ...retry, retryAfterMs: 60_000, throttled: true };
    expect(decide(throttled, situation)).toMatchObject({
      after: { nextAttemptAtMs: 60_100 },
      health: { openUntilMs: 60_100 },
    });
    const alone = { ...throttled, throttled: false };
    expect(decide(alone, situation).health.openUntilMs).toBeNull();
  });
});
