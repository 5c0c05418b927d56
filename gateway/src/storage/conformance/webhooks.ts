import { describe, expect, it } from 'vitest';
import type { EndpointHealth } from '../../webhooks/store.ts';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { joined, sampleAttempt, sampleDelivery, sampleEndpoint } from './samples.ts';

/** The contract of `WebhookStore`, but for the log (see `delivery-log.ts`). */
export function describeWebhookStore(make: MakeVessel): void {
  describe('webhooks', () => {
    describeEndpoints(make);
    describeDue(make);
    describeWaiting(make);
    describeAttempts(make);
    describeHasten(make);
  });
}

const dueIds = async ({ storage, clock }: World, limit = 100) =>
  (await storage.webhooks.due('hook', clock.now(), limit)).map(({ id }) => id);

function describeEndpoints(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps endpoints with all their settings, oldest first', async () => {
    const { webhooks } = world().storage;
    const young = sampleEndpoint('a', { createdAtMs: 2, secret: null, basicAuth: null });
    const old = sampleEndpoint('b', { createdAtMs: 1, active: false, form: 'classic' });
    await webhooks.saveEndpoint(young);
    await webhooks.saveEndpoint(old);
    await world().reopen();
    expect(await world().storage.webhooks.endpoints()).toEqual([old, young]);
    const changed = { ...young, events: ['*'], url: 'https://example.org/other' };
    await world().storage.webhooks.saveEndpoint(changed);
    expect(await world().storage.webhooks.endpoints()).toEqual([old, changed]);
  });

  it('keeps the health of any endpoint, saved or not', async () => {
    const { webhooks } = world().storage;
    const health: EndpointHealth = {
      endpointId: 'env',
      failures: 3,
      failingSinceMs: 1,
      openings: 2,
      openUntilMs: 9,
      reportedAtMs: null,
      disabled: { reason: 'gone', atMs: 4 },
    };
    await webhooks.saveHealth({ ...health, failures: 1 });
    await webhooks.saveHealth(health);
    await world().reopen();
    expect(await world().storage.webhooks.healths()).toEqual([health]);
  });

  it('removes an endpoint with its health, deliveries and attempts, and no other', async () => {
    const { webhooks, events } = world().storage;
    await webhooks.saveEndpoint(sampleEndpoint('hook'));
    const others = sampleDelivery('e0', { endpointId: 'other' });
    const own = Array.from({ length: 1_100 }, (_, i) => sampleDelivery(`e${i + 1}`));
    await events.append(joined(others, ...own));
    await webhooks.recordAttempt('de1', sampleAttempt(1), { state: 'delivered' });
    await webhooks.removeEndpoint('hook');
    await webhooks.removeEndpoint('hook');
    expect(await webhooks.endpoints()).toEqual([]);
    expect(await webhooks.countDeliveries('hook', {})).toBe(0);
    expect(await webhooks.countDeliveries('other', {})).toBe(1);
    expect(await events.bounds('default')).toEqual({ oldest: 1, newest: 1_101 });
  });

  it('gives an endpoint made anew under the old id none of the old deliveries', async () => {
    const { webhooks, events } = world().storage;
    await events.append(sampleDelivery('e1'));
    await webhooks.removeEndpoint('hook');
    await webhooks.saveEndpoint(sampleEndpoint('hook'));
    await events.append(sampleDelivery('e2'));
    expect(await dueIds(world())).toEqual(['de2']);
    await webhooks.recordAttempt('de1', sampleAttempt(1), { state: 'delivered' });
    expect(await webhooks.countDeliveries('hook', {})).toBe(1);
  });
}

