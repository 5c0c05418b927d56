import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageStatus, UNCONFIRMED } from '../../messages/store.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import {
  bytes,
  nothing,
  plain,
  report,
  sampleJob,
  sampleJournal,
  sampleMessage,
} from './samples.ts';

/** The contract of `MessageStore` and `MessageRetention`. */
export function describeMessageStore(make: MakeVessel): void {
  describe('messages', () => {
    describeInbound(make);
    describeRuns(make);
    describeDuplicates(make);
    describeAdvance(make);
    describeStatusOrder(make);
    describeRetention(make);
  });
}

function describeInbound(make: MakeVessel): void {
  const world = useWorld(make);

  it('stores the message, its events, and closes the journal, all at once', async () => {
    const { messages, devices, events } = world().storage;
    const key = await world().session();
    const journalId = Number(await devices.commit(key, { journal: sampleJournal(1) }));
    const message = sampleMessage('m1');
    const outcome = await messages.recordInbound(key, [
      { journalIds: [journalId], message, batch: report('e1') },
    ]);
    expect(outcome).toEqual(['stored']);
    const found = await messages.find(key, 'm1');
    expect({ ...found, encoded: plain(found?.encoded) }).toEqual(message);
    expect(plain(await messages.encoded(key, 'm1'))).toEqual(message.encoded);
    expect(await devices.openJournal(key, 0, 10)).toEqual([]);
    expect(await events.read('default', 0, 10)).toHaveLength(1);
  });

  it('leaves everything open when the session is gone', async () => {
    const { messages, events } = world().storage;
    await expect(
      messages.recordInbound(404, [
        { journalIds: [1], message: sampleMessage('m1'), batch: report('e1') },
      ]),
    ).rejects.toMatchObject({ code: 'session_not_found' });
    expect(await events.read('default', 0, 10)).toEqual([]);
  });

  it('undoes all of it when one part cannot be written', async () => {
    const { messages, devices, events } = world().storage;
    const key = await world().session();
    const journalId = Number(await devices.commit(key, { journal: sampleJournal(1) }));
    const delivery = { id: 'd1', eventId: 'nowhere', endpointId: 'hook', orderKey: 'c' };
    const batch = { ...report('e1'), deliveries: [delivery] };
    const input = { journalIds: [journalId], message: sampleMessage('m1'), batch };
    await expect(messages.recordInbound(key, [input])).rejects.toThrow();
    expect(await messages.find(key, 'm1')).toBeNull();
    expect(await devices.openJournal(key, 0, 10)).toHaveLength(1);
    expect(await events.read('default', 0, 10)).toEqual([]);
  });

  it('knows no encoding where none was kept', async () => {
    const { messages } = world().storage;
    const key = await world().session();
    const message = sampleMessage('m1', { encoded: null });
    await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    expect(await messages.encoded(key, 'm1')).toBeNull();
    expect(await messages.encoded(key, 'unknown')).toBeNull();
    expect((await messages.find(key, 'm1'))?.encoded).toBeNull();
  });

  it('puts another protobuf in the place of the one it finds, and of no other', async () => {
    const { messages } = world().storage;
    const [key, other] = [await world().session(), await world().session('other')];
    const own = sampleMessage('m1', { fromMe: true, status: 'sent' });
    const others = sampleMessage('m1');
    for (const message of [own, others]) {
      await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    }
    await messages.recordInbound(other, [{ journalIds: [], message: own, batch: nothing }]);
    await messages.replaceEncoded(key, 'm1', bytes(7, 8));
    await messages.replaceEncoded(key, 'unknown', bytes(9));
    const found = await messages.find(key, 'm1');
    expect({ ...found, encoded: plain(found?.encoded) }).toEqual({ ...own, encoded: bytes(7, 8) });
    expect(plain(await messages.encoded(other, 'm1'))).toEqual(own.encoded);
  });

  it('finds our own message before one of others with the same id', async () => {
    const { messages } = world().storage;
    const key = await world().session();
    const own = sampleMessage('m1', { fromMe: true, status: 'sent', encoded: bytes(1) });
    const others = sampleMessage('m1', { encoded: bytes(2) });
    await messages.recordInbound(key, [{ journalIds: [], message: own, batch: nothing }]);
    await messages.recordInbound(key, [{ journalIds: [], message: others, batch: nothing }]);
    expect((await messages.find(key, 'm1'))?.fromMe).toBe(true);
    expect(plain(await messages.encoded(key, 'm1'))).toEqual(bytes(1));
  });
}

