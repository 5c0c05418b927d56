import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { StorageLost, type StorageUnavailable } from '../errors.ts';
import type { Connection } from './connection.ts';
import { Faults } from './testing/faults.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';
import { Writer } from './writer.ts';

describe('group commit', () => {
  const faults = new Faults();
  const clock = new VirtualClock();
  const failures: string[] = [];
  /** How often the disk was asked to keep what it has, and how it does that. */
  let syncs: number;
  let sync: () => Promise<void>;
  let folder: TestFolder;
  let db: Connection;
  let writer: Writer;

  beforeEach(async () => {
    folder = await makeTestFolder();
    db = faults.connect(folder.file, 'writer');
    db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT');
    failures.length = 0;
    const onFailure = (failure: StorageUnavailable) => void failures.push(failure.message);
    syncs = 0;
    sync = async () => {};
    const log = {
      sync: () => {
        syncs++;
        return sync();
      },
    };
    writer = new Writer({ db, log, clock, onFailure });
  });
  afterEach(async () => {
    faults.disarm();
    db.close();
    await folder.remove();
  });

  const add = (n: number) =>
    writer.write(() => db.prepare('INSERT INTO t VALUES (?)').run(n).changes);
  const rows = () => db.prepare<[], number>('SELECT n FROM t ORDER BY n').pluck().all();

  it('commits what is called in one turn together, and resolves after the commit', async () => {
    const answers = await Promise.all([add(1), add(2), add(3)]);
    expect(answers).toEqual([1, 1, 1]);
    expect(writer.stats()).toMatchObject({ writes: 3, commits: 1, failures: 0, waiting: 0 });
    await add(4);
    expect(writer.stats().commits).toBe(2);
  });

  it('waits for others as long as each turn brings more', async () => {
    const chain = async (n: number, turns: number) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done));
      await add(n);
    };
    await Promise.all([add(0), add(1), chain(2, 1), chain(3, 2)]);
    expect(writer.stats().commits).toBe(1);
  });

  it('does not wait beyond its window', async () => {
    const all: Promise<number>[] = [];
    const first = async () => {
      await add(0);
      return all.length;
    };
    const others = first();
    for (let n = 1; n <= 20; n++) {
      all.push(add(n));
      if (n === 5) void clock.advance(4);
      await new Promise((done) => setImmediate(done));
    }
    // The virtual clock moves some turns of the loop after it is told to.
    expect(await others).toBeGreaterThan(5);
    expect(await others).toBeLessThan(15);
    await Promise.all(all);
    expect(rows()).toHaveLength(21);
  });

  it('commits at once, in the turn of its caller, when 256 are waiting', async () => {
    const all = Array.from({ length: 600 }, (_, n) => add(n));
    expect(writer.stats()).toMatchObject({ commits: 2, writes: 512, waiting: 600 });
    await Promise.all(all);
    expect(rows()).toHaveLength(600);
  });

  it('undoes a write that throws alone, and tells only its caller', async () => {
    const half = writer.write(() => {
      db.prepare('INSERT INTO t VALUES (?)').run(50);
      throw new RangeError('no');
    });
    const outcomes = await Promise.allSettled([add(1), half, add(1), add(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    await expect(half).rejects.toBeInstanceOf(RangeError);
    expect(rows()).toEqual([1, 2]);
    expect(failures).toEqual([]);
  });

  it('rejects everybody when the commit fails, and goes on afterwards', async () => {
    // begin, then savepoint, insert, release twice, then commit
    faults.arm(8, { code: 'SQLITE_FULL', rollsBack: false });
    const outcomes = await Promise.allSettled([add(1), add(2)]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'storage_unavailable' } });
    }
    expect(rows()).toEqual([]);
    expect(failures).toHaveLength(1);
    expect(writer.stats()).toMatchObject({ commits: 0, writes: 0, failures: 1 });
    await add(3);
    expect(rows()).toEqual([3]);
  });

  it('rejects everybody when SQLite has rolled the transaction back by itself', async () => {
    faults.arm(6, { code: 'SQLITE_IOERR', rollsBack: true });
    const outcomes = await Promise.allSettled([add(1), add(2), add(3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(rows()).toEqual([]);
  });

  it('goes on even when the rollback failed as well', async () => {
    // begin, savepoint, insert, release, then commit and rollback
    faults.arm(5, { code: 'SQLITE_IOERR', rollsBack: false, times: 2 });
    await expect(add(1)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(db.inTransaction).toBe(true);
    await add(2);
    expect(rows()).toEqual([2]);
  });

  it('commits what is waiting when it is closed, and takes nothing more', async () => {
    const waiting = add(1);
    await writer.close();
    expect(rows()).toEqual([1]);
    expect(syncs).toBe(1);
    await expect(waiting).resolves.toBe(1);
    await expect(add(2)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  describe('on a disk that takes its time', () => {
    const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const told: number[] = [];
    const addAndTell = async (n: number) => {
      await add(n);
      told.push(n);
    };
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn++) await new Promise((done) => setImmediate(done));
    };

    beforeEach(() => {
      answers.length = 0;
      told.length = 0;
      sync = () =>
        new Promise((resolve, reject) => {
          answers.push({ resolve, reject });
        });
    });

    it('tells nobody before what was committed is on it', async () => {
      const all = Promise.all([addAndTell(1), addAndTell(2)]);
      await turns(5);
      expect(rows()).toEqual([1, 2]);
      expect(told).toEqual([]);
      answers[0]?.resolve();
      await all;
      expect(told).toEqual([1, 2]);
    });

    it('says earlier that a write is visible, and nothing of one that was undone', async () => {
      const visible: unknown[] = [];
      const tell = (value: unknown) => void visible.push(value);
      const all = Promise.allSettled([
        writer.write(() => db.prepare('INSERT INTO t VALUES (1)').run().changes, tell),
        writer.write(() => db.prepare('INSERT INTO t VALUES (1)').run().changes, tell),
      ]);
      expect(visible).toEqual([]);
      await turns(5);
      expect(visible).toEqual([1]);
      expect(rows()).toEqual([1]);
      answers[0]?.resolve();
      await all;
      expect(visible).toEqual([1]);
    });

    it('gathers the next transaction meanwhile, and syncs it for itself', async () => {
      const first = addAndTell(1);
      await turns(5);
      const others = [addAndTell(2)];
      await turns(5);
      others.push(addAndTell(3));
      await turns(5);
      expect(rows()).toEqual([1]);
      answers[0]?.resolve();
      await first;
      await turns(5);
      expect(rows()).toEqual([1, 2, 3]);
      expect(told).toEqual([1]);
      expect([writer.stats().commits, syncs]).toEqual([2, 2]);
      answers[1]?.resolve();
      await Promise.all(others);
    });

    it('still commits when 256 are waiting, and tells them after the next sync', async () => {
      const first = addAndTell(0);
      await turns(5);
      const others = Array.from({ length: 256 }, (_, n) => addAndTell(n + 1));
      expect(writer.stats()).toMatchObject({ commits: 2, writes: 257, waiting: 257 });
      answers[0]?.resolve();
      await first;
      await turns(5);
      expect(told).toEqual([0]);
      answers[1]?.resolve();
      await Promise.all(others);
    });

    it('waits for it when it is closed', async () => {
      const waiting = addAndTell(1);
      const closed = writer.close().then(() => told.push(Number.NaN));
      await turns(5);
      expect(told).toEqual([]);
      answers[0]?.resolve();
      await closed;
      await waiting;
      expect(told).toEqual([1, Number.NaN]);
    });

    it('writes nothing any more once it has failed to keep something', async () => {
      const lost = [add(1)];
      await turns(5);
      lost.push(add(2));
      answers[0]?.reject(new Error('EIO: i/o error'));
      const outcomes = await Promise.allSettled([...lost, add(3)]);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: { code: 'storage_unavailable' } });
      }
      await expect(add(4)).rejects.toBeInstanceOf(StorageLost);
      expect(writer.stats().waiting).toBe(0);
      expect(rows()).toEqual([1]);
      expect(failures).toHaveLength(1);
      expect(syncs).toBe(1);
      await writer.close();
    });
  });
});
