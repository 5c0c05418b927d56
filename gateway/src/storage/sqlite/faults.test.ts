import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { MessageRecord } from '../../messages/store.ts';
import {
  bytes,
  joined,
  nothing,
  report,
  sampleAttempt,
  sampleDelivery,
  sampleEndpoint,
  sampleJob,
  sampleJournal,
  sampleMessage,
} from '../conformance/samples.ts';
import type { Storage } from '../port.ts';
import { openSqlite, openWith } from './open.ts';
import { contentsOf } from './testing/contents.ts';
import { type Fault, Faults } from './testing/faults.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';

/** The session of the template; the first key there is. */
const KEY = 1;

/** One call of every kind that writes, in an order in which each finds something to do. */
const CALLS: Readonly<Record<string, (storage: Storage) => Promise<unknown>>> = {
  commit: ({ devices }) =>
    devices.commit(KEY, {
      credentials: bytes(1),
      records: [
        { type: 'session', id: 'a', value: bytes(1) },
        { type: 'session', id: 'b', value: null },
      ],
      journal: sampleJournal(1),
    }),
  inbound: ({ messages }) =>
    messages.recordInbound(KEY, [
      {
        journalIds: [1],
        message: sampleMessage('m1'),
        batch: joined(sampleDelivery('e1'), sampleDelivery('e2')),
      },
    ]),
  enqueue: ({ outbox }) => outbox.enqueue(sampleJob(KEY, 'j1')),
  markSending: ({ outbox }) => outbox.markSending(KEY, 'j1', bytes(2)),
  advance: ({ messages }) => messages.advance(KEY, ['j1'], 'delivered', () => report('e3')),
  finish: ({ outbox }) => outbox.finish(KEY, 'j1', { status: 'sent' }, report('e4')),
  update: ({ sessions }) => sessions.update(KEY, { phone: '1555' }, report('e5')),
  attempts: ({ webhooks }) =>
    webhooks.recordAttempts([
      { deliveryId: 'de1', attempt: sampleAttempt(1), after: { state: 'failed' } },
      {
        deliveryId: 'de2',
        attempt: sampleAttempt(1),
        after: { state: 'pending', nextAttemptAtMs: Number.MAX_SAFE_INTEGER },
      },
    ]),
  hasten: ({ webhooks }) => webhooks.hasten('hook', 5),
  replay: ({ webhooks }) => webhooks.replay('hook', {}, 5, { limit: 5, after: null }),
  endpoint: ({ webhooks }) => webhooks.saveEndpoint(sampleEndpoint('hook')),
  identities: ({ identities }) => identities.learn(KEY, [{ phone: '1', lid: '2' }]),
  numbers: ({ numbers }) =>
    numbers.remember(KEY, [{ phone: '1', chatId: null, lid: null, checkedAtMs: 1 }]),
  prune: ({ events }) => events.prune({ beforeMs: 0, keepRows: 1 }, 10),
  pruneMessages: ({ messages }) => messages.prune(Number.MAX_SAFE_INTEGER, 10),
  clear: ({ devices }) => devices.clear(KEY),
  check: (storage) => storage.check(),
};

const FAULTS: readonly Fault[] = [
  { code: 'SQLITE_FULL', rollsBack: false },
  { code: 'SQLITE_IOERR', rollsBack: true },
  { code: 'SQLITE_READONLY', rollsBack: false },
];

/** Makes the calls and answers the names of those that were carried out. */
type Manner = (storage: Storage, names: readonly string[]) => Promise<string[]>;

const oneByOne: Manner = async (storage, names) => {
  const done: string[] = [];
  for (const name of names) {
    const [outcome] = await Promise.allSettled([CALLS[name]?.(storage)]);
    if (outcome?.status === 'fulfilled') done.push(name);
  }
  return done;
};

const allAtOnce: Manner = async (storage, names) => {
  const outcomes = await Promise.allSettled(names.map((name) => CALLS[name]?.(storage)));
  return names.filter((_, index) => outcomes[index]?.status === 'fulfilled');
};