function describeRuns(make: MakeVessel): void {
  const world = useWorld(make);

  it('records several in their order, and none when one cannot be written', async () => {
    const { messages, events } = world().storage;
    const key = await world().session();
    const entry = (id: string) => ({
      journalIds: [],
      message: sampleMessage(id),
      batch: report(`event of ${id}`),
    });
    const outcomes = await messages.recordInbound(key, [entry('m1'), entry('m2'), entry('m1')]);
    expect(outcomes).toEqual(['stored', 'stored', 'duplicate']);
    const deliveries = [{ id: 'd', eventId: 'nowhere', endpointId: 'hook', orderKey: 'c' }];
    const impossible = { ...entry('m4'), batch: { ...report('e4'), deliveries } };
    await expect(messages.recordInbound(key, [entry('m3'), impossible])).rejects.toThrow();
    const kept = await events.read('default', 0, 10);
    expect(kept.map(({ id }) => id)).toEqual(['event of m1', 'event of m2']);
  });
}

function describeDuplicates(make: MakeVessel): void {
  const world = useWorld(make);
  const record = (key: number, fields: Parameters<typeof sampleMessage>[1], event: string) =>
    world().storage.messages.recordInbound(key, [
      { journalIds: [], message: sampleMessage('m1', fields), batch: report(event) },
    ]);
  const eventIds = async () =>
    (await world().storage.events.read('default', 0, 10)).map(({ id }) => id);

  it('writes the event of a message once, also when it comes twice at the same instant', async () => {
    const key = await world().session();
    const outcomes = await Promise.all([record(key, {}, 'e1'), record(key, {}, 'e2')]);
    expect(outcomes).toEqual([['stored'], ['duplicate']]);
    await world().reopen();
    expect(await record(key, { data: { text: 'other' } }, 'e3')).toEqual(['duplicate']);
    expect(await eventIds()).toEqual(['e1']);
  });

  it('closes the journal of a duplicate all the same', async () => {
    const { devices, messages } = world().storage;
    const key = await world().session();
    await record(key, {}, 'e1');
    const journalId = Number(await devices.commit(key, { journal: sampleJournal(1) }));
    const message = sampleMessage('m1');
    const input = { journalIds: [journalId], message, batch: report('e2') };
    expect(await messages.recordInbound(key, [input])).toEqual(['duplicate']);
    expect(await devices.openJournal(key, 0, 10)).toEqual([]);
  });

  it('takes the same id of another chat, sender or session for another message', async () => {
    const [key, other] = [await world().session('a'), await world().session('b')];
    const outcomes = [
      await record(key, {}, 'e1'),
      await record(key, { chatId: 'g@g.us' }, 'e2'),
      await record(key, { chatId: 'g@g.us', senderId: 's' }, 'e3'),
      await record(other, {}, 'e4'),
    ];
    expect(outcomes).toEqual(outcomes.map(() => ['stored']));
  });

  it('knows our own messages by their id alone: an echo may name the chat differently', async () => {
    const { outbox, messages } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    expect(await record(key, { fromMe: true, chatId: '99@lid', senderId: 'me' }, 'e1')).toEqual([
      'duplicate',
    ]);
    expect((await messages.find(key, 'm1'))?.status).toBe('queued');
  });

  it('judges what carries no message by its journal', async () => {
    const { devices, messages } = world().storage;
    const key = await world().session();
    const journalId = Number(await devices.commit(key, { journal: sampleJournal(1) }));
    const note = (journalIds: number[], event: string) =>
      messages.recordInbound(key, [{ journalIds, message: null, batch: report(event) }]);
    expect(await note([journalId], 'e1')).toEqual(['stored']);
    expect(await note([journalId], 'e2')).toEqual(['duplicate']);
    expect(await note([], 'e3')).toEqual(['stored']);
    expect(await eventIds()).toEqual(['e1', 'e3']);
  });
}

