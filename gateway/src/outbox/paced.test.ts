import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, type PacingPolicy, presetPolicy } from './pacing/policy.ts';
import { MemoryOutboxStore } from './testing/memory-outbox.ts';
import { ScriptedConnection } from './testing/scripted-connection.ts';
import { session, setUp, text } from './testing/set-up.ts';

const gentle = presetPolicy('gentle', 'UTC');

/** A pace that is easy to reckon with: no chance, no typing. */
const plain: PacingPolicy = {
  ...gentle,
  preset: 'custom',
  all: { gapMs: { min: 1000, max: 1000 }, perMinute: 5, perHour: null, perDay: null },
  warm: { gapMs: { min: 0, max: 0 }, perMinute: null, perHour: null, perDay: null },
  cold: { gapMs: { min: 10_000, max: 10_000 }, perMinute: null, perHour: null, perDay: null },
  burst: null,
  typing: null,
  warmUp: null,
  sameText: null,
  recovery: null,
};

describe('a paced lane', () => {
  it('keeps pauses and windows', async () => {
    const store = new MemoryOutboxStore();
    const { outbox, clock } = setUp({ store, policy: plain });
    const startMs = clock.now();
    for (let i = 0; i < 7; i++) void outbox.send(session, text(`${i}`, `${i}@g.us`), 0);
    await clock.advance(2 * MINUTE_MS);
    expect(store.past.map(({ atMs }) => atMs - startMs)).toEqual([
      0, 1000, 2000, 3000, 4000, 60_000, 61_000,
    ]);
  });

  it('keeps them across a restart', async () => {
    const store = new MemoryOutboxStore();
    const before = setUp({ store, policy: plain });
    for (let i = 0; i < 7; i++) void before.outbox.send(session, text(`${i}`, `${i}@g.us`), 0);
    await before.clock.advance(4000);
    expect(store.past).toHaveLength(5);
    await before.outbox.stop();
    const after = setUp({ store, policy: plain, clock: before.clock, seed: 2 });
    after.outbox.wake(session.key);
    await after.clock.advance(55_999);
    expect(store.past).toHaveLength(5);
    await after.clock.advance(2000);
    expect(store.past).toHaveLength(7);
  });

  it('answers people who wrote before it writes to new ones', async () => {
    const connection = new ScriptedConnection();
    const { outbox, clock } = setUp({ connection, policy: plain });
    await outbox.heard(session.key, 'anna@lid');
    for (const chat of ['x@lid', 'y@lid', 'anna@lid', 'z@lid']) {
      void outbox.send(session, text('hi', chat), 0);
    }
    await clock.advance(HOUR_MS);
    expect(connection.wire.map((line) => line.split('@')[0])).toEqual(['anna', 'x', 'y', 'z']);
  });

  it('tells what a message waits for', async () => {
    const { outbox, clock } = setUp({ policy: plain });
    await outbox.send(session, text('1', 'x@lid'), 1);
    const startMs = clock.now();
    const second = await outbox.send(session, text('2', 'y@lid'), 0);
    const third = await outbox.send(session, text('3', 'z@lid'), 0);
    await clock.advance(0);
    expect(await outbox.place(session, second.messageId)).toEqual({
      position: 1,
      reason: 'cold_pause',
      etaMs: startMs + 10_000,
    });
    expect(await outbox.place(session, third.messageId)).toEqual({
      position: 2,
      reason: 'cold_pause',
      etaMs: startMs + 10_000,
    });
    expect((await outbox.overview(session)).next).toEqual({
      reason: 'cold_pause',
      atMs: startMs + 10_000,
    });
    await clock.advance(20_000);
    expect(await outbox.place(session, third.messageId)).toBeNull();
  });

  it('shows typing while it waits, again when it takes long, and stops at the send', async () => {
    const connection = new ScriptedConnection();
    const typing = { msPerCharacter: 1000, minMs: 0, maxMs: 20_000 };
    const { outbox, clock } = setUp({ connection, policy: { ...plain, typing } });
    await outbox.heard(session.key, 'anna@lid');
    void outbox.send(session, text('x'.repeat(60), 'anna@lid'), 0);
    await clock.advance(19_999);
    expect(connection.presences).toEqual(Array(3).fill('composing anna@lid'));
    expect(connection.relays).toHaveLength(0);
    await clock.advance(1);
    expect(connection.relays).toHaveLength(1);
    expect(connection.presences.at(-1)).toBe('paused anna@lid');
    await clock.advance(MINUTE_MS);
    expect(connection.presences).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it('shows recording before a voice note', async () => {
    const connection = new ScriptedConnection();
    const { outbox, clock } = setUp({ connection, policy: { ...plain, typing: gentle.typing } });
    const content = {
      type: 'audio',
      voice: true,
      seconds: 30,
      file: '/tmp/x',
      mimetype: 'audio/ogg',
    } as const;
    void outbox.send(session, { ...text('', 'anna@lid'), content }, 0);
    await clock.advance(4000);
    expect(connection.presences).toEqual(['recording anna@lid', 'paused anna@lid']);
  });

  it('takes a new policy at once', async () => {
    const store = new MemoryOutboxStore();
    const { outbox, clock } = setUp({ store, policy: plain });
    for (let i = 0; i < 10; i++) void outbox.send(session, text(`${i}`, `${i}@lid`), 0);
    await clock.advance(0);
    expect(store.past).toHaveLength(1);
    await outbox.setPolicy(session, presetPolicy('off', 'UTC'));
    await clock.advance(0);
    expect(store.past).toHaveLength(10);
    expect(store.record?.policy?.preset).toBe('off');
  });

  it('begins the warm-up again after long idleness', async () => {
    const store = new MemoryOutboxStore();
    const policy = { ...plain, warmUp: { shares: [0.1], idleMs: 10 * DAY_MS, resumeAtDay: 0 } };
    const { outbox, clock } = setUp({ store, policy });
    await outbox.send(session, text('1', 'x@lid'), 1000);
    const warmUpFromMs = (await outbox.pacing(session)).warmUpFromMs;
    await clock.advance(11 * DAY_MS);
    await outbox.send(session, text('2', 'y@lid'), 1000);
    expect(store.record?.warmUpFromMs).toBeGreaterThan(warmUpFromMs);
    expect(store.record?.warmUpFromMs).toBe(clock.now());
  });
});

describe('what WhatsApp forbids', () => {
  it.each(['off', 'gentle'] as const)(
    'holds cold sends and lets answers go (%s)',
    async (preset) => {
      const connection = new ScriptedConnection();
      connection.respond = ({ chatId }) =>
        chatId === 'stranger@lid' ? { kind: 'rejected', code: 463 } : { kind: 'acked' };
      const policy = presetPolicy(preset, 'UTC');
      const { outbox, clock, store } = setUp({ connection, policy });
      await outbox.heard(session.key, 'anna@lid');
      const refused = outbox.send(session, text('hello you', 'stranger@lid'), 60_000);
      await clock.advance(30_000);
      expect(await refused).toMatchObject({ status: 'failed', error: { whatsappCode: 463 } });
      const cold = await outbox.send(session, text('hello too', 'other@lid'), 0);
      const warm = outbox.send(session, text('welcome', 'anna@lid'), 60_000);
      await clock.advance(30_000);
      expect(await warm).toMatchObject({ status: 'sent' });
      expect(await outbox.place(session, cold.messageId)).toMatchObject({ reason: 'restricted' });
      await clock.advance(5 * HOUR_MS);
      expect(store.row(cold.messageId).status).toBe('queued');
      await clock.advance(HOUR_MS);
      expect(store.row(cold.messageId).status).toBe('sent');
    },
  );

  it('ends when WhatsApp says so', async () => {
    const { outbox, clock, store } = setUp();
    const untilMs = clock.now() + 3 * DAY_MS;
    await outbox.restricted(session, { type: 'reach_out', active: true, untilMs });
    const { messageId } = await outbox.send(session, text('hi', 'other@lid'), 0);
    await clock.advance(DAY_MS);
    expect(store.row(messageId).status).toBe('queued');
    await outbox.restricted(session, { type: 'reach_out', active: false, untilMs: null });
    await clock.advance(0);
    expect(store.row(messageId).status).toBe('sent');
    expect(store.events).toContain(`session.restricted ${new Date(untilMs).toISOString()}`);
    expect(store.events).toContain('session.restricted null');
  });

  it('is told to be over when it runs out, once, also when nothing waits and nobody was there', async () => {
    const store = new MemoryOutboxStore();
    const before = setUp({ store });
    const lifted = () => store.events.filter((told) => told === 'session.restricted null').length;
    const restrict = (outbox: typeof before.outbox, forMs: number) => {
      const untilMs = before.clock.now() + forMs;
      return outbox.restricted(session, { type: 'reach_out', active: true, untilMs });
    };
    await restrict(before.outbox, HOUR_MS);
    await before.clock.advance(HOUR_MS - 1);
    expect(lifted()).toBe(0);
    await before.clock.advance(1);
    expect(lifted()).toBe(1);
    await restrict(before.outbox, DAY_MS);
    await before.outbox.stop();
    await before.clock.advance(2 * DAY_MS);
    for (const seed of [2, 3]) {
      const after = setUp({ store, clock: before.clock, seed });
      await after.outbox.start();
      await after.clock.advance(HOUR_MS);
      expect(lifted()).toBe(2);
      await after.outbox.stop();
    }
  });

  it('outlives a restart', async () => {
    const store = new MemoryOutboxStore();
    const before = setUp({ store });
    const untilMs = before.clock.now() + DAY_MS;
    await before.outbox.restricted(session, { type: 'reach_out', active: true, untilMs });
    await before.outbox.stop();
    const after = setUp({ store, clock: before.clock, seed: 2 });
    const { messageId } = await after.outbox.send(session, text('hi', 'other@lid'), 0);
    await after.clock.advance(DAY_MS - 1);
    expect(store.row(messageId).status).toBe('queued');
    await after.clock.advance(1);
    expect(store.row(messageId).status).toBe('sent');
  });

  it('slows everything down after "too many", and repeats what was refused', async () => {
    const connection = new ScriptedConnection();
    let refusals = 2;
    connection.respond = () =>
      refusals-- > 0 ? { kind: 'rejected', code: 429 } : { kind: 'acked' };
    const { outbox, clock, store } = setUp({ connection });
    const first = await outbox.send(session, text('1', 'x@lid'), 0);
    await clock.advance(1000);
    const second = await outbox.send(session, text('2', 'y@lid'), 0);
    expect(await outbox.place(session, second.messageId)).toMatchObject({ reason: 'rate_limited' });
    await clock.advance(10 * MINUTE_MS);
    expect(connection.wire).toEqual(['x@lid 1', 'x@lid 1', 'x@lid 1', 'y@lid 2']);
    expect(store.row(first.messageId).status).toBe('sent');
  });
});