function describeDue(make: MakeVessel): void {
  const world = useWorld(make);

  it('hands out a delivery with its event', async () => {
    const { storage, clock } = world();
    const batch = sampleDelivery('e1');
    await storage.events.append(batch);
    const { orderKey: _, ...event } = batch.events[0] ?? { orderKey: '' };
    expect(await storage.webhooks.due('hook', clock.now(), 10)).toEqual([
      {
        id: 'de1',
        endpointId: 'hook',
        orderKey: 'shop/chat',
        attempts: 0,
        scheduleBase: 0,
        firstQueuedAtMs: clock.now(),
        event,
      },
    ]);
    expect(await storage.webhooks.due('unknown', clock.now(), 10)).toEqual([]);
  });

  it('answers heads only, and the next of a chat after its head is finished', async () => {
    const { storage } = world();
    const batches = ['a1', 'a2', 'b1', 'b2'].map((id) =>
      sampleDelivery(id, { orderKey: id.slice(0, 1) }),
    );
    await storage.events.append(joined(...batches));
    expect(await dueIds(world())).toEqual(['da1', 'db1']);
    expect(await dueIds(world(), 1)).toEqual(['da1']);
    await storage.webhooks.recordAttempt('da1', sampleAttempt(1), { state: 'delivered' });
    expect(await dueIds(world())).toEqual(['da2', 'db1']);
    await storage.webhooks.recordAttempt('db1', sampleAttempt(1), { state: 'failed' });
    expect(await dueIds(world())).toEqual(['da2', 'db2']);
  });

  it('holds back a chat whose head failed, and no other chat or endpoint', async () => {
    const { storage, clock } = world();
    const elsewhere = sampleDelivery('e3', { orderKey: 'a', endpointId: 'other' });
    const batches = [
      sampleDelivery('e1', { orderKey: 'a' }),
      sampleDelivery('e2', { orderKey: 'a' }),
    ];
    await storage.events.append(
      joined(...batches, elsewhere, sampleDelivery('e4', { orderKey: 'b' })),
    );
    const nextAttemptAtMs = clock.now() + 5_000;
    await storage.webhooks.recordAttempt('de1', sampleAttempt(1), {
      state: 'pending',
      nextAttemptAtMs,
    });
    expect(await dueIds(world())).toEqual(['de4']);
    expect(await storage.webhooks.due('other', clock.now(), 9)).toMatchObject([{ id: 'de3' }]);
    await clock.advance(4_999);
    expect(await dueIds(world())).toEqual(['de4']);
    await clock.advance(1);
    expect(await dueIds(world())).toEqual(['de4', 'de1']);
    await world().reopen();
    expect(await dueIds(world())).toEqual(['de4', 'de1']);
  });
}

function describeWaiting(make: MakeVessel): void {
  const world = useWorld(make);

  it('waits until the instant that a delivery names', async () => {
    const { storage, clock } = world();
    await storage.events.append(sampleDelivery('e1', { notBeforeMs: clock.now() + 100 }));
    await storage.events.append(sampleDelivery('e2'));
    expect(await dueIds(world())).toEqual([]);
    await clock.advance(100);
    expect(await dueIds(world())).toEqual(['de1']);
  });

  it('answers when the next head is due', async () => {
    const { storage, clock } = world();
    const nowMs = clock.now();
    expect(await storage.webhooks.nextDueAtMs('hook')).toBeNull();
    await storage.events.append(sampleDelivery('e1', { orderKey: 'a', notBeforeMs: nowMs + 50 }));
    await storage.events.append(sampleDelivery('e2', { orderKey: 'a', notBeforeMs: nowMs + 10 }));
    await storage.events.append(sampleDelivery('e3', { orderKey: 'b', notBeforeMs: nowMs + 90 }));
    expect(await storage.webhooks.nextDueAtMs('hook')).toBe(nowMs + 50);
    expect(await storage.webhooks.nextDueAtMs('hook', nowMs + 50)).toBe(nowMs + 90);
    expect(await storage.webhooks.nextDueAtMs('hook', nowMs + 90)).toBeNull();
  });

  it('answers who waits in one order key, due or not', async () => {
    const { storage } = world();
    const later = world().clock.now() + 9_000;
    const first = sampleDelivery('e1', { notBeforeMs: later });
    const other = sampleDelivery('e3', { orderKey: 'other' });
    await storage.events.append(joined(first, sampleDelivery('e2'), other, sampleDelivery('e4')));
    const waiting = await storage.webhooks.pendingInOrder('hook', 'shop/chat', 2);
    expect(waiting.map(({ id }) => id)).toEqual(['de1', 'de2']);
    expect(await storage.webhooks.pendingInOrder('hook', 'nobody', 2)).toEqual([]);
  });
}

