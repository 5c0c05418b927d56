import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { bytes, report, sampleJob, sampleJournal, sampleMessage } from '../conformance/samples.ts';
import { StorageLost } from '../errors.ts';
import type { Storage } from '../port.ts';
import { connect } from './connection.ts';
import { openWith } from './open.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';
import { openLog, type WriteAheadLog } from './write-ahead-log.ts';

const KEY = 1;

describe('a disk that takes its time', () => {
  /** While it is there, syncs wait for it. */
  let held: { readonly promise: Promise<void>; readonly end: (how: Promise<void>) => void } | null;
  let folder: TestFolder;
  let storage: Storage;

  beforeEach(async () => {
    held = null;
    folder = await makeTestFolder();
    storage = await openWith(
      { file: folder.file, logger: silentLogger },
      { connect, openLog: slow },
    );
    await storage.sessions.create('default', 'shop', KEY);
  });
  afterEach(async () => {
    await storage.close();
    await folder.remove();
  });

  const slow = (file: string): WriteAheadLog => {
    const log = openLog(file);
    return { ...log, sync: () => held?.promise ?? log.sync() };
  };
  const hold = () => {
    let end: (how: Promise<void>) => void = () => undefined;
    held = { promise: new Promise((resolve) => (end = resolve)), end };
  };
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await new Promise((done) => setImmediate(done));
  };

  it.each<[string, () => Promise<unknown>]>([
    ['a send', () => storage.outbox.enqueue(sampleJob(KEY, 'j1'))],
    [
      'a decrypted message',
      () => storage.devices.commit(KEY, { credentials: bytes(1), journal: sampleJournal(1) }),
    ],
    [
      'a received message',
      () =>
        storage.messages.recordInbound(KEY, [
          { journalIds: [], message: sampleMessage('m1'), batch: report('e1') },
        ]),
    ],
    ['an event', () => storage.events.append(report('e1'))],
  ])('confirms %s only when it has it', async (_, write) => {
    hold();
    let confirmed = false;
    const writing = write().then(() => (confirmed = true));
    await turns(20);
    expect(confirmed).toBe(false);
    held?.end(Promise.resolve());
    await writing;
  });

  it('shows events only when it has them: their numbers must not come again', async () => {
    hold();
    const appended = storage.events.append(report('e1'));
    await turns(5);
    let seen = -1;
    const reading = storage.events.read('default', 0, 10).then((events) => (seen = events.length));
    await turns(20);
    expect(seen).toBe(-1);
    held?.end(Promise.resolve());
    await Promise.all([appended, reading]);
    expect(seen).toBe(1);
  });

  it('ends everything when it fails: what may be gone must not be acted upon', async () => {
    hold();
    const send = storage.outbox.enqueue(sampleJob(KEY, 'j1'));
    await turns(5);
    held?.end(Promise.reject(new Error('EIO')));
    await expect(send).rejects.toBeInstanceOf(StorageLost);
    await expect(storage.outbox.find(KEY, 'j1')).rejects.toBeInstanceOf(StorageLost);
    await expect(storage.check()).rejects.toBeInstanceOf(StorageLost);
  });
});

it('has one log as long as the database is open, whatever is copied out of it', async () => {
  const folder = await makeTestFolder();
  const db = connect(folder.file, 'writer');
  db.exec('CREATE TABLE t (n INTEGER) STRICT');
  const log = openLog(folder.file);
  const inode = () => statSync(`${folder.file}-wal`).ino;
  const first = inode();
  for (const mode of ['PASSIVE', 'RESTART', 'TRUNCATE']) {
    db.exec('INSERT INTO t VALUES (1)');
    db.pragma(`wal_checkpoint(${mode})`);
    db.exec('INSERT INTO t VALUES (2)');
    expect(inode()).toBe(first);
    await log.sync();
  }
  log.close();
  db.close();
  expect(() => openLog(folder.file)).toThrow(/ENOENT/);
  await folder.remove();
});

it('brings to disk at the start what an earlier process had committed', async () => {
  const folder = await makeTestFolder();
  await (await openWith({ file: folder.file, logger: silentLogger }, { connect, openLog })).close();
  const killed = connect(folder.file, 'writer');
  killed.exec("INSERT INTO meta VALUES ('committed', '1')");
  const log = () => statSync(`${folder.file}-wal`).size;
  expect(log()).toBeGreaterThan(0);
  let atFirst = -1;
  const storage = await openWith(
    { file: folder.file, logger: silentLogger },
    {
      connect,
      openLog: (file) => {
        queueMicrotask(() => (atFirst = log()));
        return openLog(file);
      },
    },
  );
  expect(atFirst).toBe(0);
  killed.close();
  await storage.close();
  await folder.remove();
});
