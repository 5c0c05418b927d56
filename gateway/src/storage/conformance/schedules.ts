import { describe, expect, it } from 'vitest';
import { type JobOrder, OrderOver } from '../../outbox/store.ts';
import type { Schedule } from '../../schedule/store.ts';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { nothing, report, sampleJob } from './samples.ts';

const NOW = 1_700_000_000_000;

const schedule = (key: number, id: string, fields: Partial<Schedule> = {}): Schedule => ({
  id,
  sessionKey: key,
  name: 'Menu',
  rhythm: { cron: '0 9 * * *', timeZone: 'America/Sao_Paulo', startsAtMs: 1, endsAtMs: null },
  maxOccurrences: 9,
  enabled: true,
  to: '5511999999999',
  content: { text: 'Hello 👋' },
  nextAtMs: NOW,
  made: 0,
  missed: 0,
  revision: 1,
  createdAtMs: NOW,
  updatedAtMs: NOW,
  idempotency: null,
  ...fields,
});

const order = (revision: number, fields: Partial<JobOrder> = {}): JobOrder =>
  ({
    kind: 'schedule',
    scheduleId: 's1',
    revision,
    occurrenceMs: NOW,
    step: { nextAtMs: NOW + 10, missed: 2 },
    ...fields,
  }) as JobOrder;

function make(world: World, key: number, messageId: string, given: JobOrder): Promise<unknown> {
  return world.storage.outbox.enqueue(sampleJob(key, messageId), {
    dueAtMs: NOW,
    expiresAtMs: null,
    priority: 'direct',
    textKey: null,
    effort: { kind: 'none' },
    order: given,
  });
}

/** The contract of `ScheduleStore`, and of jobs that a schedule orders. */
export function describeScheduleStore(make: MakeVessel): void {
  describe('schedules', () => {
    describeKeeping(make);
    describeOccurrences(make);
  });
}

function describeKeeping(makeVessel: MakeVessel): void {
  const world = useWorld(makeVessel);

  it('keeps a schedule as it was given, lists the newest first, and at most so many', async () => {
    const key = await world().session();
    for (const id of ['s1', 's2']) {
      expect(await world().storage.schedules.create(schedule(key, id), 2)).toBe(true);
    }
    expect(await world().storage.schedules.create(schedule(key, 's3'), 2)).toBe(false);
    await world().reopen();
    const { schedules } = world().storage;
    expect(await schedules.find('s1')).toEqual(schedule(key, 's1'));
    expect(await schedules.find('s3')).toBeNull();
    expect((await schedules.list(key, 9, null)).map(({ id }) => id)).toEqual(['s2', 's1']);
    expect((await schedules.list(key, 9, 's2')).map(({ id }) => id)).toEqual(['s1']);
    // As when the one that the page before ended with has been removed.
    expect((await schedules.list(key, 9, 's1x')).map(({ id }) => id)).toEqual(['s1']);
  });

  it('remembers which request made a schedule, while it is there', async () => {
    const key = await world().session();
    const idempotency = { key: 'k', requestHash: 'h' };
    await world().storage.schedules.create(schedule(key, 's1', { idempotency }), 9);
    await world().reopen();
    const { schedules } = world().storage;
    expect(await schedules.find('s1')).toEqual(schedule(key, 's1', { idempotency }));
    expect(await schedules.remembered(key, 'k', NOW - 1)).toEqual({ requestHash: 'h', id: 's1' });
    expect(await schedules.remembered(key, 'other', NOW - 1)).toBeNull();
    expect(await schedules.remembered(key, 'k', NOW)).toBeNull();
    await schedules.remove('s1');
    expect(await schedules.remembered(key, 'k', NOW - 1)).toBeNull();
  });

  it('changes a schedule only as it was read', async () => {
    const key = await world().session();
    const { schedules } = world().storage;
    await schedules.create(schedule(key, 's1'), 9);
    const changed = schedule(key, 's1', { name: null, enabled: false, nextAtMs: null });
    expect(await schedules.change(changed)).toBe(true);
    expect(await schedules.change(changed)).toBe(false);
    expect(await schedules.find('s1')).toEqual({ ...changed, revision: 2 });
    expect(await schedules.remove('s1')).toBe(true);
    expect(await schedules.remove('s1')).toBe(false);
    expect(await schedules.change({ ...changed, revision: 2 })).toBe(false);
  });

  it('tells what is due, the earliest first, and what comes next', async () => {
    const key = await world().session();
    const { schedules } = world().storage;
    expect(await schedules.nextAtMs([])).toBeNull();
    for (const [id, nextAtMs] of [
      ['late', NOW + 5],
      ['soon', NOW + 1],
      ['never', null],
    ] as const) {
      await schedules.create(schedule(key, id, { nextAtMs }), 9);
    }
    const due = async (nowMs: number, except: string[] = []) =>
      (await schedules.due(nowMs, except, 9)).map(({ id }) => id);
    expect(await due(NOW)).toEqual([]);
    expect(await due(NOW + 5)).toEqual(['soon', 'late']);
    expect(await due(NOW + 5, ['soon'])).toEqual(['late']);
    expect(await schedules.due(NOW + 5, [], 1)).toHaveLength(1);
    expect(await schedules.nextAtMs([])).toBe(NOW + 1);
    expect(await schedules.nextAtMs(['soon'])).toBe(NOW + 5);
  });

  it('goes with its session', async () => {
    const key = await world().session();
    const { schedules, sessions } = world().storage;
    await schedules.create(schedule(key, 's1'), 9);
    await sessions.remove(key, nothing);
    expect(await schedules.find('s1')).toBeNull();
    expect(await schedules.nextAtMs([])).toBeNull();
    await expect(schedules.create(schedule(key, 's1'), 9)).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });
}

