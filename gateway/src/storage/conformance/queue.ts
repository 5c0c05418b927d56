import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PastSend } from '../../outbox/pacing/history.ts';
import { NO_RESTRICTIONS } from '../../outbox/pacing/restrictions.ts';
import type { JobPlan } from '../../outbox/store.ts';
import { type MakeVessel, useWorld, type World } from './harness.ts';
import { bytes, nothing, report, sampleJob } from './samples.ts';

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;

const plan = (fields: Partial<JobPlan> = {}): JobPlan => ({
  dueAtMs: NOW,
  expiresAtMs: null,
  priority: 'direct',
  textKey: null,
  effort: { kind: 'none' },
  ...fields,
});

const chat = (name: string) => `${name}@s.whatsapp.net`;

/** Everything that is due, in pages of two per kind. */
const query = {
  dueByMs: NOW,
  heardSinceMs: NOW - 7 * DAY,
  wroteSinceMs: NOW - DAY,
  perKind: 2,
};

function add(world: World, key: number, id: string, to: string, fields: Partial<JobPlan> = {}) {
  return world.storage.outbox.enqueue(sampleJob(key, id, { chatId: to }), plan(fields));
}

const ids = (list: readonly { messageId: string }[]) => list.map(({ messageId }) => messageId);

/** The contract of `QueueStore`, of `PacingStore`, and of what `enqueue` takes of a plan. */
export function describeQueueStore(make: MakeVessel): void {
  describe('queue', () => {
    describeAcceptance(make);
    describeHeads(make);
    describeChanges(make);
    describeLine(make);
    describePacing(make);
  });
}

function describeAcceptance(make: MakeVessel): void {
  const world = useWorld(make);

  it('answers an acceptance with what it would find of it', async () => {
    const key = await world().session();
    const { outbox, pacing } = world().storage;
    await pacing.heard(key, chat('anna'), NOW - 7);
    const effort = { kind: 'typed', characters: 12 } as const;
    const fields = { textKey: 'k', effort, expiresAtMs: NOW + 9 };
    for (const [id, to] of [
      ['warm', chat('anna')],
      ['cold', chat('bob')],
      ['shared', '1-2@g.us'],
    ] as const) {
      const accepted = await add(world(), key, id, to, { ...fields, priority: 'bulk' });
      expect(accepted).toEqual(await outbox.find(key, id));
      expect(accepted.head).toMatchObject({ messageId: id, priority: 'bulk', effort });
    }
  });
}

function describeHeads(make: MakeVessel): void {
  const world = useWorld(make);

  it('answers the first of each chat by place in line, whatever was accepted first', async () => {
    const key = await world().session();
    await add(world(), key, 'later', chat('anna'), { dueAtMs: NOW + 5 });
    await add(world(), key, 'first', chat('anna'), { dueAtMs: NOW - 5 });
    await add(world(), key, 'second', chat('anna'), { dueAtMs: NOW - 5 });
    await add(world(), key, 'other', chat('bob'), { dueAtMs: NOW - 9 });
    await add(world(), key, 'tomorrow', chat('cleo'), { dueAtMs: NOW + DAY });
    const { outbox } = world().storage;
    expect(ids(await outbox.heads(key, query))).toEqual(['other', 'first']);
    await outbox.finish(key, 'first', { status: 'sent' }, nothing);
    expect(ids(await outbox.heads(key, query))).toEqual(['other', 'second']);
    await outbox.finish(key, 'second', { status: 'sent' }, nothing);
    expect(ids(await outbox.heads(key, { ...query, dueByMs: NOW + 5 }))).toEqual([
      'other',
      'later',
    ]);
  });

  it('says what pacing asks', async () => {
    const key = await world().session();
    const { pacing } = world().storage;
    await pacing.heard(key, chat('anna'), NOW - 50);
    await add(world(), key, 'm1', chat('anna'), {
      priority: 'bulk',
      textKey: 'abc',
      effort: { kind: 'typed', characters: 12 },
      expiresAtMs: NOW + 7,
    });
    await pacing.heard(key, chat('anna'), NOW - 40);
    await pacing.heard(key, chat('anna'), NOW - 45);
    await world().reopen();
    const expected = {
      messageId: 'm1',
      chatId: chat('anna'),
      dueAtMs: NOW,
      priority: 'bulk',
      heardAtMs: NOW - 40,
      wroteAtMs: null,
      textKey: 'abc',
      effort: { kind: 'typed', characters: 12 },
      attempts: 0,
    };
    const again = world().storage.outbox;
    expect(await again.heads(key, query)).toEqual([expected]);
    const queued = {
      job: sampleJob(key, 'm1', { chatId: chat('anna') }),
      head: expected,
      expiresAtMs: NOW + 7,
    };
    expect(await again.find(key, 'm1')).toEqual(queued);
    expect(await again.find(key, 'unknown')).toBeNull();
    expect(
      await again.due(key, { dueByMs: NOW, exceptChats: [], exceptMessages: [], limit: 9 }),
    ).toEqual([queued]);
    expect(ids([...(await again.expired(key, NOW + 7, 9))])).toEqual(['m1']);
    expect(await again.expired(key, NOW + 6, 9)).toEqual([]);
  });

  it('finds each kind of chat behind any number of others', async () => {
    const key = await world().session();
    const { outbox, pacing } = world().storage;
    const bulk = { priority: 'bulk' } as const;
    for (let i = 0; i < 20; i++) await add(world(), key, `b${i}`, chat(`b${i}`), bulk);
    await pacing.heard(key, chat('warm'), NOW - 1);
    await pacing.heard(key, chat('long ago'), NOW - 30 * DAY);
    await add(world(), key, 'warm bulk', chat('warm'), { ...bulk, dueAtMs: NOW - 1 });
    await add(world(), key, 'group', '120363@g.us');
    await add(world(), key, 'cold', chat('cold'));
    await add(world(), key, 'long ago', chat('long ago'));
    await add(world(), key, 'begun 1', chat('begun'));
    await add(world(), key, 'begun 2', chat('begun'));
    const send: PastSend = { atMs: NOW, chatId: chat('begun'), budget: 'cold', textKey: null };
    await outbox.markSending(key, 'begun 1', bytes(1), send);
    await outbox.finish(key, 'begun 1', { status: 'sent' }, nothing);
    const found = ids(await outbox.heads(key, query));
    expect(new Set(found)).toEqual(
      new Set(['group', 'begun 2', 'cold', 'long ago', 'warm bulk', 'b0', 'b1']),
    );
  });
}

