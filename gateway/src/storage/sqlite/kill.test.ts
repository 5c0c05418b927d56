import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import type { Storage } from '../port.ts';
import { openSqlite } from './open.ts';
import { makeTestFolder, type TestFolder } from './testing/folder.ts';

const VICTIM = fileURLToPath(new URL('./testing/kill-victim.ts', import.meta.url));

describe('kill -9', () => {
  let folder: TestFolder;
  let victim: ChildProcess | null = null;

  beforeEach(async () => {
    folder = await makeTestFolder();
  });
  afterEach(async () => {
    victim?.kill('SIGKILL');
    await folder.remove();
  });

  /** Runs the victim until it has promised `count` numbers; answers the last one. */
  async function writeAndKill(first: number, count: number): Promise<number> {
    const args = ['--import', 'tsx', VICTIM, folder.file, String(first)];
    victim = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(victim, 'exit');
    let last = first - 1;
    if (!victim.stdout) throw new Error('the victim has no stdout');
    for await (const line of createInterface({ input: victim.stdout })) {
      last = Number(line);
      if (last === first) await expectLocked();
      if (last >= first + count) victim.kill('SIGKILL');
    }
    await exit;
    return last;
  }

  async function expectLocked(): Promise<void> {
    const second = openSqlite({ file: folder.file, logger: silentLogger });
    await expect(second).rejects.toMatchObject({ reason: 'in_use' });
  }

  /** All that was promised is there, without gaps; at most the call under way may be there as well. */
  async function judge(storage: Storage, promised: number): Promise<number> {
    const events = await storage.events.read('default', 0, 100_000);
    const newest = events.length - 1;
    expect(newest).toBeGreaterThanOrEqual(promised);
    expect(newest).toBeLessThanOrEqual(promised + 1);
    expect(events.map(({ id, seq }) => `${id} ${seq}`)).toEqual(
      events.map((_, index) => `e${index} ${index + 1}`),
    );
    expect(await storage.webhooks.countDeliveries('hook', { state: 'pending' })).toBe(newest + 1);
    const heads = await storage.webhooks.due('hook', Number.MAX_SAFE_INTEGER, 10);
    expect(heads.map(({ id }) => id)).toEqual(['de0', 'de1', 'de2', 'de3', 'de4']);
    const [session] = await storage.sessions.all();
    const found = await storage.devices.loadCredentials(session?.key ?? 0);
    expect(found.kind).toBe('found');
    const data = found.kind === 'found' ? Buffer.from(found.data).readUIntBE(0, 3) : -1;
    expect(data).toBe(newest);
    return newest + 1;
  }

  it('loses nothing that was promised, and leaves no lock behind', async () => {
    let next = 0;
    for (const count of [10, 173, 801]) {
      const promised = await writeAndKill(next, count);
      expect(promised).toBeGreaterThanOrEqual(next + count);
      const storage = await openSqlite({ file: folder.file, logger: silentLogger });
      next = await judge(storage, promised);
      await storage.close();
    }
  }, 60_000);
});
