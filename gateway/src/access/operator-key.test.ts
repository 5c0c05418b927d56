import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/random.ts';
import { looksLikeKey } from './key.ts';
import { loadOperatorKey } from './operator-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('loadOperatorKey', () => {
  it('makes a key that only its owner can read, and finds it again', async () => {
    const made = await loadOperatorKey(join(folder, 'deep', 'data'), systemRandom);
    expect(made).toMatchObject({ created: true, wasExposed: false });
    expect(looksLikeKey(made.text)).toBe(true);
    expect((await stat(made.path)).mode & 0o777).toBe(0o600);
    const found = await loadOperatorKey(join(folder, 'deep', 'data'), systemRandom);
    expect(found).toEqual({ ...made, created: false });
  });

  it('closes a file that others can read, and says so', async () => {
    const { path } = await loadOperatorKey(folder, systemRandom);
    await chmod(path, 0o644);
    expect((await loadOperatorKey(folder, systemRandom)).wasExposed).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('refuses a file that holds something else, and leaves it alone', async () => {
    const path = join(folder, 'operator.key');
    await writeFile(path, 'precious');
    await expect(loadOperatorKey(folder, systemRandom)).rejects.toThrow(path);
    expect(await readFile(path, 'utf8')).toBe('precious');
  });
});
