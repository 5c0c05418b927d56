import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { MemoryOutboxStore } from './testing/memory-outbox.ts';
import { ScriptedConnection } from './testing/scripted-connection.ts';
import { session, setUp, text } from './testing/set-up.ts';

const ACK = { kind: 'acked' } as const;

describe('a lane without pacing', () => {
  it('begins with one send on a new connection and has up to 16 under way in the end', async () => {
    const connection = new ScriptedConnection();
    connection.respond = null;
    const { outbox, clock, state } = setUp({ connection });
    for (let i = 0; i < 60; i++) void outbox.send(session, text(`${i}`, `chat ${i}`), 0);
    await clock.advance(0);
    const widths: number[] = [];
    for (let answers = 0; answers < 20; answers++) {
      widths.push(connection.relays.length - answers);
      connection.relays[answers]?.answer(ACK);
      await clock.advance(0);
    }
    expect(widths.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(widths.slice(-5)).toEqual([16, 16, 16, 16, 16]);
    expect(connection.wire.at(-1)).toBe('chat 35 35');

    const next = new ScriptedConnection();
    next.respond = null;
    for (const relay of connection.relays.slice(20)) relay.answer(ACK);
    state.connection = next;
    await clock.advance(0);
    expect(next.relays).toHaveLength(1);
  });

  it('sends the first of a chat alone, and further ones behind one another', async () => {
    const connection = new ScriptedConnection();
    connection.respond = null;
    const { outbox, clock } = setUp({ connection });
    for (let i = 0; i < 4; i++) void outbox.send(session, text(`${i}`), 0);
    await clock.advance(0);
    expect(connection.wire).toEqual(['anna 0']);
    connection.relays[0]?.answer(ACK);
    await clock.advance(0);
    expect(connection.wire).toEqual(['anna 0', 'anna 1', 'anna 2']);
    connection.relays[1]?.answer(ACK);
    await clock.advance(0);
    expect(connection.wire).toEqual(['anna 0', 'anna 1', 'anna 2', 'anna 3']);
  });

  it('does not let a message overtake one whose bytes could not be kept', async () => {
    const connection = new ScriptedConnection();
    const { outbox, clock, store } = setUp({ connection });
    await outbox.send(session, text('0'), 1000);
    store.failing.push('markSending');
    for (const body of ['1', '2', '3']) void outbox.send(session, text(body), 0);
    await clock.advance(20_000);
    expect(connection.wire).toEqual(['anna 0', 'anna 1', 'anna 2', 'anna 3']);
  });

  it('goes on in a chat whose last answer is still to be stored', async () => {
    const connection = new ScriptedConnection();
    const { outbox, clock, store } = setUp({ connection });
    await outbox.send(session, text('0'), 1000);
    store.failing.push(...Array<string>(20).fill('finish'));
    void outbox.send(session, text('1'), 0);
    await clock.advance(0);
    store.failing.push('markSending');
    void outbox.send(session, text('2'), 0);
    await clock.advance(15_000);
    expect(connection.wire).toEqual(['anna 0', 'anna 1', 'anna 2']);
    expect(store.rows[2]?.job.attempts).toBeLessThan(3);
  });

  it('holds only the chat that has to wait for a retry', async () => {
    const connection = new ScriptedConnection();
    const outcomes = [{ kind: 'unconfirmed', reason: 'timeout' } as const];
    connection.respond = ({ chatId }) => (chatId === 'anna' ? outcomes.shift() : null) ?? ACK;
    const { outbox, clock } = setUp({ connection });
    for (const body of ['1', '2']) void outbox.send(session, text(body, 'anna'), 0);
    await clock.advance(0);
    expect(await outbox.send(session, text('3', 'bob'), 1000)).toMatchObject({ status: 'sent' });
    expect(connection.wire).toEqual(['anna 1', 'bob 3']);
    await clock.advance(10_000);
    expect(connection.wire).toEqual(['anna 1', 'bob 3', 'anna 1', 'anna 2']);
  });

  it('begins at once, without a look at the queue, what nothing is before', async () => {
    const connection = new ScriptedConnection();
    const { outbox, clock, store } = setUp({ connection });
    const due = store.due.bind(store);
    let looks = 0;
    store.due = (...query) => {
      looks++;
      return due(...query);
    };
    // From the second on, the chat is proven to work and stays open.
    await outbox.send(session, text('1'), 1000);
    await clock.advance(0);
    looks = 0;
    for (const body of ['2', '3', '4']) {
      await outbox.send(session, text(body), 1000);
      await clock.advance(0);
    }
    expect(looks).toBe(0);
    expect(connection.wire).toEqual(['anna 1', 'anna 2', 'anna 3', 'anna 4']);
  });

  it.each([0, 1, 2, 3, 4])('misses no chat that opens during a slow look, the %i.', async (nth) => {
    const connection = new ScriptedConnection();
    const outcomes = [{ kind: 'unconfirmed', reason: 'timeout' } as const];
    connection.respond = () => outcomes.shift() ?? ACK;
    const { outbox, clock, store } = setUp({ connection });
    const due = store.due.bind(store);
    let looks = 0;
    let answer: () => void = () => undefined;
    store.due = async (...query) => {
      const page = await due(...query);
      if (looks++ === nth) await new Promise<void>((resolve) => (answer = resolve));
      return page;
    };
    await outbox.send(session, text('1', 'anna'), 0);
    // Long enough for the chat to open that waits for its retry.
    await clock.advance(10_000);
    answer();
    await clock.advance(10_000);
    expect(connection.wire).toEqual(['anna 1', 'anna 1']);
  });

  it('tries again at once when the connection is back, oldest first', async () => {
    const first = new ScriptedConnection();
    first.respond = () => ({ kind: 'unconfirmed', reason: 'closed' });
    const { outbox, clock, state } = setUp({ connection: first });
    for (const chat of ['a', 'b', 'c']) void outbox.send(session, text('hi', chat), 0);
    await clock.advance(0);
    state.connection = null;
    await clock.advance(0);
    const second = new ScriptedConnection();
    state.connection = second;
    outbox.wake(session.key);
    await clock.advance(0);
    expect(second.wire).toEqual(['a hi', 'b hi', 'c hi']);
  });

  it('waits for the instant a send is scheduled for', async () => {
    const connection = new ScriptedConnection();
    const { outbox, clock } = setUp({ connection });
    const sendAtMs = clock.now() + 90 * 60_000;
    const { messageId } = await outbox.send(session, text('later', 'anna', { sendAtMs }), 0);
    expect(await outbox.place(session, messageId)).toEqual({
      position: 1,
      reason: 'scheduled',
      etaMs: sendAtMs,
    });
    await outbox.send(session, text('now'), 1000);
    await clock.advance(90 * 60_000 - 1);
    expect(connection.wire).toEqual(['anna now']);
    await clock.advance(1);
    expect(connection.wire).toEqual(['anna now', 'anna later']);
    expect(clock.pending).toBe(0);
  });

  it('fails what has expired, connected or not', async () => {
    const { outbox, clock, store, state } = setUp({ connection: null });
    const expiresAtMs = clock.now() + 5000;
    const { messageId } = await outbox.send(session, text('hi', 'anna', { expiresAtMs }), 0);
    await clock.advance(4999);
    expect(store.row(messageId).status).toBe('queued');
    await clock.advance(1);
    expect(store.row(messageId)).toMatchObject({
      status: 'failed',
      error: { code: 'send_expired' },
    });
    state.connection = new ScriptedConnection();
    outbox.wake(session.key);
    await clock.advance(1000);
    expect(state.connection.relays).toHaveLength(0);
  });

  it('does not send what must not go out any more', async () => {
    const connection = new ScriptedConnection();
    const { outbox, store } = setUp({
      connection,
      admit: async (_, job) =>
        job.chatId === 'anna'
          ? { error: { code: 'recipient_opted_out', whatsappCode: null, message: 'no' } }
          : { to: job.chatId },
    });
    expect(await outbox.send(session, text('hi'), 1000)).toMatchObject({
      status: 'failed',
      error: { code: 'recipient_opted_out' },
    });
    expect(await outbox.send(session, text('hi', 'bob'), 1000)).toMatchObject({ status: 'sent' });
    expect(store.rows[0]?.job.attempts).toBe(0);
  });

  it('is forgotten with its session', async () => {
    const { outbox, clock, state } = setUp({ connection: null });
    void outbox.send(session, text('hi', 'anna', { expiresAtMs: clock.now() + 5000 }), 0);
    await clock.advance(0);
    state.session = null;
    outbox.wake(session.key);
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});

describe('the operator', () => {
  it('stops and lets go, across a restart', async () => {
    const store = new MemoryOutboxStore();
    const connection = new ScriptedConnection();
    const before = setUp({ store, connection });
    await before.outbox.pause(session);
    const { messageId } = await before.outbox.send(session, text('hi'), 0);
    expect(await before.outbox.place(session, messageId)).toMatchObject({
      reason: 'paused',
      etaMs: null,
    });
    const after = setUp({ store, connection, seed: 2 });
    after.outbox.wake(session.key);
    await after.clock.advance(60_000);
    expect(connection.relays).toHaveLength(0);
    expect(await after.outbox.overview(session)).toMatchObject({
      counts: { total: 1, due: 1 },
      next: { reason: 'paused' },
    });
    await after.outbox.resume(session);
    await after.clock.advance(0);
    expect(connection.wire).toEqual(['anna hi']);
  });

  it('keeps the queue running when the stop could not be kept', async () => {
    const { outbox, store } = setUp();
    store.failing.push('save');
    await expect(outbox.pause(session)).rejects.toThrow('failed in save');
    expect(await outbox.send(session, text('hi'), 1000)).toMatchObject({ status: 'sent' });
  });

  it('cancels what was not tried yet, and nothing else', async () => {
    const connection = new ScriptedConnection();
    connection.respond = null;
    const { outbox, clock, store, released } = setUp({ connection });
    const first = await outbox.send(session, text('1'), 0);
    const second = await outbox.send(session, text('2'), 0);
    await clock.advance(0);
    expect(await outbox.cancel(session, first.messageId)).toBe('sending');
    expect(await outbox.cancel(session, second.messageId)).toBe('cancelled');
    expect(await outbox.cancel(session, second.messageId)).toBe('over');
    expect(await outbox.cancel(session, 'unknown')).toBe('over');
    expect(store.row(second.messageId)).toMatchObject({
      status: 'failed',
      error: { code: 'send_cancelled' },
    });
    expect(released).toEqual(['2']);
    connection.relays[0]?.answer(ACK);
    await clock.advance(60_000);
    expect(connection.wire).toEqual(['anna 1']);
  });

  it('clears the queue, but for what is under way', async () => {
    const connection = new ScriptedConnection();
    connection.respond = null;
    const { outbox, clock, store } = setUp({ connection });
    for (let i = 0; i < 450; i++) void outbox.send(session, text(`${i}`), 0);
    await clock.advance(0);
    expect(await outbox.clear(session)).toBe(449);
    expect(store.rows.filter(({ status }) => status === 'sending')).toHaveLength(1);
    expect(await outbox.list(session, 10, null)).toHaveLength(1);
  });
});

describe('any course of events', () => {
  it('sends each accepted message, in the order of its chat, through faults and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 }),
        fc.integer(),
        async (chats, seed) => {
          const random = seededRandom(seed);
          const store = new MemoryOutboxStore();
          const arrived: string[] = [];
          let world = setUp({ store, connection: faulty(random, arrived) });
          for (const [index, chat] of chats.entries()) {
            if (random.next() < 0.1) store.failing.push('markSending');
            if (random.next() < 0.1) store.failing.push('finish');
            if (random.next() < 0.1) store.failing.push('due');
            void world.outbox.send(session, text(`${index}`, `chat ${chat}`), 0);
            await world.clock.advance(Math.floor(random.next() * 3000));
            if (random.next() < 0.15) {
              // The process dies: its connection is deaf from now on, and nobody waits for it.
              (world.state.connection as Faulty).dead = true;
              world.state.session = null;
              const connection = faulty(random, arrived);
              world = setUp({ store, connection, clock: world.clock, seed: index + 2 });
              world.outbox.wake(session.key);
            }
          }
          await world.clock.advance(3_600_000);
          expect(store.rows.map(({ status }) => status)).toEqual(chats.map(() => 'sent'));
          for (let chat = 0; chat < 4; chat++) {
            const expected = chats.flatMap((one, index) => (one === chat ? [`${index}`] : []));
            const got = arrived.filter((line) => line.startsWith(`chat ${chat} `));
            expect([...new Set(got.map((line) => line.split(' ')[2]))]).toEqual(expected);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** A connection that loses answers, and messages once it is dead. */
class Faulty extends ScriptedConnection {
  dead = false;
}

/** Below the number of tries after which a message is given up, deaths of the process counted in. */
const MAX_LOSSES = 4;

function faulty(random: { next(): number }, arrived: string[]): Faulty {
  const connection = new Faulty();
  connection.respond = ({ chatId, bytes }) => {
    if (connection.dead) return null;
    const line = `${chatId} ${bytes.split('#')[0]}`;
    arrived.push(line);
    const dice = random.next();
    if (arrived.filter((one) => one === line).length > MAX_LOSSES) return { kind: 'acked' };
    if (dice < 0.15) return { kind: 'unconfirmed', reason: 'no answer' };
    if (dice < 0.2) return new Error('1006');
    return { kind: 'acked' };
  };
  return connection;
}