function describeAttempts(make: MakeVessel): void {
  const world = useWorld(make);

  it('writes attempt and state together', async () => {
    const { webhooks, events } = world().storage;
    await events.append(sampleDelivery('e1'));
    const first = sampleAttempt(1);
    const second = sampleAttempt(2, {
      status: 200,
      errorStage: null,
      error: null,
      responseExcerpt: '',
    });
    await webhooks.recordAttempt('de1', first, { state: 'pending', nextAttemptAtMs: 1 });
    expect(await webhooks.due('hook', 1, 1)).toMatchObject([{ attempts: 1, scheduleBase: 0 }]);
    await webhooks.recordAttempt('de1', second, { state: 'delivered' });
    await world().reopen();
    const [record] = await world().storage.webhooks.deliveries('hook', { limit: 1 });
    expect(record).toMatchObject({ state: 'delivered', nextAttemptAtMs: null });
    expect(record?.attempts).toEqual([first, second]);
  });

  it('writes several in one go; one may move without an attempt', async () => {
    const { webhooks, events } = world().storage;
    await events.append(joined(sampleDelivery('e1'), sampleDelivery('e2'), sampleDelivery('e3')));
    await webhooks.recordAttempts([
      { deliveryId: 'de1', attempt: sampleAttempt(1), after: { state: 'delivered' } },
      { deliveryId: 'unknown', attempt: sampleAttempt(1), after: { state: 'delivered' } },
      { deliveryId: 'de2', attempt: null, after: { state: 'delivered' } },
    ]);
    expect(await dueIds(world())).toEqual(['de3']);
    const [, second] = await webhooks.deliveries('hook', { limit: 3 });
    expect(second).toMatchObject({ id: 'de2', state: 'delivered', attempts: [] });
  });

  it('passes over a delivery that is finished: a result is written once', async () => {
    const { webhooks, events } = world().storage;
    await events.append(sampleDelivery('e1'));
    for (const after of [{ state: 'delivered' }, { state: 'failed' }] as const) {
      await webhooks.recordAttempt('de1', sampleAttempt(1), after);
    }
    await webhooks.recordAttempt('de1', sampleAttempt(2), { state: 'pending', nextAttemptAtMs: 1 });
    const [record] = await webhooks.deliveries('hook', { limit: 1 });
    expect(record).toMatchObject({ state: 'delivered', attempts: [{ number: 1 }] });
  });
}

function describeHasten(make: MakeVessel): void {
  const world = useWorld(make);

  it('makes every waiting head due and begins its schedule anew', async () => {
    const { storage, clock } = world();
    const keys = Array.from({ length: 1_050 }, (_, i) => `k${i}`);
    await storage.events.append(joined(...keys.map((id) => sampleDelivery(id, { orderKey: id }))));
    await storage.events.append(sampleDelivery('behind', { orderKey: 'k1' }));
    const nextAttemptAtMs = clock.now() + 60_000;
    await storage.webhooks.recordAttempts(
      keys.slice(1).map((id) => ({
        deliveryId: `d${id}`,
        attempt: sampleAttempt(1),
        after: { state: 'pending', nextAttemptAtMs },
      })),
    );
    expect(await dueIds(world())).toEqual(['dk0']);
    expect(await storage.webhooks.hasten('hook', clock.now())).toBe(keys.length - 1);
    expect(await storage.webhooks.hasten('hook', clock.now())).toBe(0);
    const due = await storage.webhooks.due('hook', clock.now(), 2_000);
    expect(due.map(({ id }) => id)).toEqual(keys.map((id) => `d${id}`));
    expect(due[0]).toMatchObject({ attempts: 0, scheduleBase: 0 });
    expect(due[1]).toMatchObject({ attempts: 1, scheduleBase: 1 });
    expect(await storage.webhooks.hasten('unknown', clock.now())).toBe(0);
  });
}