describe('a fault at any operation', () => {
  let folder: TestFolder;
  let template: string;

  beforeAll(async () => {
    folder = await makeTestFolder();
    template = `${folder.file}.template`;
    const clock = new VirtualClock();
    const storage = await openSqlite({ file: template, clock, logger: silentLogger });
    await storage.sessions.create('default', 'shop', 1);
    await storage.close();
  });
  afterAll(() => folder.remove());

  /** A storage on a fresh copy of the template. */
  async function fresh(faults: Faults): Promise<Storage> {
    copyFileSync(template, folder.file);
    const clock = new VirtualClock();
    return openWith({ file: folder.file, clock, logger: silentLogger }, faults.disk);
  }

  /** What is stored when only these calls are made, and nothing fails. */
  async function expected(manner: Manner, names: readonly string[]): Promise<string> {
    const faults = new Faults();
    const storage = await fresh(faults);
    expect(await manner(storage, names)).toEqual(names);
    const stored = contentsOf(faults.writer);
    await storage.close();
    return stored;
  }

  async function everyOperation(manner: Manner, names: readonly string[], fault: Fault) {
    const known = new Map<string, string>();
    const refused = new Set<string>();
    for (let n = 1; ; n++) {
      const faults = new Faults();
      const storage = await fresh(faults);
      faults.arm(n, fault);
      const done = await manner(storage, names);
      if (!faults.struck) {
        expect(done).toEqual(names);
        faults.disarm();
        await storage.close();
        return { operations: n - 1, refused };
      }
      const key = done.join();
      const stored = contentsOf(faults.writer);
      await storage.close();
      if (!known.has(key)) known.set(key, await expected(manner, done));
      expect(stored, `operation ${n}, done: ${key}`).toBe(known.get(key));
      for (const name of names) if (!done.includes(name)) refused.add(name);
    }
  }

  it.for(FAULTS)('leaves no trace of a rejected call: $code, one by one', async (fault) => {
    const names = Object.keys(CALLS);
    const { operations, refused } = await everyOperation(oneByOne, names, fault);
    expect(operations).toBeGreaterThan(100);
    expect([...refused].toSorted()).toEqual(names.toSorted());
  });

  it.for(FAULTS)('leaves no trace of a rejected call: $code, all at once', async (fault) => {
    // What replay finds depends on what others have committed before it looks.
    const names = Object.keys(CALLS).filter((name) => name !== 'replay');
    const { refused } = await everyOperation(allAtOnce, names, fault);
    expect([...refused].toSorted()).toEqual(names.toSorted());
  });

  it('only delays the removal of a session and of an endpoint, never leaves them half removed', async () => {
    for (let n = 1; ; n++) {
      const faults = new Faults();
      const storage = await fresh(faults);
      await allAtOnce(storage, ['commit', 'inbound', 'enqueue', 'endpoint']);
      faults.arm(n, { code: 'SQLITE_FULL', rollsBack: false });
      await Promise.allSettled([storage.sessions.remove(KEY, report('gone'))]);
      await Promise.allSettled([storage.webhooks.removeEndpoint('hook')]);
      const { struck } = faults;
      faults.disarm();
      const there = await storage.sessions.all();
      const credentials = await storage.devices.loadCredentials(KEY);
      expect(credentials.kind).toBe(there.length === 1 ? 'found' : 'none');
      await storage.sessions.remove(KEY, report('gone'));
      await storage.webhooks.removeEndpoint('hook');
      await storage.close();

      const again = await openWith({ file: folder.file, logger: silentLogger }, faults.disk);
      await again.check();
      expect(await again.messages.find(KEY, 'm1')).toBeNull();
      expect(await again.messages.find(KEY, 'j1')).toBeNull();
      expect(await again.webhooks.countDeliveries('hook', {})).toBe(0);
      const left = ['messages', 'jobs', 'deliveries', 'purges'].map((table) =>
        faults.writer.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
      );
      expect(left).toEqual([0, 0, 0, 0]);
      await again.close();
      if (!struck) break;
    }
  });
});

describe('a history of several steps', () => {
  it('is taken away at the next start when its removal was cut short', async () => {
    const folder = await makeTestFolder();
    const faults = new Faults();
    const open = () => openWith({ file: folder.file, logger: silentLogger }, faults.disk);
    const storage = await open();
    const { key } = await storage.sessions.create('default', 'shop', 1);
    const ids = Array.from({ length: 1_100 }, (_, i) => `m${i}`);
    await Promise.all(
      ids.map((id) => storage.messages.recordInbound(key, [inbound(sampleMessage(id))])),
    );
    const count = () => faults.writer.prepare('SELECT count(*) FROM messages').pluck().get();
    const removal = storage.sessions.remove(key, report('gone'));
    const [outcome] = await Promise.allSettled([
      removal,
      // Joins the first step of the purge, so that the fault strikes the second.
      storage.check().then(() => faults.arm(8, { code: 'SQLITE_IOERR', rollsBack: true })),
    ]);
    expect(outcome).toMatchObject({ reason: { code: 'storage_unavailable' } });
    expect(await storage.sessions.all()).toEqual([]);
    expect(count()).toBeGreaterThan(0);
    expect(count()).toBeLessThan(1_100);
    await storage.close();

    const again = await open();
    while (Number(count()) > 0) await again.check();
    expect(faults.writer.prepare('SELECT count(*) FROM purges').pluck().get()).toBe(0);
    await again.close();
    await folder.remove();
  });
});

const inbound = (message: MessageRecord) => ({ journalIds: [], message, batch: nothing });

describe('a disk that is really full or read-only', () => {
  let folder: TestFolder;
  const faults = new Faults();
  let storage: Storage;
  const failures: string[] = [];

  beforeAll(async () => {
    folder = await makeTestFolder();
    const onFailure = (failure: Error) => void failures.push(failure.message);
    storage = await openWith({ file: folder.file, logger: silentLogger, onFailure }, faults.disk);
  });
  afterAll(async () => {
    await storage.close();
    await folder.remove();
  });

  it('refuses writes as unavailable, keeps serving reads, and recovers by itself', async () => {
    const pages = Number(faults.writer.pragma('page_count', { simple: true }));
    faults.writer.pragma(`max_page_count = ${pages + 4}`);
    const stored: string[] = [];
    let refusal: unknown = null;
    for (let i = 0; refusal === null; i++) {
      const [outcome] = await Promise.allSettled([storage.events.append(report(`e${i}`))]);
      if (outcome.status === 'fulfilled') stored.push(`e${i}`);
      else refusal = outcome.reason;
    }
    expect(refusal).toMatchObject({ code: 'storage_unavailable', message: /SQLITE_FULL/ });
    expect(failures).toHaveLength(1);
    const kept = await storage.events.read('default', 0, 1_000);
    expect(kept.map(({ id }) => id)).toEqual(stored);
    faults.writer.pragma(`max_page_count = ${pages + 1_000}`);
    await storage.events.append(report('later'));
    const bounds = await storage.events.bounds('default');
    expect(bounds.newest).toBe(stored.length + 1);
  });

  it('is not ready while nothing can be written', async () => {
    faults.writer.pragma('query_only = ON');
    await expect(storage.check()).rejects.toMatchObject({ code: 'storage_unavailable' });
    faults.writer.pragma('query_only = OFF');
    await expect(storage.check()).resolves.toBeUndefined();
  });
});
