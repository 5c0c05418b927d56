import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import {
  bytes,
  nothing,
  sampleDelivery,
  sampleEndpoint,
  sampleJob,
  sampleJournal,
  sampleMessage,
} from '../conformance/samples.ts';
import type { Storage } from '../port.ts';
import { connect } from './connection.ts';
import { openSqlite } from './open.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';

const KEY = new Uint8Array(32).fill(1);
let folder: TestFolder;
let opened: Storage[] = [];

beforeEach(async () => {
  folder = await makeTestFolder();
  opened = [];
});
afterEach(async () => {
  for (const storage of opened) await storage.close();
  await folder.remove();
});

async function open(dataKey: Uint8Array | null = null, file = folder.file): Promise<Storage> {
  const storage = await openSqlite({ file, dataKey, logger: silentLogger });
  opened.push(storage);
  return storage;
}

const mode = (path: string) => statSync(path).mode & 0o777;

describe('files', () => {
  it('are for their owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const file = join(dirname(folder.file), 'data', 'sessions', 'gateway.db');
      const storage = await open(null, file);
      await storage.check();
      expect(mode(dirname(file))).toBe(0o700);
      for (const name of readdirSync(dirname(file))) {
        expect([name, mode(join(dirname(file), name))]).toEqual([name, 0o600]);
      }
      expect(readdirSync(dirname(file))).toContain('gateway.db-wal');
    } finally {
      process.umask(before);
    }
  });

  it('are closed to others when they were open; the folder of the operator stays as it is', async () => {
    const shared = join(dirname(folder.file), 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o755);
    const file = join(shared, 'gateway.db');
    writeFileSync(file, '', { mode: 0o644 });
    await open(null, file);
    expect(mode(file)).toBe(0o600);
    expect(mode(shared)).toBe(0o755);
  });

  it('are refused where they cannot be made', async () => {
    writeFileSync(join(dirname(folder.file), 'plain'), '');
    const file = join(dirname(folder.file), 'plain', 'gateway.db');
    await expect(open(null, file)).rejects.toMatchObject({ reason: 'not_accessible' });
  });

  it('are refused when they are no database, and stay as they are', async () => {
    const text = 'this is not a database, but someone may still need it. '.repeat(40);
    writeFileSync(folder.file, text);
    await expect(open()).rejects.toMatchObject({ reason: 'damaged' });
    expect(readFileSync(folder.file, 'utf8')).toBe(text);
  });
});

describe('lock', () => {
  it('lets one open at a time, and the next after a close', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ name: 'StorageRefused', reason: 'in_use' });
    await expect(open()).rejects.toThrow(/another running process/i);
    await first.close();
    await expect(open()).resolves.toBeDefined();
  });

  it('is released when opening fails later on', async () => {
    const storage = await open(KEY);
    await storage.close();
    await expect(open()).rejects.toMatchObject({ reason: 'key_missing' });
    await expect(open(KEY)).resolves.toBeDefined();
  });
});

describe('settings', () => {
  it('are those that durability needs', async () => {
    const db = connect(folder.file, 'writer');
    const setting = (name: string) => db.pragma(name, { simple: true });
    expect(setting('journal_mode')).toBe('wal');
    expect(setting('synchronous')).toBe(1);
    expect(setting('foreign_keys')).toBe(1);
    expect(setting('busy_timeout')).toBeGreaterThan(0);
    db.close();
  });

  it('keep the reader from writing', () => {
    const db = connect(folder.file, 'reader');
    expect(() => db.exec('CREATE TABLE t (n)')).toThrow(/readonly/);
    db.close();
  });
});

describe('data key', () => {
  it('must be the one that the database was made with', async () => {
    await (await open(KEY)).close();
    await expect(open()).rejects.toMatchObject({ reason: 'key_missing' });
    await expect(open(new Uint8Array(32))).rejects.toMatchObject({ reason: 'key_wrong' });
    await expect(open(new Uint8Array(16))).rejects.toMatchObject({ reason: 'key_wrong' });
    await expect(open(KEY)).resolves.toBeDefined();
  });

  it('cannot be added to a database that was made without one', async () => {
    await (await open()).close();
    await expect(open(KEY)).rejects.toMatchObject({ reason: 'not_encrypted' });
    await expect(open()).resolves.toBeDefined();
  });

  const SECRET = 'tell nobody of the treasure';

  /** Writes the secret into everything that may hold what people wrote, keys or passwords. */
  async function fill(storage: Storage): Promise<void> {
    const { sessions, devices, messages, outbox, events, webhooks } = storage;
    const { key } = await sessions.create('default', 'shop', 1);
    const value = Buffer.from(SECRET);
    const journal = { ...sampleJournal(1), stanza: value, plaintext: value };
    const records = [{ type: 'session', id: 'a', value }];
    await devices.commit(key, { credentials: value, records, journal });
    const message = sampleMessage('m1', { data: { text: SECRET }, encoded: value });
    await messages.recordInbound(key, [{ journalIds: [], message, batch: nothing }]);
    const content = { type: 'text', text: SECRET } as const;
    await outbox.enqueue(sampleJob(key, 'j1', { content, data: { text: SECRET } }));
    await outbox.markSending(key, 'j1', value);
    const basicAuth = { user: 'u', password: SECRET };
    await webhooks.saveEndpoint(sampleEndpoint('hook', { secret: SECRET, basicAuth }));
    const batch = sampleDelivery('e1');
    const [event] = batch.events;
    if (event) await events.append({ ...batch, events: [{ ...event, data: { text: SECRET } }] });
    const attempt = {
      number: 1,
      startedAtMs: 1,
      durationMs: 1,
      status: 200,
      errorStage: null,
      error: null,
      responseExcerpt: SECRET,
    };
    await webhooks.recordAttempt('de1', attempt, { state: 'delivered' });
  }

  const onDisk = () => {
    const names = readdirSync(dirname(folder.file));
    return Buffer.concat(names.map((name) => readFileSync(join(dirname(folder.file), name))));
  };

  it('leaves nothing readable on the disk of what people wrote', async () => {
    const storage = await open(KEY);
    await fill(storage);
    expect(onDisk().includes(SECRET)).toBe(false);
    await storage.close();
    expect(onDisk().includes(SECRET)).toBe(false);
  });

  it('is what makes the difference', async () => {
    await fill(await open());
    expect(onDisk().includes(SECRET)).toBe(true);
  });

  it('shows a value that was moved to another row', async () => {
    const storage = await open(KEY);
    const { key } = await storage.sessions.create('default', 'shop', 1);
    const put = (id: string) => ({ type: 'session', id, value: bytes(1) });
    await storage.devices.commit(key, { records: [put('a'), put('b')] });
    const db = connect(folder.file, 'writer');
    db.exec(`UPDATE records SET value = (SELECT value FROM records WHERE id = 'a') WHERE id = 'b'`);
    db.close();
    await expect(storage.devices.readRecords(key, 'session', ['a'])).resolves.toBeDefined();
    await expect(storage.devices.readRecords(key, 'session', ['b'])).rejects.toMatchObject({
      name: 'StorageDamaged',
    });
  });
});