function describeAdvance(make: MakeVessel): void {
  const world = useWorld(make);

  it('asks for the events of those that really moved, with their new status', async () => {
    const { messages, outbox, events } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await outbox.enqueue(sampleJob(key, 'm2'));
    await messages.advance(key, ['m2'], 'read', () => nothing);
    const asked: string[][] = [];
    const ids = ['m2', 'unknown', 'm1', 'm1'];
    const moved = await messages.advance(key, ids, 'delivered', (records) => {
      asked.push(
        records.map(({ messageId, before, status }) => `${messageId} ${before} ${status}`),
      );
      return report('e1');
    });
    expect(moved).toBe(1);
    expect(asked).toEqual([['m1 queued delivered']]);
    expect((await messages.find(key, 'm1'))?.status).toBe('delivered');
    expect((await messages.find(key, 'm2'))?.status).toBe('read');
    expect(await events.read('default', 0, 10)).toHaveLength(1);
  });

  it('does not ask when nothing moved', async () => {
    const { messages } = world().storage;
    const key = await world().session();
    const moved = await messages.advance(key, ['unknown'], 'read', () => {
      throw new Error('asked');
    });
    expect(moved).toBe(0);
  });

  it('moves nothing when the events cannot be made', async () => {
    const { messages, outbox } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    const advance = messages.advance(key, ['m1'], 'sent', () => {
      throw new Error('no events');
    });
    await expect(advance).rejects.toThrow('no events');
    expect((await messages.find(key, 'm1'))?.status).toBe('queued');
  });

  it('never touches messages of others', async () => {
    const { messages } = world().storage;
    const key = await world().session();
    const message = sampleMessage('m1');
    await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    expect(await messages.advance(key, ['m1'], 'read', () => nothing)).toBe(0);
    expect((await messages.find(key, 'm1'))?.status).toBe('received');
  });

  it('lifts what was given up unconfirmed when somebody received it, and no other failure', async () => {
    const { messages, outbox, history } = world().storage;
    const key = await world().session();
    for (const code of [UNCONFIRMED, 'new_chat_restricted'] as const) {
      await outbox.enqueue(sampleJob(key, code));
      const error = { code, whatsappCode: null, message: 'why' };
      await outbox.finish(key, code, { status: 'failed', error }, nothing);
    }
    const both = [UNCONFIRMED, 'new_chat_restricted'];
    expect(await messages.advance(key, both, 'sent', () => nothing)).toBe(0);
    const moved = await messages.advance(key, both, 'delivered', (records) => {
      expect(records).toMatchObject([{ messageId: UNCONFIRMED, status: 'delivered' }]);
      return report('e1');
    });
    expect(moved).toBe(1);
    expect(await history.message(key, UNCONFIRMED)).toMatchObject({ status: 'delivered' });
    expect(await messages.find(key, UNCONFIRMED)).not.toHaveProperty('error');
    expect(await messages.find(key, 'new_chat_restricted')).toMatchObject({ status: 'failed' });
    // It stays where it is from then on, as every other does.
    expect(await messages.advance(key, both, 'failed', () => nothing)).toBe(0);
  });

  it('ends the job of a message that failed', async () => {
    const { messages, outbox } = world().storage;
    const key = await world().session();
    await outbox.enqueue(sampleJob(key, 'm1'));
    await messages.advance(key, ['m1'], 'failed', () => nothing);
    expect(await outbox.pending(key, 10)).toEqual([]);
  });
}

const ORDER: readonly MessageStatus[] = [
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'played',
];

function describeStatusOrder(make: MakeVessel): void {
  const world = useWorld(make);

  it('only ever moves to the right, and failed is final', async () => {
    const key = await world().session();
    const { messages, outbox } = world().storage;
    let run = 0;
    const target = fc.constantFrom<MessageStatus>(...ORDER, 'failed', 'received');
    await fc.assert(
      fc.asyncProperty(fc.array(target, { maxLength: 12 }), async (targets) => {
        const id = `m${run++}`;
        await outbox.enqueue(sampleJob(key, id));
        let before: MessageStatus = 'queued';
        for (const status of targets) {
          const moved = await messages.advance(key, [id], status, () => nothing);
          const now = (await messages.find(key, id))?.status;
          expect(now).toBe(moved === 1 ? status : before);
          if (moved === 1) expect(isForward(before, status)).toBe(true);
          else expect(isForward(before, status)).toBe(false);
          before = now ?? before;
        }
      }),
      { numRuns: 30 },
    );
  });
}

/** The rule once more, in other words than the drivers'. */
function isForward(from: MessageStatus, to: MessageStatus): boolean {
  if (from === 'failed' || to === 'received') return false;
  if (to === 'failed') return ['queued', 'sending', 'sent'].includes(from);
  return ORDER.indexOf(to) > ORDER.indexOf(from);
}

function describeRetention(make: MakeVessel): void {
  const world = useWorld(make);

  it('removes old messages in steps, but none whose job is unfinished', async () => {
    const { messages, outbox } = world().storage;
    const { clock } = world();
    const key = await world().session();
    const store = (id: string) =>
      messages.recordInbound(key, [{ journalIds: [], message: sampleMessage(id), batch: nothing }]);
    await outbox.enqueue(sampleJob(key, 'job'));
    await store('old1');
    await store('old2');
    await clock.advance(1_000);
    await store('young');
    const steps = [];
    for (let step = 0; step < 3; step++) steps.push(await messages.prune(clock.now(), 1));
    expect(steps).toEqual([1, 1, 0]);
    expect(await messages.find(key, 'old2')).toBeNull();
    expect(await messages.find(key, 'young')).not.toBeNull();
    expect(await outbox.pending(key, 10)).toHaveLength(1);
  });
}
