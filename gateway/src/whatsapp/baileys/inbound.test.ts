import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { seededRandom } from '../../kernel/random.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { Arrived, WireMessage } from '../port.ts';
import type { JournalEntry } from '../store.ts';
import { Inbound } from './inbound.ts';
import type { InboundRow } from './inbound-row.ts';
import { recoverJournal } from './recovery.ts';

/** A journal in memory whose rows name their chat; the recorder closes them. */
class Journal {
  readonly open = new Map<number, InboundRow>();
  reads = 0;
  failReads = 0;
  #last = 0;

  add(lane: string, kind: 'messages' | 'nothing' | 'unreadable' = 'messages'): InboundRow {
    const id = ++this.#last;
    const content: InboundRow['content'] =
      kind === 'messages'
        ? { kind, messages: [{ messageId: String(id), chat: lane } as WireMessage] }
        : kind === 'nothing'
          ? { kind }
          : { kind, reason: 'damaged' };
    const row = { id, lane, content };
    this.open.set(id, row);
    return row;
  }

  async openJournal(_key: number, after: number, limit: number): Promise<JournalEntry[]> {
    this.reads++;
    if (this.failReads-- > 0) throw new Error('disk');
    return [...this.open.keys()]
      .filter((id) => id > after)
      .slice(0, limit)
      .map((id) => ({
        id,
        receivedAtMs: 0,
        stanza: new Uint8Array(),
        encIndex: 0,
        plaintext: new Uint8Array(),
      }));
  }

  async closeJournal(_key: number, ids: readonly number[]): Promise<void> {
    for (const id of ids) this.open.delete(id);
  }

  row(id: number): InboundRow {
    const row = this.open.get(id);
    if (!row) throw new Error('closed');
    return row;
  }
}

function setUp(
  record: (id: number) => void | Promise<void> = () => undefined,
  onRun: (length: number) => void = () => undefined,
) {
  const clock = new VirtualClock();
  const journal = new Journal();
  const recorded: number[] = [];
  const onMessages = async (arrived: readonly Arrived[]) => {
    onRun(arrived.length);
    for (const { message } of arrived) await record(Number(message.messageId));
    for (const { message, journalIds } of arrived) {
      recorded.push(Number(message.messageId));
      await journal.closeJournal(1, journalIds);
    }
  };
  const read = async (entry: JournalEntry) => journal.row(entry.id);
  const deps = { journal, key: 1, read, onMessages, logger: silentLogger };
  const inbound = new Inbound({ ...deps, clock, random: seededRandom(1) });
  return { clock, journal, recorded, inbound, recover: () => recoverJournal(deps) };
}

it('hands over live rows in order and closes those with nothing in them', async () => {
  const { clock, journal, recorded, inbound } = setUp();
  inbound.start();
  await clock.advance(0);
  for (const kind of ['messages', 'nothing', 'messages'] as const) {
    inbound.push(journal.add('a', kind));
  }
  await clock.advance(0);
  expect(recorded).toEqual([1, 3]);
  expect(journal.open.size).toBe(0);
});

it('begins with what an earlier life left open', async () => {
  const { clock, journal, recorded, inbound } = setUp();
  for (let row = 0; row < 250; row++) journal.add(`chat ${row % 3}`);
  inbound.push(journal.add('a'));
  inbound.start();
  inbound.push(journal.add('a'));
  await clock.advance(0);
  expect(new Set(recorded).size).toBe(252);
  const ofOneChat = recorded.filter((id) => id <= 250 && id % 3 === 1);
  expect(ofOneChat).toEqual(Array.from({ length: 84 }, (_, index) => 3 * index + 1));
  expect(recorded.filter((id) => id > 250)).toEqual([251, 252]);
});

it('works on eight chats at a time', async () => {
  const releases: (() => void)[] = [];
  const { clock, journal, recorded, inbound } = setUp(
    () => new Promise((resolve) => releases.push(resolve)),
  );
  inbound.start();
  await clock.advance(0);
  for (let row = 0; row < 30; row++) inbound.push(journal.add(`chat ${row % 10}`));
  await clock.advance(0);
  expect(releases).toHaveLength(8);
  for (let turn = 0; turn < 10; turn++) {
    for (const release of releases.splice(0)) release();
    await clock.advance(0);
    expect(releases.length).toBeLessThanOrEqual(8);
  }
  expect(recorded).toHaveLength(30);
});

it('hands over at once what has gathered in a chat, 64 at most, in its order', async () => {
  const runs: number[] = [];
  const { clock, journal, recorded, inbound } = setUp(undefined, (run) => runs.push(run));
  inbound.start();
  await clock.advance(0);
  for (let row = 0; row < 70; row++) inbound.push(journal.add('a'));
  await clock.advance(0);
  expect(runs).toEqual([64, 6]);
  expect(recorded).toEqual(Array.from({ length: 70 }, (_, index) => index + 1));
});

