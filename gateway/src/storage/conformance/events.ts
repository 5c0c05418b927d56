import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { joined, nothing, report, sampleAttempt, sampleDelivery, sampleEvent } from './samples.ts';

/** The contract of `EventStore`. */
export function describeEventStore(make: MakeVessel): void {
  describe('events', () => {
    describeLog(make);
    describeNumbering(make);
    describeFilter(make);
    describeRetentionByAge(make);
    describeRetentionByRows(make);
  });
}

const idsOf = async (world: World, after = 0, limit = 100) =>
  (await world.storage.events.read('default', after, limit)).map(({ id }) => id);

function describeLog(make: MakeVessel): void {
  const world = useWorld(make);

  it('reads events back as they were, oldest first, in pages', async () => {
    const { events } = world().storage;
    await events.append(report('e1', 'e2', 'e3'));
    await world().reopen();
    expect(await world().storage.events.read('default', 0, 1)).toEqual([
      { ...sampleEvent('e1'), seq: 1 },
    ]);
    expect(await idsOf(world(), 1)).toEqual(['e2', 'e3']);
    expect(await idsOf(world(), 3)).toEqual([]);
    expect(await idsOf(world(), 0, 2)).toEqual(['e1', 'e2']);
  });

  it('passes over what is already there, so that a batch can be written again', async () => {
    const { events, webhooks } = world().storage;
    const batch = sampleDelivery('e1');
    await events.append(batch);
    await events.append(joined(batch, sampleDelivery('e2')));
    expect(await events.read('default', 0, 10)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    expect(await webhooks.countDeliveries('hook', {})).toBe(2);
  });

  it('takes a delivery of an earlier event, and refuses one of an event that is not kept', async () => {
    const { events, webhooks } = world().storage;
    await events.append(report('e1'));
    const deliver = (eventId: string) => ({
      ...report('e2'),
      deliveries: [{ id: `d${eventId}`, eventId, endpointId: 'hook', orderKey: 'c' }],
    });
    await expect(events.append(deliver('unknown'))).rejects.toThrow();
    expect(await idsOf(world())).toEqual(['e1']);
    await events.append(deliver('e1'));
    expect(await webhooks.due('hook', world().clock.now(), 10)).toMatchObject([{ id: 'de1' }]);
  });

  it('answers how far the log reaches', async () => {
    const { events } = world().storage;
    expect(await events.bounds('default')).toEqual({ oldest: 1, newest: 0 });
    await events.append(report('e1', 'e2'));
    expect(await events.bounds('default')).toEqual({ oldest: 1, newest: 2 });
    expect(await events.bounds('other')).toEqual({ oldest: 1, newest: 0 });
  });
}

function describeNumbering(make: MakeVessel): void {
  const world = useWorld(make);

  it('counts each workspace without gaps, whatever is written or refused at the same time', async () => {
    const workspace = fc.constantFrom('a', 'b', 'c');
    const batch = fc.record({
      workspaces: fc.array(workspace, { maxLength: 4 }),
      bad: fc.boolean(),
    });
    const expected = new Map<string, string[]>([
      ['a', []],
      ['b', []],
      ['c', []],
    ]);
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 6 }), async (batches) => {
        const { events } = world().storage;
        const calls = batches.map(({ workspaces, bad }) => {
          const records = workspaces.map((workspaceId) =>
            sampleEvent(`e${made++}`, { workspaceId }),
          );
          if (!bad) for (const { workspaceId, id } of records) expected.get(workspaceId)?.push(id);
          const lost = { id: 'x', eventId: 'unknown', endpointId: 'hook', orderKey: 'c' };
          return events.append({ events: records, deliveries: bad ? [lost] : [] });
        });
        const outcomes = await Promise.allSettled(calls);
        expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(
          batches.map(({ bad }) => bad),
        );
        for (const [workspaceId, ids] of expected) {
          const found = await events.read(workspaceId, 0, 10_000);
          expect(found.map(({ id }) => id)).toEqual(ids);
          expect(found.map(({ seq }) => seq)).toEqual(ids.map((_, index) => index + 1));
        }
      }),
      { numRuns: 25 },
    );
  });
}

