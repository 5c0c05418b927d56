import { initAuthCreds } from 'baileys';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Credentials, encodeCredentials, readCredentials } from './credentials.ts';
import { createKeyStore } from './key-store.ts';
import { Records, StorageFailure } from './records.ts';
import { FaultyStore, openDeviceStore } from './testing/device-store.ts';

let device: Awaited<ReturnType<typeof openDeviceStore>>;
let store: FaultyStore;
let records: Records;

beforeEach(async () => {
  device = await openDeviceStore();
  store = new FaultyStore(device.store);
  records = new Records(store, device.key);
});
afterEach(() => device.close());

const bytes = (text: string) => Buffer.from(text);
const write = (id: string, text: string | null) => ({
  type: 'lid-mapping',
  id,
  value: text === null ? null : bytes(text),
});

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('reads what it wrote without asking the disk again, absence included', async () => {
  let reads = 0;
  store.delay = () => {
    reads++;
    return undefined;
  };
  expect(await records.read('lid-mapping', 'a')).toBeNull();
  await records.commit({ records: [write('a', '1')] });
  reads = 0;
  expect(Buffer.from((await records.read('lid-mapping', 'a')) ?? []).toString()).toBe('1');
  await records.commit({ records: [write('a', null)] });
  reads = 0;
  expect(await records.read('lid-mapping', 'a')).toBeNull();
  expect(reads).toBe(0);
});

it('never holds more than its limit', async () => {
  const ids = Array.from({ length: 600 }, (_, index) => String(index));
  await records.commit({ records: ids.map((id) => write(id, id)) });
  let reads = 0;
  store.delay = () => {
    reads++;
    return undefined;
  };
  await records.read('lid-mapping', '599');
  expect(reads).toBe(0);
  await records.read('lid-mapping', '0');
  expect(reads).toBe(1);
});

it('does not remember a value that was overtaken by a write', async () => {
  await device.store.commit(device.key, { records: [write('a', 'old')] });
  let release: () => void = () => undefined;
  store.delay = () => new Promise<void>((resolve) => (release = resolve));
  const reading = records.read('lid-mapping', 'a');
  const releaseRead = release;
  const writing = records.commit({ records: [write('a', 'new')] });
  release();
  await writing;
  releaseRead();
  await reading;
  store.delay = () => undefined;
  expect(Buffer.from((await records.read('lid-mapping', 'a')) ?? []).toString()).toBe('new');
});

it('shows at once what it commits ahead, and tells when that is on disk', async () => {
  let told = 0;
  const releases: (() => void)[] = [];
  store.delay = () => new Promise<void>((resolve) => releases.push(resolve));
  const text = async () => Buffer.from((await records.read('lid-mapping', 'a')) ?? []).toString();
  expect(records.unwritten()).toBeNull();
  records.commitAhead([write('a', '1')]);
  const first = records.unwritten()?.then(() => told++);
  await nextTurn();
  records.commitAhead([write('a', '2')]);
  const second = records.unwritten()?.then(() => told++);
  expect(await text()).toBe('2');
  releases[0]?.();
  await first;
  expect(told).toBe(1);
  expect(await text()).toBe('2');
  await nextTurn();
  releases[1]?.();
  await second;
  expect(records.unwritten()).toBeNull();
  expect(await text()).toBe('2');
});

it('writes once what changes often in one turn of the loop', async () => {
  for (const text of ['1', '2', '3']) records.commitAhead([write('a', text), write(text, text)]);
  await records.unwritten();
  expect(store.commits).toBe(1);
  const stored = await device.store.readRecords(device.key, 'lid-mapping', ['a', '1', '2', '3']);
  expect(
    [...stored].map(([id, value]) => `${id}=${Buffer.from(value).toString()}`).toSorted(),
  ).toEqual(['1=1', '2=2', '3=3', 'a=3']);
});

