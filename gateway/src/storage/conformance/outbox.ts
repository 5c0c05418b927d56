import { describe, expect, it } from 'vitest';
import type { JobError } from '../../outbox/store.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import { bytes, nothing, plain, report, sampleJob } from './samples.ts';

const refused: JobError = { code: 'rejected_by_whatsapp', whatsappCode: 463, message: 'refused' };

/** The contract of `OutboxStore`. */
export function describeOutboxStore(make: MakeVessel): void {
  describe('outbox', () => {
    describeQueue(make);
    describeFinish(make);
  });
}

function describeQueue(make: MakeVessel): void {
  const world = useWorld(make);

  it('keeps a job and its message, as they were given', async () => {
    const key = await world().session();
    const job = sampleJob(key, 'm1');
    await world().storage.outbox.enqueue(job);
    await world().reopen();
    expect(await world().storage.outbox.pending(key, 10)).toEqual([job]);
    expect(await world().storage.messages.find(key, 'm1')).toEqual({
      messageId: 'm1',
      chatId: job.chatId,
      senderId: job.senderId,
      fromMe: true,
      type: 'text',
      status: 'queued',
      timestampMs: job.createdAtMs,
      data: job.data,
      encoded: null,
    });
  });

  it('answers unfinished jobs in the order of acceptance, in pages, per session', async () => {
    const { outbox } = world().storage;
    const [key, other] = [await world().session('a'), await world().session('b')];
    const ids = ['c', 'a', 'b', 'd'];
    await Promise.all(ids.map((id) => outbox.enqueue(sampleJob(key, id))));
    await outbox.enqueue(sampleJob(other, 'a'));
    expect((await outbox.pending(key, 3)).map(({ messageId }) => messageId)).toEqual([
      'c',
      'a',
      'b',
    ]);
    expect(await outbox.sessionsWithPending()).toEqual([key, other]);
    await outbox.finish(other, 'a', { status: 'sent' }, nothing);
    expect(await outbox.sessionsWithPending()).toEqual([key]);
  });

  it('refuses an id that the session has already, and a session that is gone', async () => {
    const { outbox } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await expect(outbox.enqueue(sampleJob(key, 'm1', { chatId: 'other' }))).rejects.toThrow();
    await outbox.finish(key, 'm1', { status: 'sent' }, nothing);
    await expect(outbox.enqueue(sampleJob(key, 'm1'))).rejects.toThrow();
    expect(await outbox.pending(key, 10)).toEqual([]);
    await expect(outbox.enqueue(sampleJob(404, 'm2'))).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });

  it('keeps the bytes before they are sent and counts the attempts', async () => {
    const { outbox, messages } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await outbox.markSending(key, 'm1', bytes(1, 2));
    await outbox.markSending(key, 'm1', bytes(1, 2));
    const [job] = await outbox.pending(key, 1);
    expect(job?.attempts).toBe(2);
    expect(plain(job?.encoded)).toEqual(bytes(1, 2));
    expect(plain(await messages.encoded(key, 'm1'))).toEqual(bytes(1, 2));
    expect((await messages.find(key, 'm1'))?.status).toBe('sending');
  });

  it('does not let a job be sent that is over or was never there', async () => {
    const { outbox } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await outbox.finish(key, 'm1', { status: 'sent' }, nothing);
    for (const id of ['m1', 'unknown']) {
      await expect(outbox.markSending(key, id, bytes(1))).rejects.toMatchObject({
        code: 'message_not_found',
      });
    }
  });
}

function describeFinish(make: MakeVessel): void {
  const world = useWorld(make);
  const eventIds = async () =>
    (await world().storage.events.read('default', 0, 10)).map(({ id }) => id);

  it('ends a job once, with its events', async () => {
    const { outbox, messages } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    expect(await outbox.finish(key, 'm1', { status: 'sent' }, report('e1'))).toBe(true);
    await outbox.finish(key, 'm1', { status: 'failed', error: refused }, report('e2'));
    await outbox.finish(key, 'unknown', { status: 'sent' }, report('e3'));
    await outbox.finish(404, 'm1', { status: 'sent' }, report('e4'));
    expect((await messages.find(key, 'm1'))?.status).toBe('sent');
    expect(await eventIds()).toEqual(['e1']);
  });

  it('keeps why it failed', async () => {
    const { outbox, messages } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await outbox.finish(key, 'm1', { status: 'failed', error: refused }, report('e1'));
    expect(await messages.find(key, 'm1')).toMatchObject({ status: 'failed', error: refused });
    expect(await messages.advance(key, ['m1'], 'delivered', () => nothing)).toBe(0);
  });

  it('lets a receipt overtake the ack: the message stays ahead, and only the receipt is reported', async () => {
    const { outbox, messages } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await messages.advance(key, ['m1'], 'delivered', () => report('e1'));
    await outbox.markSending(key, 'm1', bytes(1));
    expect((await messages.find(key, 'm1'))?.status).toBe('delivered');
    expect(await outbox.finish(key, 'm1', { status: 'sent' }, report('e2'))).toBe(false);
    expect((await messages.find(key, 'm1'))?.status).toBe('delivered');
    expect(await eventIds()).toEqual(['e1']);
  });

  it('does not report the failure of what was received', async () => {
    const { outbox, messages } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await messages.advance(key, ['m1'], 'delivered', () => nothing);
    await outbox.finish(key, 'm1', { status: 'failed', error: refused }, report('e1'));
    const found = await messages.find(key, 'm1');
    expect(found?.status).toBe('delivered');
    expect(found).not.toHaveProperty('error');
    expect(await eventIds()).toEqual([]);
    expect(await outbox.pending(key, 10)).toEqual([]);
  });
}
