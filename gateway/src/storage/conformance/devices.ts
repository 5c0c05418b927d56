import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordWrite } from '../../whatsapp/store.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import { bytes, plain, sampleJournal } from './samples.ts';

/** The contract of `DeviceStore`. How damage to the credentials is found is the driver's own test. */
export function describeDeviceStore(make: MakeVessel): void {
  describe('devices', () => {
    describeCredentials(make);
    describeSignalRecords(make);
    describeJournal(make);
  });
}

function describeCredentials(make: MakeVessel): void {
  const world = useWorld(make);

  it('has no credentials before the first commit', async () => {
    const key = await world().session();
    expect(await world().storage.devices.loadCredentials(key)).toEqual({ kind: 'none' });
  });

  it('answers the newest credentials, also after a restart', async () => {
    const key = await world().session();
    for (const value of [1, 2, 3]) {
      await world().storage.devices.commit(key, { credentials: bytes(value, 0, 255) });
    }
    await world().reopen();
    const found = await world().storage.devices.loadCredentials(key);
    expect(found.kind).toBe('found');
    expect(found.kind === 'found' && plain(found.data)).toEqual(bytes(3, 0, 255));
  });

  it('keeps those from before the last commit of credentials beside them', async () => {
    const { devices } = world().storage;
    const key = await world().session();
    expect(await devices.previousCredentials(key)).toEqual({ kind: 'none' });
    await devices.commit(key, { credentials: bytes(1) });
    expect(await devices.previousCredentials(key)).toEqual({ kind: 'none' });
    for (const value of [2, 3]) await devices.commit(key, { credentials: bytes(value) });
    await devices.commit(key, { records: [{ type: 'session', id: 'a', value: bytes(9) }] });
    const found = await devices.previousCredentials(key);
    expect(found.kind === 'found' && plain(found.data)).toEqual(bytes(2));
    await devices.clear(key);
    expect(await devices.previousCredentials(key)).toEqual({ kind: 'none' });
  });

  it('forgets credentials, records and journal when it is cleared', async () => {
    const { devices } = world().storage;
    const key = await world().session();
    const records = [{ type: 'session', id: 'a', value: bytes(1) }];
    await devices.commit(key, { credentials: bytes(1), records, journal: sampleJournal(1) });
    await devices.clear(key);
    expect(await devices.loadCredentials(key)).toEqual({ kind: 'none' });
    expect((await devices.readRecords(key, 'session', ['a'])).size).toBe(0);
    expect(await devices.openJournal(key, 0, 10)).toEqual([]);
    await expect(devices.clear(404)).resolves.toBeUndefined();
  });

  it('shows credentials and every record of a session, and of no other, as a whole', async () => {
    const { devices } = world().storage;
    const [key, other] = [await world().session('a'), await world().session('b')];
    expect(await devices.snapshot(key)).toEqual({ credentials: { kind: 'none' }, records: [] });
    const records = [
      { type: 'session', id: 'a', value: bytes(1) },
      { type: 'pre-key', id: 'a', value: bytes(2) },
    ];
    await devices.commit(key, { credentials: bytes(9), records });
    await devices.commit(other, { records: [{ type: 'session', id: 'c', value: bytes(3) }] });
    const { credentials, records: found } = await devices.snapshot(key);
    expect(credentials.kind === 'found' && plain(credentials.data)).toEqual(bytes(9));
    const seen = found.map(({ type, id, value }) => ({ type, id, value: plain(value) }));
    expect(seen).toHaveLength(2);
    expect(seen).toEqual(expect.arrayContaining(records));
    expect(await devices.snapshot(404)).toEqual({ credentials: { kind: 'none' }, records: [] });
  });

  it('refuses a commit for a session that is gone', async () => {
    const { devices } = world().storage;
    await expect(
      devices.commit(404, { credentials: bytes(1), journal: sampleJournal(1) }),
    ).rejects.toMatchObject({ code: 'session_not_found' });
  });
}

