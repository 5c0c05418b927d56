import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { bytes } from '../conformance/samples.ts';
import type { Storage } from '../port.ts';
import { type Connection, connect } from './connection.ts';
import { sqliteFiles } from './database-files.ts';
import { openSqlite } from './open.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';

const keys = { plain: null, encrypted: new Uint8Array(32).fill(1) };

describe.for(['plain', 'encrypted'] as const)('damaged credentials, %s', (kind) => {
  let folder: TestFolder;
  let storage: Storage;
  let db: Connection;
  let key: number;

  beforeEach(async () => {
    folder = await makeTestFolder();
    storage = await openSqlite({ file: folder.file, dataKey: keys[kind], logger: silentLogger });
    ({ key } = await storage.sessions.create('default', 'shop', 1));
    db = connect(folder.file, 'writer');
  });
  afterEach(async () => {
    db.close();
    await storage.close();
    await folder.remove();
  });

  const save = (...values: number[]) =>
    values.reduce<Promise<unknown>>(
      (before, value) =>
        before.then(() => storage.devices.commit(key, { credentials: bytes(value, 9) })),
      Promise.resolve(),
    );
  const spoil = (generation: number) =>
    db
      .prepare('UPDATE credentials SET data = zeroblob(length(data)) WHERE generation = ?')
      .run(generation);
  const load = () => storage.devices.loadCredentials(key);

  it('are found by the doctor, beside the service and with the right key only', async () => {
    const examine = (dataKey: Uint8Array | null) =>
      sqliteFiles.credentials(folder.file, dataKey).map(({ id, state }) => [id, state]);
    await storage.sessions.create('default', 'unpaired', 2);
    await save(1, 2);
    const seen = () => examine(keys[kind]);
    expect(seen()).toEqual([
      ['shop', 'intact'],
      ['unpaired', 'none'],
    ]);
    spoil(2);
    expect(seen()).toEqual([
      ['shop', 'previous_intact'],
      ['unpaired', 'none'],
    ]);
    spoil(1);
    expect(seen()).toEqual([
      ['shop', 'lost'],
      ['unpaired', 'none'],
    ]);
    if (kind === 'plain') return;
    expect(() => examine(new Uint8Array(32).fill(2))).toThrow('not the one');
    expect(() => examine(null)).toThrow('no data key is set');
  });

  it('are corrupt, never absent; an intact previous generation is named', async () => {
    await save(1, 2, 3);
    spoil(3);
    expect(await load()).toEqual({
      kind: 'corrupt',
      reason: 'generation 3 of the credentials is damaged; generation 2 is intact',
    });
  });

  it('are corrupt when both generations are, and when there is only one', async () => {
    await save(1);
    spoil(1);
    expect(await load()).toEqual({
      kind: 'corrupt',
      reason: 'generation 1 of the credentials is damaged; there is no other',
    });
    await save(2);
    spoil(2);
    expect(await load()).toEqual({
      kind: 'corrupt',
      reason: 'generation 2 of the credentials is damaged; generation 1 cannot be used either',
    });
  });

  it('leave the previous generation to go back to, if that is intact', async () => {
    await save(1, 2);
    spoil(2);
    const previous = await storage.devices.previousCredentials(key);
    expect(previous.kind === 'found' && Uint8Array.from(previous.data)).toEqual(bytes(1, 9));
    spoil(1);
    expect(await storage.devices.previousCredentials(key)).toMatchObject({ kind: 'corrupt' });
  });

  it('do not count when they are of the previous generation', async () => {
    await save(1, 2);
    spoil(1);
    expect(await load()).toMatchObject({ kind: 'found' });
  });

  it('are replaced by the next that a running device saves', async () => {
    await save(1, 2);
    spoil(2);
    await save(3);
    const found = await load();
    expect(found.kind === 'found' && Uint8Array.from(found.data)).toEqual(bytes(3, 9));
    expect(db.prepare('SELECT count(*) FROM credentials').pluck().get()).toBe(2);
  });

  it('show when a row was copied from another session', async () => {
    await save(1);
    const other = await storage.sessions.create('default', 'other', 1);
    await storage.devices.commit(other.key, { credentials: bytes(7) });
    db.exec(`UPDATE credentials SET (data, checksum) =
      (SELECT data, checksum FROM credentials WHERE session_key = ${other.key})
      WHERE session_key = ${key}`);
    expect(await load()).toMatchObject({ kind: 'corrupt' });
  });
});
