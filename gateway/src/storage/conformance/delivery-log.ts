import { describe, expect, it } from 'vitest';
import type { DeliveryFilter } from '../../webhooks/store.ts';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { joined, sampleAttempt, sampleDelivery } from './samples.ts';

/** The contract of the delivery log in `WebhookStore`: listing, counting, replaying. */
export function describeDeliveryLog(make: MakeVessel): void {
  describe('delivery log', () => {
    describeListing(make);
    describeFilters(make);
    describeReplay(make);
  });
}

/** Ids that sort in the order of their making, as those of the service do. */
const idOf = (i: number) => `e${String(i).padStart(6, '0')}`;

async function finish({ storage }: World, ids: readonly string[], state: 'delivered' | 'failed') {
  await storage.webhooks.recordAttempts(
    ids.map((deliveryId) => ({ deliveryId, attempt: sampleAttempt(1), after: { state } })),
  );
}

function describeListing(make: MakeVessel): void {
  const world = useWorld(make);

  it('shows a delivery with what it is about', async () => {
    const { storage, clock } = world();
    await storage.events.append(sampleDelivery('e1', { event: 'poll.vote', notBeforeMs: 7 }));
    expect(await storage.webhooks.deliveries('hook', { limit: 10 })).toEqual([
      {
        id: 'de1',
        endpointId: 'hook',
        eventId: 'e1',
        event: 'poll.vote',
        sessionId: 'shop',
        orderKey: 'shop/chat',
        state: 'pending',
        queuedAtMs: clock.now(),
        nextAttemptAtMs: 7,
        attempts: [],
      },
    ]);
  });

  it('lists newest first, in pages', async () => {
    const { storage } = world();
    const ids = Array.from({ length: 7 }, (_, i) => idOf(i));
    await storage.events.append(joined(...ids.map((id) => sampleDelivery(id))));
    const seen: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await storage.webhooks.deliveries('hook', {
        limit: 3,
        ...(before ? { before } : {}),
      });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1)?.id;
    }
    expect(seen).toEqual(ids.map((id) => `d${id}`).reverse());
    expect(await storage.webhooks.deliveries('unknown', { limit: 3 })).toEqual([]);
  });

  it('goes on where it was when the last one seen is no longer kept', async () => {
    const { storage, clock } = world();
    const ids = [0, 1, 2].map(idOf);
    await storage.events.append(joined(...ids.map((id) => sampleDelivery(id))));
    const page = await storage.webhooks.deliveries('hook', { limit: 9, before: `d${idOf(1)}x` });
    expect(page.map(({ id }) => id)).toEqual([`d${idOf(1)}`, `d${idOf(0)}`]);
    await clock.advance(1);
    await storage.events.prune({ beforeMs: clock.now(), keepRows: 0 }, 10);
    expect(await storage.webhooks.deliveries('hook', { limit: 9, before: `d${idOf(1)}` })).toEqual(
      [],
    );
  });

  it('shows the newest 50 attempts of very many, oldest first', async () => {
    const { storage } = world();
    await storage.events.append(sampleDelivery('e1'));
    for (let number = 1; number <= 60; number++) {
      await storage.webhooks.recordAttempt('de1', sampleAttempt(number), {
        state: 'pending',
        nextAttemptAtMs: number,
      });
    }
    const [record] = await storage.webhooks.deliveries('hook', { limit: 1 });
    const numbers = record?.attempts.map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i + 11));
  });
}

function describeFilters(make: MakeVessel): void {
  const world = useWorld(make);
  const TOTAL = 11_000;

  /** Long enough that a driver which reads in windows needs several. */
  async function fill(): Promise<void> {
    const { storage, clock } = world();
    const make = (i: number) =>
      sampleDelivery(idOf(i), {
        orderKey: `chat${i % 1_000}`,
        event: i % 5 === 0 ? 'session.qr' : 'message.received',
        endpointId: i % 11 === 0 ? 'other' : 'hook',
      });
    const half = TOTAL / 2;
    await storage.events.append(joined(...Array.from({ length: half }, (_, i) => make(i))));
    await clock.advance(1_000);
    await storage.events.append(joined(...Array.from({ length: half }, (_, i) => make(i + half))));
    await finish(
      world(),
      [1, 1_001, 10_001].map((i) => `d${idOf(i)}`),
      'failed',
    );
    await finish(
      world(),
      [2, 10_002].map((i) => `d${idOf(i)}`),
      'delivered',
    );
  }

  it('narrows by every field, and counts the same as it lists', async () => {
    await fill();
    const { webhooks } = world().storage;
    const nowMs = world().clock.now();
    const all = Array.from({ length: TOTAL }, (_, i) => i).filter((i) => i % 11 !== 0);
    const cases: [DeliveryFilter, (i: number) => boolean][] = [
      [{}, () => true],
      [{ state: 'failed' }, (i) => [1, 1_001, 10_001].includes(i)],
      [{ state: 'delivered' }, (i) => [2, 10_002].includes(i)],
      [{ orderKey: 'chat7' }, (i) => i % 1_000 === 7],
      [{ event: 'session.qr', orderKey: 'chat5' }, (i) => i % 1_000 === 5],
      [{ event: 'session.*', orderKey: 'chat7' }, () => false],
      [{ event: 'message.*', fromMs: nowMs }, (i) => i >= TOTAL / 2 && i % 5 !== 0],
      [{ event: '*', toMs: nowMs, orderKey: 'chat3' }, (i) => i < TOTAL / 2 && i % 1_000 === 3],
      [{ ids: [3, 3, 11, 9_000].map((i) => `d${idOf(i)}`) }, (i) => i === 3 || i === 9_000],
      [{ ids: [`d${idOf(1)}`], state: 'pending' }, () => false],
      [{ ids: [] }, () => false],
    ];
    for (const [filter, fits] of cases) {
      const expected = all.filter(fits).map((i) => `d${idOf(i)}`);
      expect(await webhooks.countDeliveries('hook', filter), JSON.stringify(filter)).toBe(
        expected.length,
      );
      const listed = await webhooks.deliveries('hook', { ...filter, limit: 5 });
      expect(listed.map(({ id }) => id)).toEqual(expected.reverse().slice(0, 5));
    }
  });
}