function describeSignalRecords(make: MakeVessel): void {
  const world = useWorld(make);

  it('answers those that exist, by id, of the type and session asked for', async () => {
    const { devices } = world().storage;
    const [key, other] = [await world().session('a'), await world().session('b')];
    await devices.commit(key, {
      records: [
        { type: 'pre-key', id: '1', value: bytes(1) },
        { type: 'pre-key', id: '2', value: bytes() },
        { type: 'session', id: '1', value: bytes(3) },
      ],
    });
    await devices.commit(other, { records: [{ type: 'pre-key', id: '3', value: bytes(4) }] });
    const found = await devices.readRecords(key, 'pre-key', ['2', '3', '1', '1']);
    expect([...found.keys()].toSorted()).toEqual(['1', '2']);
    expect(plain(found.get('1'))).toEqual(bytes(1));
    expect(plain(found.get('2'))).toEqual(bytes());
    expect((await devices.readRecords(key, 'pre-key', [])).size).toBe(0);
  });

  it('behaves like a map under any sequence of commits, awaited or not', async () => {
    const write = fc.record({
      type: fc.constantFrom('session', 'sender-key', 'a/b'),
      id: fc.constantFrom('1', '2', 'x:y@z.1', 'b/1'),
      value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null }),
    });
    const key = await world().session();
    const model = new Map<string, Uint8Array>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 8 }),
        async (all) => {
          const { devices } = world().storage;
          await Promise.all(all.map((records) => devices.commit(key, { records })));
          for (const record of all.flat()) apply(model, record);
          for (const type of ['session', 'sender-key', 'a/b']) {
            const found = await devices.readRecords(key, type, ['1', '2', 'x:y@z.1', 'b/1']);
            for (const id of ['1', '2', 'x:y@z.1', 'b/1']) {
              expect(plain(found.get(id))).toEqual(model.get(`${type}|${id}`) ?? null);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
}

function apply(model: Map<string, Uint8Array>, { type, id, value }: RecordWrite): void {
  if (value) model.set(`${type}|${id}`, Uint8Array.from(value));
  else model.delete(`${type}|${id}`);
}

function describeJournal(make: MakeVessel): void {
  const world = useWorld(make);
  const add = (key: number, value: number) =>
    world().storage.devices.commit(key, { journal: sampleJournal(value) });
  const open = async (key: number, after = 0, limit = 10) =>
    (await world().storage.devices.openJournal(key, after, limit)).map(
      ({ plaintext }) => plaintext[1],
    );

  it('answers an id only when there was an entry', async () => {
    const key = await world().session();
    expect(await world().storage.devices.commit(key, { records: [] })).toBeNull();
    expect(await add(key, 1)).toBeGreaterThan(0);
  });

  it('hands back open entries as they were, oldest first, in pages', async () => {
    const key = await world().session();
    const ids = [await add(key, 1), await add(key, 2), await add(key, 3)];
    const [first] = await world().storage.devices.openJournal(key, 0, 1);
    expect({ ...first, stanza: plain(first?.stanza), plaintext: plain(first?.plaintext) }).toEqual({
      ...sampleJournal(1),
      id: ids[0],
    });
    expect(await open(key)).toEqual([1, 2, 3]);
    expect(await open(key, ids[0] ?? 0, 1)).toEqual([2]);
    await world().reopen();
    expect(await open(key)).toEqual([1, 2, 3]);
  });

  it('adds several entries of one step with ids that follow each other', async () => {
    const { devices } = world().storage;
    const [key, other] = [await world().session('a'), await world().session('b')];
    const several = devices.commit(key, {
      journal: sampleJournal(1),
      furtherJournal: [sampleJournal(2), sampleJournal(3)],
    });
    const [first] = await Promise.all([several, add(other, 9)]);
    expect((await devices.openJournal(key, 0, 10)).map(({ id }) => id)).toEqual(
      [0, 1, 2].map((offset) => (first ?? 0) + offset),
    );
    expect(await open(key)).toEqual([1, 2, 3]);
  });

  it('closes what it is told, and nothing of another session', async () => {
    const { devices } = world().storage;
    const [key, other] = [await world().session('a'), await world().session('b')];
    const ids = [await add(key, 1), await add(key, 2)].map(Number);
    const foreign = Number(await add(other, 3));
    await devices.closeJournal(key, [ids[0] ?? 0, foreign, 999]);
    await devices.closeJournal(key, [ids[0] ?? 0]);
    await devices.closeJournal(key, []);
    expect(await open(key)).toEqual([2]);
    expect(await open(other)).toEqual([3]);
  });

  it('never gives an id out twice: an old one cannot close a newer entry', async () => {
    const key = await world().session();
    const first = Number(await add(key, 1));
    await world().storage.devices.closeJournal(key, [first]);
    await world().reopen();
    expect(await add(key, 2)).toBeGreaterThan(first);
  });
}
