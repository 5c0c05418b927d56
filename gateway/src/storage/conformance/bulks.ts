import { describe, expect, it } from 'vitest';
import type { Bulk, NewRecipient } from '../../bulk/store.ts';
import { type JobOrder, OrderOver } from '../../outbox/store.ts';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { bytes, nothing, report, sampleJob } from './samples.ts';

const NOW = 1_700_000_000_000;

const bulk = (key: number, id: string, fields: Partial<Bulk> = {}): Bulk => ({
  id,
  workspaceId: 'default',
  sessionKey: key,
  pool: [key],
  name: 'Sale',
  state: 'preparing',
  content: { text: 'Hello {{name}}' },
  startAtMs: NOW,
  expiresAtMs: NOW + 5,
  createdAtMs: NOW,
  finishedAtMs: null,
  idempotency: null,
  ...fields,
});

const person = (position: number, fields: Partial<NewRecipient> = {}): NewRecipient => ({
  position,
  to: `551199999999${position}`,
  variables: { name: `Person ${position}`, order: position },
  messageId: `M${position}`,
  fault: null,
  ...fields,
});

const order = (position: number, bulkId = 'b1'): JobOrder => ({ kind: 'bulk', bulkId, position });

/** A running bulk send to three people. */
async function begun(world: World): Promise<number> {
  const key = await world.session();
  const { bulks } = world.storage;
  await bulks.create(bulk(key, 'b1'));
  await bulks.addRecipients('b1', [person(1), person(2), person(3)]);
  await bulks.move('b1', ['preparing'], 'running', nothing);
  return key;
}

function fill(world: World, key: number, position: number, chatId = `chat ${position}`) {
  const job = sampleJob(key, `M${position}`, { chatId });
  const effort = { kind: 'none' } as const;
  return world.storage.outbox.enqueue(job, {
    dueAtMs: NOW,
    expiresAtMs: null,
    priority: 'bulk',
    textKey: null,
    effort,
    order: order(position),
  });
}

/** The contract of `BulkStore`, and of jobs that a bulk send orders. */
export function describeBulkStore(make: MakeVessel): void {
  describe('bulk sends', () => {
    describeKeeping(make);
    describeOrders(make);
    describeEnds(make);
  });
}

function describeKeeping(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps a bulk send and its people as they were given', async () => {
    const key = await world().session();
    const idempotency = { key: 'k', requestHash: 'h' };
    const fault = { code: 'invalid_recipient', reason: 'It is empty.' } as const;
    await world().storage.bulks.create(bulk(key, 'b1', { idempotency }));
    await world().storage.bulks.addRecipients('b1', [person(1), person(2, { fault })]);
    await world().storage.bulks.move('b1', ['preparing'], 'running', report('e1'));
    await world().reopen();
    const { bulks, events } = world().storage;
    expect(await bulks.find('b1')).toEqual(bulk(key, 'b1', { idempotency, state: 'running' }));
    expect(await events.read('default', 0, 9)).toHaveLength(1);
    const all = { state: null, after: 0, limit: 9 };
    const open = { sessionKey: null, messageStatus: null };
    expect(await bulks.recipients('b1', all)).toEqual([
      { ...person(1), ...open, state: 'waiting' },
      { ...person(2), ...open, fault, state: 'skipped' },
    ]);
    expect(await bulks.recipients('b1', { ...all, after: 1 })).toHaveLength(1);
    expect(await bulks.recipients('b1', { ...all, state: 'waiting' })).toHaveLength(1);
    expect(await bulks.counts('b1')).toMatchObject({ waiting: 1, skipped: 1, sent: 0 });
    expect(await bulks.remembered(key, 'k', NOW - 1)).toEqual({ requestHash: 'h', id: 'b1' });
    expect(await bulks.remembered(key, 'k', NOW)).toBeNull();
  });

  it('forgets what was never answered, and lists the rest, newest first', async () => {
    const key = await world().session();
    const { bulks } = world().storage;
    for (const id of ['b1', 'b2', 'b3']) await bulks.create(bulk(key, id));
    for (const id of ['b1', 'b2']) await bulks.move(id, ['preparing'], 'running', nothing);
    expect((await bulks.list(key, 9, null)).map(({ id }) => id)).toEqual(['b2', 'b1']);
    expect((await bulks.list(key, 9, 'b2')).map(({ id }) => id)).toEqual(['b1']);
    // As when the one that the page before ended with has been removed.
    expect((await bulks.list(key, 9, 'b1x')).map(({ id }) => id)).toEqual(['b1']);
    await bulks.forgetUnprepared();
    expect(await bulks.find('b3')).toBeNull();
    await bulks.finish('b1', 'running', NOW, nothing);
    expect((await bulks.unfinished()).map(({ id }) => id)).toEqual(['b2']);
  });

  it('goes with its session', async () => {
    const key = await begun(world());
    await world().storage.sessions.remove(key, nothing);
    const { bulks } = world().storage;
    expect(await bulks.find('b1')).toBeNull();
    await expect(bulks.addRecipients('b1', [person(4)])).rejects.toThrow();
    await expect(bulks.create(bulk(key, 'b2'))).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });

  it('removes old ones in small steps', async () => {
    await begun(world());
    const { bulks } = world().storage;
    await bulks.finish('b1', 'running', NOW, nothing);
    expect(await bulks.prune(NOW, 2)).toBe(0);
    const steps = [];
    for (let gone = 1; gone > 0; steps.push(gone)) gone = await bulks.prune(NOW + 1, 2);
    expect(steps).toEqual([2, 1, 1, 0]);
    expect(await bulks.find('b1')).toBeNull();
  });

  it('knows which sessions know a chat, the latest contact first', async () => {
    const { storage } = world();
    const [a, b, c] = [
      await world().session('a'),
      await world().session('b'),
      await world().session('c'),
    ];
    await storage.pacing.heard(a, 'anna', NOW);
    await storage.pacing.heard(b, 'anna', NOW + 1);
    await storage.pacing.heard(c, 'anna', NOW + 2);
    const found = await storage.bulks.acquaintances([a, b], ['anna', 'nobody']);
    expect(found).toEqual([
      { sessionKey: b, chatId: 'anna', heardAtMs: NOW + 1, wroteAtMs: null },
      { sessionKey: a, chatId: 'anna', heardAtMs: NOW, wroteAtMs: null },
    ]);
  });
}