function describeReplay(make: MakeVessel): void {
  const world = useWorld(make);
  const dueIds = async () =>
    (await world().storage.webhooks.due('hook', world().clock.now(), 99)).map(({ id }) => id);

  it('makes finished deliveries pending again, with their history, in their old place', async () => {
    const { storage, clock } = world();
    const ids = [0, 1, 2].map(idOf);
    await storage.events.append(joined(...ids.map((id) => sampleDelivery(id))));
    await finish(world(), [`d${idOf(0)}`], 'failed');
    expect(await dueIds()).toEqual([`d${idOf(1)}`]);
    await clock.advance(500);
    const step = { limit: 10, after: null };
    expect(await storage.webhooks.replay('hook', {}, clock.now(), step)).toMatchObject({
      replayed: 1,
    });
    const [head] = await storage.webhooks.due('hook', clock.now(), 9);
    expect(head).toMatchObject({ id: `d${idOf(0)}`, attempts: 1, scheduleBase: 1 });
    expect(await dueIds()).toHaveLength(1);
    await storage.webhooks.recordAttempt(`d${idOf(0)}`, sampleAttempt(2), { state: 'delivered' });
    expect(await dueIds()).toEqual([`d${idOf(1)}`]);
  });

  it('lets what is replayed behind a pending delivery wait for it', async () => {
    const { storage, clock } = world();
    await storage.events.append(joined(sampleDelivery(idOf(0)), sampleDelivery(idOf(1))));
    await storage.webhooks.recordAttempts([
      { deliveryId: `d${idOf(1)}`, attempt: null, after: { state: 'delivered' } },
    ]);
    await storage.webhooks.replay('hook', {}, clock.now(), { limit: 10, after: null });
    expect(await dueIds()).toEqual([`d${idOf(0)}`]);
  });

  it('goes on in steps until nothing that matches is left', async () => {
    const { storage, clock } = world();
    const ids = Array.from({ length: 7 }, (_, i) => idOf(i));
    await storage.events.append(joined(...ids.map((id) => sampleDelivery(id, { orderKey: id }))));
    await finish(
      world(),
      ids.map((id) => `d${id}`),
      'failed',
    );
    await finish(world(), ['unknown'], 'failed');
    let replayed = 0;
    for (let after: string | null = null; ; ) {
      const step = { limit: 3, after };
      const done = await storage.webhooks.replay('hook', { state: 'failed' }, clock.now(), step);
      replayed += done.replayed;
      if (done.last === null) break;
      after = done.last;
    }
    expect(replayed).toBe(7);
    expect(await dueIds()).toEqual(ids.map((id) => `d${id}`));
  });

  it('takes no notice of what retention removes meanwhile', async () => {
    const { storage, clock } = world();
    await storage.events.append(sampleDelivery(idOf(0)));
    await finish(world(), [`d${idOf(0)}`], 'failed');
    await clock.advance(1);
    await storage.events.append(sampleDelivery(idOf(1)));
    const rule = { beforeMs: clock.now(), keepRows: 10 };
    await Promise.all([
      storage.webhooks.replay('hook', {}, clock.now(), { limit: 10, after: null }),
      storage.events.prune(rule, 10),
    ]);
    expect(await dueIds()).toEqual([`d${idOf(1)}`]);
  });

  it('leaves alone what does not match or is pending', async () => {
    const { storage, clock } = world();
    const ids = [0, 1, 2].map(idOf);
    await storage.events.append(joined(...ids.map((id) => sampleDelivery(id, { orderKey: id }))));
    await finish(world(), [`d${idOf(0)}`], 'delivered');
    await finish(world(), [`d${idOf(1)}`], 'failed');
    const replay = (filter: DeliveryFilter) =>
      storage.webhooks.replay('hook', filter, clock.now(), { limit: 10, after: null });
    expect(await replay({ state: 'pending' })).toEqual({ replayed: 0, last: null });
    expect(await replay({ ids: [`d${idOf(2)}`] })).toEqual({ replayed: 0, last: null });
    expect(await replay({ ids: [`d${idOf(1)}`] })).toMatchObject({ replayed: 1 });
    expect(await dueIds()).toEqual([`d${idOf(1)}`, `d${idOf(2)}`]);
  });
}