function describeOccurrences(makeVessel: MakeVessel): void {
  const world = useWorld(makeVessel);

  it('moves on in the transaction that makes the job, so that each makes one', async () => {
    const key = await world().session();
    const { schedules } = world().storage;
    await schedules.create(schedule(key, 's1'), 9);
    await make(world(), key, 'm1', order(1));
    await expect(make(world(), key, 'm2', order(1))).rejects.toBeInstanceOf(OrderOver);
    await world().reopen();
    const { storage } = world();
    expect(await storage.outbox.pending(key, 9)).toHaveLength(1);
    expect(await storage.schedules.find('s1')).toMatchObject({
      nextAtMs: NOW + 10,
      made: 1,
      missed: 2,
      revision: 2,
    });
    expect(await storage.schedules.occurrences('s1')).toEqual([
      { atMs: NOW, messageId: 'm1', fault: null, messageStatus: 'queued' },
    ]);
    // A job that cannot be made moves nothing.
    await expect(make(world(), key, 'm1', order(2))).rejects.toThrow();
    expect(await storage.schedules.find('s1')).toMatchObject({ made: 1, revision: 2 });
  });

  it('makes nothing of a schedule that was changed, removed or is of another session', async () => {
    const key = await world().session();
    const other = await world().session('other');
    const { schedules, outbox } = world().storage;
    await schedules.create(schedule(key, 's1'), 9);
    await expect(make(world(), other, 'm1', order(1))).rejects.toBeInstanceOf(OrderOver);
    await schedules.change(schedule(key, 's1', { enabled: false, nextAtMs: null }));
    await expect(make(world(), key, 'm1', order(1))).rejects.toBeInstanceOf(OrderOver);
    await schedules.remove('s1');
    await expect(make(world(), key, 'm1', order(2))).rejects.toBeInstanceOf(OrderOver);
    expect(await outbox.sessionsWithPending()).toEqual([]);
  });

  it('moves on without a message, with the reason and its event; keeps the last twenty', async () => {
    const key = await world().session();
    const { schedules, events } = world().storage;
    await schedules.create(schedule(key, 's1'), 9);
    const fault = { code: 'recipient_opted_out', reason: 'No.' } as const;
    const step = { nextAtMs: NOW + 10, missed: 1 };
    const notMade = { ...fault, atMs: NOW };
    expect(await schedules.advance('s1', 1, step, notMade, report('e1'))).toBe(true);
    expect(await schedules.advance('s1', 1, step, notMade, report('e2'))).toBe(false);
    expect((await events.read('default', 0, 9)).map(({ id }) => id)).toEqual(['e1']);
    expect(await schedules.find('s1')).toMatchObject({ made: 0, missed: 1, nextAtMs: NOW + 10 });
    expect(await schedules.occurrences('s1')).toEqual([
      { atMs: NOW, messageId: null, fault, messageStatus: null },
    ]);
    await schedules.advance('s1', 2, { nextAtMs: null, missed: 5 }, null, nothing);
    expect(await schedules.find('s1')).toMatchObject({ missed: 6, nextAtMs: null });
    for (let n = 1; n < 25; n++) {
      await schedules.advance('s1', n + 2, step, { ...fault, atMs: NOW + n }, nothing);
    }
    const kept = (await schedules.occurrences('s1')).map(({ atMs }) => atMs - NOW);
    expect(kept).toEqual(Array.from({ length: 20 }, (_, n) => 24 - n));
  });
}