function describeChanges(make: MakeVessel): void {
  const world = useWorld(make);

  it('lets an urgent message lift what stands before it in its chat', async () => {
    const key = await world().session();
    const { outbox } = world().storage;
    await add(world(), key, 'bulk', chat('anna'), { priority: 'bulk', dueAtMs: NOW - 5 });
    await add(world(), key, 'urgent', chat('anna'));
    expect(await outbox.heads(key, query)).toMatchObject([
      { messageId: 'bulk', priority: 'direct' },
    ]);
    await add(world(), key, 'bulk 2', chat('anna'), { priority: 'bulk' });
    await outbox.finish(key, 'bulk', { status: 'sent' }, nothing);
    expect(await outbox.heads(key, query)).toMatchObject([{ messageId: 'urgent' }]);
    await outbox.finish(key, 'urgent', { status: 'sent' }, nothing);
    expect(await outbox.heads(key, query)).toMatchObject([
      { messageId: 'bulk 2', priority: 'bulk' },
    ]);
  });

  it('keeps exactly the first of each chat as its head through any changes', async () => {
    const key = await world().session();
    const { outbox, messages } = world().storage;
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            chat: fc.integer({ min: 0, max: 2 }),
            due: fc.integer({ min: -3, max: 3 }),
            end: fc.constantFrom('none', 'finish', 'receipt'),
            pick: fc.nat(),
          }),
          { maxLength: 12 },
        ),
        async (steps) => {
          const open: { id: string; chat: string; due: number; serial: number }[] = [];
          for (const step of steps) {
            const id = `m${++serial}`;
            const to = chat(String(step.chat));
            await add(world(), key, id, to, { dueAtMs: NOW + step.due });
            open.push({ id, chat: to, due: step.due, serial });
            const [gone] = step.end === 'none' ? [] : open.splice(step.pick % open.length, 1);
            if (gone && step.end === 'finish') {
              await outbox.finish(key, gone.id, { status: 'sent' }, nothing);
            }
            if (gone && step.end === 'receipt') {
              await messages.advance(key, [gone.id], 'failed', () => nothing);
            }
            open.sort((a, b) => a.due - b.due || a.serial - b.serial);
            const heads = open.filter(
              ({ chat: to, id }) => open.find((other) => other.chat === to)?.id === id,
            );
            const found = await outbox.heads(key, { ...query, dueByMs: NOW + 9, perKind: 9 });
            expect(ids(found)).toEqual(heads.map((head) => head.id));
          }
          for (const { id } of open) await outbox.finish(key, id, { status: 'sent' }, nothing);
        },
      ),
      { numRuns: 30 },
    );
  });
}