function describeFilter(make: MakeVessel): void {
  const world = useWorld(make);
  const NAMES = ['message.received', 'message.read', 'session.qr', 'poll.vote'];

  it('answers those that pass, in pages, also when they are rare', async () => {
    const { events } = world().storage;
    const all = Array.from({ length: 1_300 }, (_, i) =>
      sampleEvent(`e${i}`, {
        event: NAMES[i % 100 === 0 ? 2 : i % 2] ?? '',
        sessionId: i % 3 === 0 ? 'shop' : 'other',
      }),
    );
    await events.append({ events: all, deliveries: [] });
    const ids = async (filter: Parameters<typeof events.read>[3], after = 0, limit = 2_000) =>
      (await events.read('default', after, limit, filter)).map(({ id }) => id);
    const expected = (fits: (event: (typeof all)[number]) => boolean) =>
      all.filter(fits).map(({ id }) => id);

    expect(await ids({ events: ['session.qr'] })).toEqual(
      expected((e) => e.event === 'session.qr'),
    );
    expect(await ids({ events: ['message.*', 'poll.vote'] })).toEqual(
      expected((e) => e.event.startsWith('message.')),
    );
    expect(await ids({ events: ['*'], sessionId: 'shop' })).toEqual(
      expected((e) => e.sessionId === 'shop'),
    );
    expect(await ids({ events: ['session.qr'] }, 1_000, 2)).toEqual(['e1000', 'e1100']);
    expect(await ids({ events: [] })).toEqual([]);
    expect(await ids({ events: ['message'] })).toEqual([]);
  });
}

const keepAll = Number.MAX_SAFE_INTEGER;

function describeRetentionByAge(make: MakeVessel): void {
  const world = useWorld(make);

  it('removes what was written before an instant, in steps, and counts on from there', async () => {
    const { clock, storage } = world();
    await storage.events.append(report('e1', 'e2', 'e3'));
    await clock.advance(1_000);
    await storage.events.append(report('e4'));
    const rule = { beforeMs: clock.now(), keepRows: keepAll };
    const steps = [];
    for (let step = 0; step < 3; step++) steps.push(await storage.events.prune(rule, 2));
    expect(steps).toEqual([2, 1, 0]);
    expect(await idsOf(world())).toEqual(['e4']);
    expect(await storage.events.bounds('default')).toEqual({ oldest: 4, newest: 4 });
    await clock.advance(1_000);
    await storage.events.prune({ ...rule, beforeMs: clock.now() }, 10);
    expect(await storage.events.bounds('default')).toEqual({ oldest: 5, newest: 4 });
    await storage.events.append(report('e5'));
    expect(await storage.events.read('default', 0, 10)).toMatchObject([{ id: 'e5', seq: 5 }]);
  });

  it('takes pending deliveries along, and what stood behind them moves up', async () => {
    const { clock, storage } = world();
    await storage.events.append(sampleDelivery('e1'));
    await clock.advance(1_000);
    await storage.events.append(sampleDelivery('e2'));
    await storage.webhooks.recordAttempt('de1', sampleAttempt(1), {
      state: 'pending',
      nextAttemptAtMs: clock.now() + 60_000,
    });
    expect(await storage.webhooks.due('hook', clock.now(), 10)).toEqual([]);
    await storage.events.prune({ beforeMs: clock.now(), keepRows: keepAll }, 10);
    expect(await storage.webhooks.due('hook', clock.now(), 10)).toMatchObject([{ id: 'de2' }]);
    expect(await storage.webhooks.countDeliveries('hook', {})).toBe(1);
  });
}

function describeRetentionByRows(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps the newest of each workspace, and whatever has a pending delivery', async () => {
    const { clock, storage } = world();
    const finish = (id: string) =>
      storage.webhooks.recordAttempt(id, sampleAttempt(1), { state: 'delivered' });
    const names = ['e1', 'e2', 'e3', 'e4', 'e5'];
    for (const id of names) {
      await storage.events.append(sampleDelivery(id, { orderKey: id }));
      if (id !== 'e2') await finish(`d${id}`);
    }
    await storage.events.append({
      events: [sampleEvent('o1', { workspaceId: 'other' })],
      deliveries: [],
    });
    const rule = { beforeMs: 0, keepRows: 2 };
    expect(await storage.events.prune(rule, 10)).toBe(2);
    expect(await storage.events.prune(rule, 10)).toBe(0);
    expect(await idsOf(world())).toEqual(['e2', 'e4', 'e5']);
    expect(await storage.events.read('other', 0, 10)).toHaveLength(1);
    const left = await storage.webhooks.deliveries('hook', { limit: 10 });
    expect(left.map(({ id }) => id)).toEqual(['de5', 'de4', 'de2']);

    await finish('de2');
    expect(await storage.events.prune(rule, 10)).toBe(1);
    expect(await idsOf(world())).toEqual(['e4', 'e5']);
    expect(await storage.webhooks.due('hook', clock.now(), 10)).toEqual([]);
  });

  it('gets past a backlog longer than one look', async () => {
    const { storage } = world();
    const backlog = Array.from({ length: 2_500 }, (_, i) => sampleDelivery(`p${i}`));
    await storage.events.append(joined(...backlog));
    await storage.events.append(report('e1', 'e2', 'e3'));
    expect(await storage.events.prune({ beforeMs: 0, keepRows: 1 }, 10)).toBe(2);
    expect(await storage.events.prune({ beforeMs: 0, keepRows: 1 }, 10)).toBe(0);
    await storage.events.append(nothing);
    expect((await storage.events.bounds('default')).newest).toBe(2_503);
    expect(await idsOf(world(), 2_500)).toEqual(['e3']);
  });
}