it('holds up only the chat whose message fails, and keeps its order', async () => {
  let healthy = false;
  const { clock, journal, recorded, inbound } = setUp((id) => {
    if (id === 1 && !healthy) throw new Error('not now');
  });
  inbound.start();
  await clock.advance(0);
  for (const lane of ['a', 'b', 'a', 'b']) inbound.push(journal.add(lane));
  await clock.advance(0);
  expect(recorded).toEqual([2, 4]);
  healthy = true;
  await clock.advance(1_000);
  expect(recorded).toEqual([2, 4, 1, 3]);
});

it('gives a poison row up after five tries and goes on', async () => {
  let tries = 0;
  const { clock, journal, recorded, inbound } = setUp((id) => {
    if (id !== 1) return;
    tries++;
    throw new Error('poison');
  });
  inbound.start();
  await clock.advance(0);
  inbound.push(journal.add('a'));
  inbound.push(journal.add('a'));
  await clock.advance(60_000);
  expect(tries).toBe(5);
  expect(recorded).toEqual([2]);
  expect([...journal.open.keys()]).toEqual([1]);
  expect(clock.pending).toBe(0);
});

it('leaves unreadable rows in the journal', async () => {
  const { clock, journal, recorded, inbound } = setUp();
  journal.add('a', 'unreadable');
  journal.add('a');
  inbound.start();
  await clock.advance(0);
  expect(recorded).toEqual([2]);
  expect([...journal.open.keys()]).toEqual([1]);
});

it('keeps no more than a thousand rows in memory and loses none', async () => {
  let release: () => void = () => undefined;
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { clock, journal, recorded, inbound } = setUp((id) => (id === 1 ? blocked : undefined));
  inbound.start();
  await clock.advance(0);
  for (let row = 0; row < 2_500; row++) inbound.push(journal.add('a'));
  await clock.advance(0);
  const readsBefore = journal.reads;
  release();
  for (let turn = 0; turn < 40; turn++) await clock.advance(0);
  expect(recorded).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
  expect(journal.reads - readsBefore).toBeGreaterThanOrEqual(15);
});

it('tries again when the journal cannot be read', async () => {
  const { clock, journal, recorded, inbound } = setUp();
  journal.failReads = 1;
  journal.add('a');
  inbound.start();
  await clock.advance(0);
  expect(recorded).toEqual([]);
  inbound.push(journal.add('a'));
  await clock.advance(10_000);
  expect(recorded).toEqual([1, 2]);
});

it('stops after what it is doing, and leaves the rest to the next life', async () => {
  const { clock, journal, recorded, inbound } = setUp((id) => {
    if (id === 2) throw new Error('not now');
  });
  inbound.start();
  await clock.advance(0);
  for (const lane of ['a', 'b', 'c']) inbound.push(journal.add(lane));
  await inbound.stop();
  expect(recorded).toEqual([1, 3]);
  inbound.push(journal.add('a'));
  await clock.advance(60_000);
  expect(recorded).toEqual([1, 3]);
  expect([...journal.open.keys()]).toEqual([2, 4]);
  expect(clock.pending).toBe(0);
});

it('keeps the order of every chat whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ lane: fc.constantFrom('a', 'b', 'c'), fails: fc.nat(3) }), {
        maxLength: 25,
      }),
      async (rows) => {
        const failures = rows.map(({ fails }) => fails);
        const { clock, journal, recorded, inbound } = setUp((id) => {
          if ((failures[id - 1] ?? 0) > 0) {
            failures[id - 1] = (failures[id - 1] ?? 0) - 1;
            throw new Error('not now');
          }
        });
        inbound.start();
        for (const { lane } of rows) inbound.push(journal.add(lane));
        await clock.advance(300_000);
        expect([...recorded].sort((one, other) => one - other)).toEqual(rows.map((_, i) => i + 1));
        for (const lane of ['a', 'b', 'c']) {
          const ids = recorded.filter((id) => rows[id - 1]?.lane === lane);
          expect(ids).toEqual([...ids].sort((one, other) => one - other));
        }
        expect(journal.open.size).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
});

it('recovers in one pass and leaves alone what follows a failure in its chat', async () => {
  const { journal, recorded, recover } = setUp((id) => {
    if (id === 1) throw new Error('not now');
  });
  for (const lane of ['a', 'b', 'a', 'b']) journal.add(lane);
  await expect(recover()).resolves.toBe(2);
  expect(recorded).toEqual([2, 4]);
  expect([...journal.open.keys()]).toEqual([1, 3]);
});