function describeLine(make: MakeVessel): void {
  const world = useWorld(make);

  it('pages through the line, counts it, and knows what comes next', async () => {
    const key = await world().session();
    const { outbox } = world().storage;
    const nothing = { dueAtMs: null, expiresAtMs: null };
    expect(await outbox.nextChange(key, NOW)).toEqual(nothing);
    await add(world(), key, 'c', chat('c'), { dueAtMs: NOW + 10, priority: 'bulk' });
    await add(world(), key, 'a', chat('a'));
    await add(world(), key, 'b', chat('b'));
    await outbox.markSending(key, 'a', bytes(1));
    const page = await outbox.list(key, 2, null);
    expect(ids(page)).toEqual(['a', 'b']);
    expect(ids(await outbox.list(key, 2, page.at(-1) ?? null))).toEqual(['c']);
    expect(await outbox.ahead(key, 'c', 9)).toBe(2);
    expect(await outbox.ahead(key, 'c', 1)).toBe(1);
    expect(await outbox.ahead(key, 'unknown', 9)).toBe(0);
    expect(await outbox.counts(key, NOW)).toEqual({
      total: 3,
      due: 2,
      scheduled: 1,
      bulk: 1,
      tried: 1,
    });
    expect(await outbox.nextChange(key, NOW)).toEqual({ ...nothing, dueAtMs: NOW + 10 });
    await add(world(), key, 'd', chat('d'), { expiresAtMs: NOW + 5 });
    expect(await outbox.nextChange(key, NOW)).toEqual({ dueAtMs: NOW + 10, expiresAtMs: NOW + 5 });
    expect(await outbox.nextChange(key, NOW + 10)).toEqual({ ...nothing, expiresAtMs: NOW + 5 });
    expect((await outbox.find(key, 'b'))?.job.chatId).toBe(chat('b'));
  });

  it('goes on behind a job that has ended between two pages, leaving out none and none twice', async () => {
    const key = await world().session();
    const { outbox } = world().storage;
    for (const id of ['a', 'b', 'c', 'd']) await add(world(), key, id, chat(id));
    const page = await outbox.list(key, 2, null);
    expect(ids(page)).toEqual(['a', 'b']);
    for (const id of ['b', 'c']) await outbox.finish(key, id, { status: 'sent' }, nothing);
    const rest = await outbox.list(key, 2, page.at(-1) ?? null);
    expect(ids(rest)).toEqual(['d']);
    expect(await outbox.list(key, 2, rest.at(-1) ?? null)).toEqual([]);
  });

  it('answers what is due and not excepted', async () => {
    const key = await world().session();
    const { outbox } = world().storage;
    await add(world(), key, 'a1', chat('a'));
    await add(world(), key, 'b1', chat('b'));
    await add(world(), key, 'a2', chat('a'));
    await add(world(), key, 'later', chat('b'), { dueAtMs: NOW + 1 });
    const due = async (exceptChats: string[], exceptMessages: string[], limit = 9) => {
      const query = { dueByMs: NOW, exceptChats, exceptMessages, limit };
      return (await outbox.due(key, query)).map(({ head }) => head);
    };
    expect(ids(await due([], []))).toEqual(['a1', 'b1', 'a2']);
    expect(ids(await due([chat('a')], []))).toEqual(['b1']);
    expect(ids(await due([], ['a1'], 1))).toEqual(['b1']);
    expect(ids(await due([chat('b')], ['a1']))).toEqual(['a2']);
  });

  it('writes the events of the acceptance, and knows a repeated request for a day', async () => {
    const key = await world().session();
    const { outbox, events } = world().storage;
    const idempotency = { key: 'order 1', requestHash: 'h1' };
    const job = sampleJob(key, 'm1', { createdAtMs: NOW });
    await outbox.enqueue(job, plan({ idempotency, batch: report('e1') }));
    expect(ids((await events.read('default', 0, 9)).map(({ id }) => ({ messageId: id })))).toEqual([
      'e1',
    ]);
    expect(await outbox.remembered(key, 'order 1', NOW - DAY)).toEqual({
      requestHash: 'h1',
      id: 'm1',
    });
    expect(await outbox.remembered(key, 'order 2', NOW - DAY)).toBeNull();
    const twice = sampleJob(key, 'm2', { createdAtMs: NOW });
    await expect(outbox.enqueue(twice, plan({ idempotency }))).rejects.toThrow();
    expect(await outbox.find(key, 'm2')).toBeNull();
    const nextDay = sampleJob(key, 'm3', { createdAtMs: NOW + DAY + 1 });
    expect(await outbox.remembered(key, 'order 1', NOW + 1)).toBeNull();
    await outbox.enqueue(nextDay, plan({ idempotency }));
    expect((await outbox.remembered(key, 'order 1', NOW + 1))?.id).toBe('m3');
  });
}

