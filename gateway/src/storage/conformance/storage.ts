import { describe, expect, it } from 'vitest';
import { describeAccessStore } from './access.ts';
import { describeBulkStore } from './bulks.ts';
import { describeChatStore } from './chats.ts';
import { describeContactStore } from './contacts.ts';
import { describeDeliveryLog } from './delivery-log.ts';
import { describeDeliveryOrder } from './delivery-order.ts';
import { describeDeviceStore } from './devices.ts';
import { describeEventStore } from './events.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import { describeHistoryStore } from './history.ts';
import { describeIdentityStores } from './identities.ts';
import { describeMessageStore } from './messages.ts';
import { describeOptOutStore } from './opt-outs.ts';
import { describeOutboxStore } from './outbox.ts';
import { describePastMessages } from './past.ts';
import { describeProxyStore } from './proxies.ts';
import { describeQueueStore } from './queue.ts';
import { bytes, nothing, report, sampleJob } from './samples.ts';
import { describeScheduleStore } from './schedules.ts';
import { describeSessionStore } from './sessions.ts';
import { describeTemplateStore } from './templates.ts';
import { describeWebhookStore } from './webhooks.ts';

/** Everything that a driver of `Storage` promises. */
export function describeStorage(make: MakeVessel): void {
  describeSessionStore(make);
  describeDeviceStore(make);
  describeMessageStore(make);
  describeHistoryStore(make);
  describeProxyStore(make);
  describeTemplateStore(make);
  describeOutboxStore(make);
  describeQueueStore(make);
  describeOptOutStore(make);
  describeBulkStore(make);
  describeScheduleStore(make);
  describeEventStore(make);
  describeWebhookStore(make);
  describeDeliveryLog(make);
  describeDeliveryOrder(make);
  describeIdentityStores(make);
  describeContactStore(make);
  describeChatStore(make);
  describePastMessages(make);
  describeAccessStore(make);
  describe('as a whole', () => {
    describeWhole(make);
  });
}

function describeWhole(make: MakeVessel): void {
  const world = useWorld(make);

  it('lets writes take effect in the order of their calls, awaited or not', async () => {
    const { sessions, devices, outbox } = world().storage;
    const key = await world().session();
    const names = Array.from({ length: 600 }, (_, i) => `name ${i}`);
    await Promise.all(names.map((pushName) => sessions.update(key, { pushName }, nothing)));
    expect((await sessions.all())[0]?.pushName).toBe('name 599');

    const enqueued = outbox.enqueue(sampleJob(key, 'm1'));
    const marked = outbox.markSending(key, 'm1', bytes(1));
    const removed = sessions.remove(key, nothing);
    const late = devices.commit(key, { credentials: bytes(1) }).catch((error: unknown) => error);
    await Promise.all([enqueued, marked, removed]);
    expect(await late).toMatchObject({ code: 'session_not_found' });
  });

  it('lets a refused write harm nobody else', async () => {
    const { sessions, events } = world().storage;
    const key = await world().session();
    const outcomes = await Promise.allSettled([
      sessions.update(key, { phone: '1' }, report('e1')),
      sessions.update(404, { phone: '2' }, report('e2')),
      sessions.update(key, { lid: '3' }, report('e3')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await sessions.all())[0]).toMatchObject({ phone: '1', lid: '3' });
    const seqs = (await events.read('default', 0, 10)).map(({ id, seq }) => `${id} ${seq}`);
    expect(seqs).toEqual(['e1 1', 'e3 2']);
  });

  it('is ready while it is open, and says so when it is closed', async () => {
    const { storage } = world();
    await expect(storage.check()).resolves.toBeUndefined();
    const waiting = storage.events.append(report('e1'));
    await storage.close();
    await storage.close();
    await expect(waiting).resolves.toBeUndefined();
    const unavailable = { code: 'storage_unavailable' };
    await expect(storage.check()).rejects.toMatchObject(unavailable);
    await expect(storage.sessions.all()).rejects.toMatchObject(unavailable);
    await world().reopen();
    expect(await world().storage.events.read('default', 0, 10)).toHaveLength(1);
  });

  it('counts what it does', async () => {
    const { storage } = world();
    const before = storage.stats();
    const pending = ['a', 'b', 'c'].map((id) => storage.events.append(report(id)));
    expect(storage.stats().waiting).toBe(3);
    await Promise.all(pending);
    const after = storage.stats();
    expect(after).toMatchObject({ writes: before.writes + 3, failures: 0, waiting: 0 });
    expect(after.commits).toBeGreaterThan(before.commits);
  });
}