function describeOrders(make: MakeVessel): void {
  const world = useWorld(make);

  it('makes one job for each person, whoever asks again', async () => {
    const key = await begun(world());
    const { bulks, outbox } = world().storage;
    await fill(world(), key, 1);
    await expect(fill(world(), key, 1)).rejects.toBeInstanceOf(OrderOver);
    expect(await outbox.pending(key, 9)).toHaveLength(1);
    expect(await bulks.backlog('b1')).toEqual(new Map([[key, 1]]));
    const [first] = await bulks.recipients('b1', { state: 'queued', after: 0, limit: 9 });
    expect(first).toMatchObject({ position: 1, sessionKey: key, messageStatus: 'queued' });
  });

  it('makes none under another id, none for a paused bulk send, none twice for a chat', async () => {
    const key = await begun(world());
    const { bulks, outbox } = world().storage;
    const other = sampleJob(key, 'M9');
    const plan = { dueAtMs: NOW, expiresAtMs: null, priority: 'bulk', textKey: null } as const;
    const effort = { kind: 'none' } as const;
    await expect(
      outbox.enqueue(other, { ...plan, effort, order: order(1) }),
    ).rejects.toBeInstanceOf(OrderOver);
    await fill(world(), key, 1, 'anna');
    await expect(fill(world(), key, 2, 'anna')).rejects.toMatchObject({
      code: 'duplicate_recipient',
    });
    await bulks.move('b1', ['running'], 'paused', nothing);
    await expect(fill(world(), key, 3)).rejects.toBeInstanceOf(OrderOver);
    expect(await outbox.pending(key, 9)).toHaveLength(1);
  });

  it('takes back what was never tried, so that it can be made again', async () => {
    const key = await begun(world());
    const { bulks, outbox, messages } = world().storage;
    await fill(world(), key, 1);
    await fill(world(), key, 2);
    await outbox.markSending(key, 'M2', bytes(1));
    expect(await outbox.withdraw(key, 'M1')).toBe(true);
    expect(await outbox.withdraw(key, 'M1')).toBe(false);
    expect(await outbox.withdraw(key, 'M2')).toBe(false);
    expect(await messages.find(key, 'M1')).toBeNull();
    expect(await bulks.counts('b1')).toMatchObject({ waiting: 2, queued: 1 });
    await fill(world(), key, 1);
    expect(await outbox.pending(key, 9)).toHaveLength(2);
  });
}

function describeEnds(make: MakeVessel): void {
  const world = useWorld(make);

  it('settles people by how their messages end', async () => {
    const key = await begun(world());
    const { bulks, outbox } = world().storage;
    for (const position of [1, 2, 3]) await fill(world(), key, position);
    expect(await bulks.settle('b1')).toBe(0);
    const error = { code: 'recipient_not_found', whatsappCode: null, message: 'Nobody.' } as const;
    await outbox.finish(key, 'M1', { status: 'sent' }, nothing);
    await outbox.finish(key, 'M2', { status: 'failed', error }, nothing);
    expect(await bulks.settle('b1')).toBe(2);
    expect(await bulks.settle('b1')).toBe(0);
    const [sent, failed, queued] = await bulks.recipients('b1', {
      state: null,
      after: 0,
      limit: 9,
    });
    expect(sent).toMatchObject({ state: 'sent', messageStatus: 'sent', fault: null });
    expect(failed).toMatchObject({
      state: 'failed',
      fault: { code: 'recipient_not_found', reason: 'Nobody.' },
    });
    expect(queued).toMatchObject({ state: 'queued' });
  });

  it('gives people up, one or all that wait', async () => {
    const key = await begun(world());
    const { bulks } = world().storage;
    await fill(world(), key, 1);
    const fault = { code: 'recipient_opted_out', reason: 'They do not want messages.' } as const;
    await bulks.giveUp('b1', 2, 'skipped', fault);
    await bulks.giveUp('b1', 1, 'skipped', fault);
    await bulks.giveUpWaiting('b1', { code: 'send_expired', reason: 'Too late.' });
    expect(await bulks.counts('b1')).toMatchObject({ queued: 1, skipped: 1, failed: 1 });
  });

  it('moves only from the states that are named, and is over once', async () => {
    await begun(world());
    const { bulks, events } = world().storage;
    expect(await bulks.move('b1', ['paused'], 'running', report('e1'))).toBe(false);
    expect(await bulks.move('b1', ['running'], 'cancelled', nothing)).toBe(true);
    expect(await bulks.counts('b1')).toMatchObject({ cancelled: 3 });
    expect(await bulks.finish('b1', 'running', NOW, report('e2'))).toBe(false);
    expect(await bulks.finish('b1', 'cancelled', NOW, report('e3'))).toBe(true);
    expect(await bulks.finish('b1', 'cancelled', NOW + 1, report('e4'))).toBe(false);
    expect(await bulks.find('b1')).toMatchObject({ state: 'cancelled', finishedAtMs: NOW });
    expect(await bulks.move('b1', ['cancelled'], 'running', nothing)).toBe(false);
    expect((await events.read('default', 0, 9)).map(({ id }) => id)).toEqual(['e3']);
  });
}