function describePacing(make: MakeVessel): void {
  const world = useWorld(make);

  it('counts the chats that were begun, and those that wrote back', async () => {
    const key = await world().session();
    const { outbox, pacing } = world().storage;
    await pacing.heard(key, chat('early'), NOW - 20);
    for (const [index, name] of ['early', 'anna', 'mute', 'anna', 'warm'].entries()) {
      const budget = name === 'warm' ? 'warm' : 'cold';
      const send = { atMs: NOW + index, chatId: chat(name), budget, textKey: null } as const;
      await add(world(), key, `m${index}`, chat(name));
      await outbox.markSending(key, `m${index}`, new Uint8Array(1), send);
    }
    await pacing.heard(key, chat('anna'), NOW + 9);
    await pacing.heard(key, chat('warm'), NOW + 9);
    expect(await pacing.replies(key, NOW - 1)).toEqual({ begun: 3, answered: 1 });
    expect(await pacing.replies(key, NOW)).toEqual({ begun: 2, answered: 1 });
    expect(await pacing.replies(key, NOW + 9)).toEqual({ begun: 0, answered: 0 });
  });

  it('keeps the sends that pacing counts, and always the newest', async () => {
    const key = await world().session();
    const { outbox, pacing } = world().storage;
    const sends: PastSend[] = [1, 2, 3, 4].map((n) => ({
      atMs: NOW + n,
      chatId: chat(`c${n}`),
      budget: n % 2 === 0 ? 'warm' : 'cold',
      textKey: n === 3 ? 'text' : null,
    }));
    for (const [index, send] of sends.entries()) {
      await add(world(), key, `m${index}`, send.chatId);
      await outbox.markSending(key, `m${index}`, bytes(1), send);
    }
    expect(await pacing.sends(key, NOW, 10)).toEqual(sends);
    expect(await pacing.sends(key, NOW, 2)).toEqual(sends.slice(2));
    expect(await pacing.sends(key, NOW + 99, 2)).toEqual(sends.slice(3));
    await pacing.forgetSends(key, NOW + 1, 10);
    expect(await pacing.sends(key, NOW, 10)).toEqual(sends.slice(1));
    await pacing.forgetSends(key, NOW - 1, 2);
    expect(await pacing.sends(key, NOW, 10)).toEqual(sends.slice(2));
    await pacing.forgetSends(key, NOW + 99, 10);
    expect(await pacing.sends(key, NOW, 10)).toEqual(sends.slice(3));
    const other = await world().session('other');
    expect(await pacing.sends(other, NOW, 10)).toEqual([]);
    await pacing.forgetSends(other, NOW, 0);
  });

  it('finds the sessions that are restricted', async () => {
    const { pacing } = world().storage;
    const record = { policy: null, pausedAtMs: null, warmUpFromMs: NOW };
    const cold = { untilMs: NOW, cause: 'refused_new_chat' as const };
    const restrictions = [{}, { cold }, { all: { untilMs: NOW } }];
    const keys: number[] = [];
    for (const [index, given] of restrictions.entries()) {
      const key = await world().session(`s${index}`);
      keys.push(key);
      const made = { ...record, restrictions: { ...NO_RESTRICTIONS, ...given } };
      await pacing.save(key, made, nothing);
    }
    expect(new Set(await pacing.restricted())).toEqual(new Set(keys.slice(1)));
  });

  it('keeps policy and restrictions of a session until it is removed', async () => {
    const key = await world().session();
    const { pacing } = world().storage;
    expect(await pacing.load(key)).toBeNull();
    const record = {
      policy: null,
      pausedAtMs: NOW,
      warmUpFromMs: NOW - 5,
      restrictions: NO_RESTRICTIONS,
    };
    await pacing.save(key, { ...record, pausedAtMs: null }, report('e1'));
    await pacing.save(key, record, nothing);
    await world().reopen();
    expect(await world().storage.pacing.load(key)).toEqual(record);
    expect(await world().storage.events.read('default', 0, 9)).toHaveLength(1);
    await world().storage.sessions.remove(key, nothing);
    expect(await world().storage.pacing.load(key)).toBeNull();
    await expect(world().storage.pacing.save(key, record, nothing)).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });
}
