import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { joinedEvent, joinStep, MAX_JOINED } from './join.ts';
import type { DueDelivery } from './store.ts';
import {
  closeAll,
  ending,
  endpoint,
  message,
  newFolder,
  openHouse,
  until,
} from './testing/house.ts';
import { startReceiver } from './testing/receiver.ts';

afterEach(closeAll);

const JOIN = { quietMs: 1_000, maxMs: 3_000 };

function due(text: string, timestampMs: number, more: Partial<DueDelivery> = {}): DueDelivery {
  const { event, workspaceId, sessionId, data } = message(text);
  return {
    id: text,
    endpointId: 'one',
    orderKey: 'chat',
    attempts: 0,
    scheduleBase: 0,
    firstQueuedAtMs: timestampMs,
    event: { id: `event-${text}`, event, workspaceId, sessionId, timestampMs, data },
    ...more,
  };
}

const byAna = (one: DueDelivery): DueDelivery => ({
  ...one,
  event: { ...one.event, data: { ...one.event.data, participant: 'ana' } },
});

describe('joining', () => {
  it('waits until nothing has come for a while, but not for ever', () => {
    expect(joinStep(JOIN, [due('a', 0)], 999)).toEqual({ kind: 'wait', untilMs: 1_000 });
    const two = [due('a', 0), due('b', 900)] as const;
    expect(joinStep(JOIN, [...two], 1_000)).toEqual({ kind: 'wait', untilMs: 1_900 });
    expect(joinStep(JOIN, [...two], 1_900)).toEqual({ kind: 'send', run: two });
    const more = [due('a', 0), due('b', 2_900)] as const;
    expect(joinStep(JOIN, [...more], 2_999)).toEqual({ kind: 'wait', untilMs: 3_000 });
    expect(joinStep(JOIN, [...more], 3_000).kind).toBe('send');
  });

  it('ends at another author, another event, a full load and a failure', () => {
    const [a, b, c] = [due('a', 0), due('b', 1), due('c', 2)];
    expect(joinStep(JOIN, [a, byAna(b), c], 2)).toEqual({ kind: 'send', run: [a] });
    const read = { ...b, event: { ...b.event, event: 'message.read' } };
    expect(joinStep(JOIN, [a, read, c], 2)).toEqual({ kind: 'send', run: [a] });
    const many = Array.from({ length: MAX_JOINED + 1 }, (_, i) => due(`m${i}`, i));
    const step = joinStep(JOIN, [a, ...many], 2);
    expect(step.kind === 'send' && step.run.length).toBe(MAX_JOINED);
    expect(joinStep(JOIN, [{ ...a, attempts: 1 }, b], 2)).toMatchObject({ kind: 'send' });
  });

  it('always sends a beginning of what waits, and never waits beyond its limits', () => {
    const chat = fc.array(fc.record({ afterMs: fc.nat({ max: 2_000 }), ana: fc.boolean() }), {
      minLength: 1,
      maxLength: 70,
    });
    fc.assert(
      fc.property(chat, fc.nat({ max: 10_000 }), (gaps, lookMs) => {
        let atMs = 0;
        const [head, ...rest] = gaps.map(({ afterMs, ana }, i) => {
          atMs += afterMs;
          return ana ? byAna(due(`${i}`, atMs)) : due(`${i}`, atMs);
        });
        const pending: [DueDelivery, ...DueDelivery[]] = [head ?? due('', 0), ...rest];
        const nowMs = atMs + lookMs;
        const step = joinStep(JOIN, pending, nowMs);
        const run = step.kind === 'send' ? step.run : pending;
        expect(run).toEqual(pending.slice(0, run.length));
        expect(run.length).toBeGreaterThan(0);
        const waitMs = step.kind === 'wait' ? step.untilMs - nowMs : 1;
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(JOIN.quietMs);
      }),
    );
  });

  it('makes one event of many', () => {
    const event = joinedEvent([due('one', 1), due('', 2), due('three', 3)]);
    expect(event).toMatchObject({ id: 'event-one', timestampMs: 1 });
    expect(event.data).toMatchObject({
      text: 'one\nthree',
      messageId: 'ID-three',
      joined: [{ text: 'one' }, { text: '' }, { text: 'three' }],
    });
  });
});

describe('an endpoint that joins', () => {
  it('gets the messages of a chat as one, each marked as delivered', async () => {
    const inbox = ending(await startReceiver(), (made) => made.close());
    const settings = { join: { quietMs: 100, maxMs: 5_000 } };
    const endpoints = [endpoint('one', inbox.url, settings)];
    const house = await openHouse(openUnsynced, await newFolder(), { endpoints });
    for (const text of ['I', 'need', 'help']) await house.events.report([message(text)]);
    await house.events.report([message('hello', 'ana')]);
    await inbox.waitFor(2);
    const texts = inbox.received.map(({ body }) => body.data.text);
    expect(texts).toEqual(expect.arrayContaining(['I\nneed\nhelp', 'hello']));
    const records = () => house.storage.webhooks.deliveries('one', { limit: 10 });
    await until(async () => (await records()).every(({ state }) => state === 'delivered'));
    expect((await records()).map(({ attempts }) => attempts.length)).toEqual([1, 0, 0, 1]);
    expect(inbox.received).toHaveLength(2);
  });
});
