import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../kernel/logger.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { Storage } from '../storage/port.ts';
import { sqliteFiles } from '../storage/sqlite/database-files.ts';
import { openSqlite } from '../storage/sqlite/open.ts';
import { backUp } from './backup.ts';
import { readManifest } from './manifest.ts';
import { finishRestore, restore } from './restore.ts';

let folder: string;
let dataDir: string;
let target: string;
let storages: Storage[];
const clock = new VirtualClock();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
  dataDir = join(folder, 'data');
  target = join(folder, 'safe', 'monday');
  await mkdir(dirname(target));
  storages = [];
});
afterEach(async () => {
  for (const storage of storages) await storage.close();
  await rm(folder, { recursive: true });
});

async function open(where = dataDir): Promise<Storage> {
  const storage = await openSqlite({ file: join(where, sqliteFiles.name), logger: silentLogger });
  storages.push(storage);
  return storage;
}

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(dataDir, path)), { recursive: true });
  await writeFile(join(dataDir, path), text);
};
const deps = () => ({ dataDir, database: sqliteFiles, clock, version: '1.2.3' });
const into = (where: string) => ({ dataDir: where, database: sqliteFiles, clock });
const idsIn = async (storage: Storage) => (await storage.sessions.all()).map(({ id }) => id);

describe('a backup', () => {
  it('of a service at work holds all that was committed, and every other file', async () => {
    const storage = await open();
    await storage.sessions.create('default', 'support', 1);
    await write('operator.key', 'secret');
    await write('media/1/abc', 'picture');
    await write('media/1/def.part', 'half a picture');
    const disk = join(folder, 'other-disk');
    await mkdir(disk);
    await writeFile(join(disk, 'far'), 'away');
    await symlink(disk, join(dataDir, 'outgoing'));

    const manifest = await backUp(target, deps());
    expect(manifest.files.map(({ path }) => path).sort()).toEqual([
      'gateway.sqlite',
      'media/1/abc',
      'operator.key',
      'outgoing/far',
    ]);
    await storage.sessions.create('default', 'later', 2);

    const elsewhere = join(folder, 'elsewhere');
    await restore(target, false, into(elsewhere));
    expect(await idsIn(await open(elsewhere))).toEqual(['support']);
    expect(await readFile(join(elsewhere, 'media/1/abc'), 'utf8')).toBe('picture');
    expect(await readFile(join(elsewhere, 'outgoing/far'), 'utf8')).toBe('away');
  });

  it('is for its owner alone, and leaves no half one behind', async () => {
    await open();
    await write('operator.key', 'secret');
    await chmod(join(dataDir, 'operator.key'), 0o644);
    await backUp(target, deps());
    for (const path of ['', 'backup.json', 'data', 'data/operator.key', 'data/gateway.sqlite']) {
      expect([path, (await stat(join(target, path))).mode & 0o077]).toEqual([path, 0]);
    }
    expect(await readdir(dirname(target))).toEqual(['monday']);
    expect((await readdir(join(target, 'data'))).sort()).toEqual([
      'gateway.sqlite',
      'operator.key',
    ]);
  });

  it('is refused where it would overwrite, hold itself, or hold nothing', async () => {
    await expect(backUp(target, deps())).rejects.toThrow('Nothing to back up');
    await open();
    await expect(backUp(join(dataDir, 'copy'), deps())).rejects.toThrow('data folder itself');
    await mkdir(target);
    await expect(backUp(target, deps())).rejects.toThrow('is there already');
  });

  it('of a damaged database is none', async () => {
    const storage = await open();
    await storage.close();
    const file = join(dataDir, sqliteFiles.name);
    const bytes = await readFile(file);
    bytes.fill(0xab, 4096 * 3, 4096 * 8);
    await writeFile(file, bytes);
    await expect(backUp(target, deps())).rejects.toThrow(/damaged|malformed/);
    expect(await readdir(dirname(target))).toEqual([]);
  });
});

