import { describe, expect, it } from 'vitest';
import { MemoryOutboxStore } from './testing/memory-outbox.ts';
import { ScriptedConnection } from './testing/scripted-connection.ts';
import { session, setUp, text } from './testing/set-up.ts';

describe('the outbox', () => {
  it('answers with what WhatsApp said, after everything is stored', async () => {
    const { outbox, store, released, clock } = setUp();
    const result = await outbox.send(session, text('hello'), 1000);
    expect(result).toMatchObject({ status: 'sent' });
    expect(result.messageId).toMatch(/^3EB0[0-9A-F]{18}$/);
    expect(store.row(result.messageId).status).toBe('sent');
    expect(store.events).toEqual([`message.sent ${result.messageId}`]);
    await clock.advance(0);
    expect(released).toEqual(['hello']);
    expect(clock.pending).toBe(0);
  });

  it('keeps the order of acceptance in a chat', async () => {
    const connection = new ScriptedConnection();
    const { outbox } = setUp({ connection });
    await Promise.all(['1', '2', '3', '4'].map((body) => outbox.send(session, text(body), 1000)));
    expect(connection.wire).toEqual(['anna 1', 'anna 2', 'anna 3', 'anna 4']);
  });

  it('makes the bytes for the address they go to, by which people are named', async () => {
    const connection = new ScriptedConnection();
    const to = '5511@s.whatsapp.net';
    const { outbox } = setUp({ connection, admit: async () => ({ to }) });
    await outbox.send(session, text('hello'), 1000);
    expect(connection.preparedFor).toEqual([to]);
    expect(connection.relays[0]?.chatId).toBe(to);
  });

  it('repeats an unconfirmed send under the same id with the same bytes', async () => {
    const connection = new ScriptedConnection();
    const outcomes = [new Error('1006'), { kind: 'unconfirmed', reason: 'timeout' } as const];
    connection.respond = () => outcomes.shift() ?? { kind: 'acked' };
    const { outbox, store, clock } = setUp({ connection });
    const sending = outbox.send(session, text('hello'), 60_000);
    await clock.advance(30_000);
    const { messageId, status } = await sending;
    expect(status).toBe('sent');
    expect(connection.relays.map((relay) => relay.messageId)).toEqual(Array(3).fill(messageId));
    expect(new Set(connection.relays.map((relay) => relay.bytes)).size).toBe(1);
    expect(connection.relays.map((relay) => relay.isRepeated)).toEqual([false, true, true]);
    expect(store.row(messageId).job.attempts).toBe(3);
  });

  it('gives a send up that WhatsApp never confirms, and goes on with the next', async () => {
    const connection = new ScriptedConnection();
    connection.respond = ({ bytes }) =>
      bytes.startsWith('bad') ? { kind: 'unconfirmed', reason: 'timeout' } : { kind: 'acked' };
    const { outbox, clock } = setUp({ connection });
    const bad = outbox.send(session, text('bad'), 600_000);
    const good = outbox.send(session, text('good'), 600_000);
    await clock.advance(600_000);
    expect(await bad).toMatchObject({ status: 'failed', error: { code: 'unconfirmed' } });
    expect(await good).toMatchObject({ status: 'sent' });
    expect(connection.wire.at(-1)).toBe('anna good');
  });

  it('never repeats what WhatsApp refused', async () => {
    const connection = new ScriptedConnection();
    connection.respond = () => ({ kind: 'rejected', code: 463 });
    const { outbox, store, clock } = setUp({ connection });
    const result = await outbox.send(session, text('hello'), 1000);
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'new_chat_restricted', whatsappCode: 463 },
    });
    await clock.advance(600_000);
    expect(connection.relays).toHaveLength(1);
    expect(store.events).toContain(`message.failed ${result.messageId}`);
    expect(store.events).not.toContain(`message.sent ${result.messageId}`);
  });

  it('answers "queued" when the wait is over, and sends all the same', async () => {
    const connection = new ScriptedConnection();
    connection.respond = null;
    const { outbox, store, clock } = setUp({ connection });
    const sending = outbox.send(session, text('hello'), 5000);
    await clock.advance(5000);
    const { messageId, status } = await sending;
    expect(status).toBe('queued');
    connection.relays[0]?.answer({ kind: 'acked' });
    await clock.advance(0);
    expect(store.row(messageId).status).toBe('sent');
    expect(clock.pending).toBe(0);
  });

  it('waits for the session to be open', async () => {
    const { outbox, state, clock, store } = setUp({ connection: null });
    const { messageId, status } = await outbox.send(session, text('hello'), 0);
    expect(status).toBe('queued');
    state.connection = new ScriptedConnection();
    outbox.wake(session.key);
    await clock.advance(0);
    expect(store.row(messageId).status).toBe('sent');
  });

  it('goes on after a crash between keeping the bytes and hearing the answer', async () => {
    const store = new MemoryOutboxStore();
    const first = new ScriptedConnection();
    first.respond = null;
    const before = setUp({ store, connection: first });
    void before.outbox.send(session, text('hello'), 1000);
    void before.outbox.send(session, text('next'), 1000);
    await before.clock.advance(0);
    expect(first.relays.length).toBeGreaterThan(0);

    const second = new ScriptedConnection();
    const after = setUp({ store, connection: second, seed: 2 });
    after.outbox.wake(session.key);
    await after.clock.advance(0);
    expect(second.relays[0]).toMatchObject({
      messageId: first.relays[0]?.messageId,
      bytes: first.relays[0]?.bytes,
    });
    expect(second.wire).toEqual(['anna hello', 'anna next']);
    expect(store.rows.map(({ status }) => status)).toEqual(['sent', 'sent']);
  });

  it('accepts nothing that the storage did not take', async () => {
    const connection = new ScriptedConnection();
    const { outbox, store, clock } = setUp({ connection });
    store.failing.push('enqueue');
    await expect(outbox.send(session, text('hello'), 1000)).rejects.toThrow('failed in enqueue');
    await clock.advance(60_000);
    expect(connection.relays).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it.each(['due', 'markSending', 'load'])(
    'sends later when the storage fails in %s',
    async (call) => {
      const connection = new ScriptedConnection();
      const { outbox, store, clock } = setUp({ connection });
      store.failing.push(call);
      const sending = outbox.send(session, text('hello'), 60_000);
      await clock.advance(60_000);
      expect(await sending).toMatchObject({ status: 'sent' });
      expect(connection.relays).toHaveLength(1);
    },
  );

  it('records an answer later when the storage failed, without sending again', async () => {
    const connection = new ScriptedConnection();
    const { outbox, store, clock } = setUp({ connection });
    store.failing.push('finish', 'finish');
    const sending = outbox.send(session, text('hello'), 60_000);
    await clock.advance(60_000);
    expect(await sending).toMatchObject({ status: 'sent' });
    expect(connection.relays).toHaveLength(1);
  });

  it('keeps nothing of a session that is removed', async () => {
    const { outbox, clock } = setUp();
    const sendAtMs = clock.now() + 60_000;
    await outbox.send(session, text('later', 'anna', { sendAtMs }), 0);
    const pacing = await outbox.pacing(session);
    await clock.advance(0);
    expect(clock.pending).toBeGreaterThan(0);
    await outbox.forget(session.key);
    expect(clock.pending).toBe(0);
    expect(await outbox.pacing(session)).not.toBe(pacing);
  });

  it('goes on when media cannot be removed', async () => {
    const { outbox, state } = setUp();
    state.releaseFails = true;
    expect(await outbox.send(session, text('1'), 1000)).toMatchObject({ status: 'sent' });
    expect(await outbox.send(session, text('2'), 1000)).toMatchObject({ status: 'sent' });
  });

  it('refuses what is beyond the limit of the queue, and takes more when some have gone', async () => {
    const { outbox, clock, state } = setUp({ maxQueued: 2 });
    const { connection } = state;
    state.connection = null;
    const send = (body: string) => outbox.send(session, text(body), 0);
    await send('1');
    await send('2');
    await expect(send('3')).rejects.toMatchObject({ code: 'queue_full' });
    state.connection = connection;
    outbox.wake(session.key);
    await clock.advance(1000);
    await send('4');
    await expect(send('5')).resolves.toMatchObject({ status: 'queued' });
  });

  it('looks after what an earlier process left, also where the session does not open', async () => {
    const store = new MemoryOutboxStore();
    const before = setUp({ store, connection: null });
    const expiresAtMs = before.clock.now() + 1000;
    const late = text('late', 'anna', { expiresAtMs });
    const { messageId } = await before.outbox.send(session, late, 0);
    await before.outbox.stop();
    const after = setUp({ store, connection: null, clock: before.clock, seed: 2 });
    await after.outbox.start();
    await after.clock.advance(1000);
    expect(store.row(messageId)).toMatchObject({
      status: 'failed',
      error: { code: 'send_expired' },
    });
  });

  it('tells at most once a minute how long a queue is that is held, and when it is over', async () => {
    const { outbox, clock, store } = setUp();
    const told = () => store.events.filter((event) => event.startsWith('outbox.progress'));
    await outbox.send(session, text('quick'), 1000);
    await clock.advance(60_000);
    await outbox.pause(session);
    for (let i = 0; i < 5; i++) await outbox.send(session, text(`${i}`), 0);
    await clock.advance(59_999);
    expect(told()).toHaveLength(1);
    await clock.advance(1);
    expect(told().at(-1)).toBe('outbox.progress 5');
    await outbox.resume(session);
    await clock.advance(60_000);
    expect(told().at(-1)).toBe('outbox.progress 0');
    const { length } = told();
    await clock.advance(600_000);
    expect(told()).toHaveLength(length);
    expect(clock.pending).toBe(0);
  });

  it('once stopped lets callers go, sends nothing new, and waits for what is under way', async () => {
    const connection = new ScriptedConnection();
    connection.respond = null;
    const { outbox, store, clock } = setUp({ connection });
    const first = outbox.send(session, text('1'), 60_000);
    const second = outbox.send(session, text('2'), 60_000);
    await clock.advance(0);
    const relayed = connection.relays.length;
    const stopped = outbox.stop();
    expect(await first).toMatchObject({ status: 'queued' });
    expect(await second).toMatchObject({ status: 'queued' });
    for (const relay of connection.relays) relay.answer({ kind: 'acked' });
    await stopped;
    expect(connection.relays).toHaveLength(relayed);
    expect(store.rows[0]?.status).toBe('sent');
    expect(await outbox.send(session, text('3'), 60_000)).toMatchObject({ status: 'queued' });
    expect(clock.pending).toBe(0);
  });
});