it('lets no later commit overtake what was committed ahead', async () => {
  records.commitAhead([write('a', 'ahead')]);
  await records.commit({ records: [write('a', 'later')] });
  await records.unwritten();
  const stored = await device.store.readRecords(device.key, 'lid-mapping', ['a']);
  expect(Buffer.from(stored.get('a') ?? []).toString()).toBe('later');
});

it('never says that something is on disk behind a failed write', async () => {
  store.failAt = 1;
  records.commitAhead([write('a', '1')]);
  records.commitAhead([write('b', '2')]);
  await expect(records.unwritten()).rejects.toBeInstanceOf(StorageFailure);
});

it('refuses everything after the first failure, and says so first', async () => {
  const heard: StorageFailure[] = [];
  records = new Records(store, device.key, (failure) => heard.push(failure));
  store.failAt = 1;
  await expect(records.commit({ records: [write('a', '1')] })).rejects.toBeInstanceOf(
    StorageFailure,
  );
  expect(heard).toHaveLength(1);
  await expect(records.commit({ records: [write('b', '2')] })).rejects.toBe(heard[0]);
  await expect(records.read('lid-mapping', 'c')).rejects.toBe(heard[0]);
  expect(store.commits).toBe(1);
});

it('saves credentials with the records they belong to', async () => {
  const credentials = new Credentials(records);
  const keys = createKeyStore(records, { drop: async () => undefined });
  credentials.creds.nextPreKeyId = 2;
  credentials.changed();
  await keys.set({
    'pre-key': { 1: { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) } },
  });
  expect(store.committed).toHaveLength(1);
  expect(store.committed[0]?.credentials).toBeDefined();
  expect(credentials.pending()).toBeNull();
  const { 1: pair } = await keys.get('pre-key', ['1']);
  expect(pair).toEqual({ public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) });
});

it('saves many changes of the credentials with few writes, and never two at a time', async () => {
  const credentials = new Credentials(records);
  let running = 0;
  let most = 0;
  store.delay = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  const saves: Promise<void>[] = [];
  for (let index = 1; index <= 50; index++) {
    credentials.creds.nextPreKeyId = index;
    credentials.changed();
    saves.push(credentials.pending() ?? Promise.resolve());
    if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(saves);
  expect(most).toBe(1);
  expect(store.commits).toBeLessThan(20);
  const loaded = readCredentials(await store.loadCredentials(device.key));
  // Unpaired credentials count as none; what was saved last is what counts here.
  expect(loaded.kind).toBe('none');
  const last = store.committed.at(-1)?.credentials;
  expect(JSON.parse(Buffer.from(last ?? []).toString()).nextPreKeyId).toBe(50);
});

it('tells absent, unfinished, damaged and usable credentials apart', () => {
  const read = (data: Uint8Array) => readCredentials({ kind: 'found', data }).kind;
  const creds = initAuthCreds();
  expect(readCredentials({ kind: 'none' }).kind).toBe('none');
  expect(read(encodeCredentials({ ...creds, me: { id: '1@s.whatsapp.net' } }))).toBe('none');
  const paired = { ...creds, me: { id: '1:2@s.whatsapp.net' }, account: { details: null } };
  expect(read(encodeCredentials(paired))).toBe('paired');
  for (const damaged of ['', '{', 'null', '{}', '[]', '{"noiseKey":1}']) {
    expect(read(bytes(damaged))).toBe('corrupt');
  }
  expect(readCredentials({ kind: 'corrupt', reason: 'checksum' })).toMatchObject({
    reason: 'checksum',
  });
});

it('is not idle while something is gathered behind what it waits for', async () => {
  let found: (nothing: Map<string, Uint8Array>) => void = () => undefined;
  const reading = new Promise<Map<string, Uint8Array>>((resolve) => (found = resolve));
  store.readRecords = () => reading;
  const read = records.read('lid-mapping', 'b');
  const idle = records.idle();
  found(new Map());
  records.commitAhead([write('a', 'gathered')]);
  await idle;
  await read;
  const stored = await device.store.readRecords(device.key, 'lid-mapping', ['a']);
  expect(Buffer.from(stored.get('a') ?? []).toString()).toBe('gathered');
});