describe('restoring', () => {
  beforeEach(async () => {
    const storage = await open();
    await storage.sessions.create('default', 'support', 1);
    await write('media/1/abc', 'picture');
    await backUp(target, deps());
    await storage.close();
  });

  it('is refused while the service runs there, and over what is there', async () => {
    const storage = await open();
    await expect(restore(target, true, into(dataDir))).rejects.toThrow('running process');
    await storage.close();
    await expect(restore(target, false, into(dataDir))).rejects.toThrow('not empty');
    expect(await readFile(join(dataDir, 'media/1/abc'), 'utf8')).toBe('picture');
  });

  it('sets aside what was there, when asked to', async () => {
    await write('media/1/abc', 'another picture');
    await write('notes.txt', 'mine');
    const { aside } = await restore(target, true, into(dataDir));
    expect(await readFile(join(dataDir, 'media/1/abc'), 'utf8')).toBe('picture');
    expect(await readFile(join(aside ?? '', 'media/1/abc'), 'utf8')).toBe('another picture');
    expect(await readFile(join(aside ?? '', 'notes.txt'), 'utf8')).toBe('mine');
    expect(await idsIn(await open())).toEqual(['support']);
  });

  it('takes an empty folder that is a volume, with what a file system leaves there', async () => {
    const volume = join(folder, 'volume');
    await mkdir(join(volume, 'lost+found'), { recursive: true });
    expect((await restore(target, false, into(volume))).aside).toBe(null);
    expect(await idsIn(await open(volume))).toEqual(['support']);
  });

  it.each([
    ['a file that was changed', (data: string) => writeFile(join(data, 'media/1/abc'), 'pictur3')],
    ['a file that is missing', (data: string) => rm(join(data, 'media/1/abc'))],
    ['no manifest', (data: string) => rm(join(data, '..', 'backup.json'))],
    [
      'another file for a manifest',
      (data: string) => writeFile(join(data, '..', 'backup.json'), '{'),
    ],
  ])('of %s does nothing', async (_what, spoil) => {
    await spoil(join(target, 'data'));
    const elsewhere = join(folder, 'elsewhere');
    await expect(restore(target, false, into(elsewhere))).rejects.toThrow(/backup/);
    await expect(stat(elsewhere)).rejects.toThrow('ENOENT');
  });

  it('of a newer schema says which version made it', async () => {
    const manifest = await readManifest(target);
    await writeFile(join(target, 'backup.json'), JSON.stringify({ ...manifest, schema: 9_999 }));
    await expect(restore(target, false, into(dataDir))).rejects.toThrow('1.2.3');
  });

  it('writes nowhere but into the data folder', async () => {
    const manifest = await readManifest(target);
    const hostile = fc.constantFrom(
      '../out',
      '/etc/x',
      'a/../../b',
      'c:\\x',
      'a\\..\\b',
      '',
      './a',
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (path) => {
        const files = [{ path, bytes: 0, sha256: '0'.repeat(64) }];
        await writeFile(join(target, 'backup.json'), JSON.stringify({ ...manifest, files }));
        await expect(restore(target, true, into(dataDir))).rejects.toThrow('below the data folder');
      }),
    );
  });

  it('is finished by the next start wherever it was cut off after it was decided', async () => {
    // What lies in the folder when the moving begins, made by hand: a rename is all that decides.
    const staged = join(folder, 'staged');
    await cp(join(target, 'data'), join(staged, 'data'), { recursive: true });
    const names = ['gateway.sqlite', 'media', 'notes.txt'];
    const plan = JSON.stringify({ aside: '.replaced-then', names });
    await writeFile(join(staged, 'plan.json'), plan);
    const moves: [string, string][] = [
      ...names.map((name): [string, string] => [name, `.replaced-then/${name}`]),
      ...['gateway.sqlite', 'media'].map((name): [string, string] => [
        `.restore/data/${name}`,
        name,
      ]),
    ];
    for (let done = 0; done <= moves.length; done++) {
      const place = join(folder, `cut-${done}`);
      await mkdir(join(place, 'media'), { recursive: true });
      await writeFile(join(place, 'gateway.sqlite'), 'old');
      await writeFile(join(place, 'notes.txt'), 'old');
      await cp(staged, join(place, '.restore'), { recursive: true });
      await mkdir(join(place, '.replaced-then'));
      for (const [from, to] of moves.slice(0, done))
        await rename(join(place, from), join(place, to));

      await finishRestore(place, sqliteFiles);
      expect((await readdir(join(place, '.replaced-then'))).sort()).toEqual(names);
      expect(await idsIn(await open(place))).toEqual(['support']);
      expect(await readFile(join(place, 'media/1/abc'), 'utf8')).toBe('picture');
      expect((await readdir(place)).filter((name) => name.startsWith('.restore'))).toEqual([]);
    }
  });
});
