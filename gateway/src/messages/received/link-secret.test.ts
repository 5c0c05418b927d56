import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { loadLinkSecret } from './link-secret.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secret-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('is made once, for its owner only, and then read', async () => {
  const file = join(folder, 'deep', 'link.key');
  const secret = await loadLinkSecret(file, seededRandom(1));
  expect(secret).toHaveLength(32);
  expect(Buffer.from(await loadLinkSecret(file, seededRandom(2)))).toEqual(Buffer.from(secret));
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it('is never replaced when it is damaged', async () => {
  const file = join(folder, 'link.key');
  await writeFile(file, 'short');
  await expect(loadLinkSecret(file, seededRandom(1))).rejects.toThrow('damaged');
});
