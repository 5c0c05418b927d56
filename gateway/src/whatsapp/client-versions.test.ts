import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../kernel/logger.ts';
import { seededRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type ClientVersionsDeps, createClientVersions } from './client-versions.ts';
import type { ClientVersion } from './version.ts';

const v = (revision: number): ClientVersion => [2, 3000, revision];
const script = (revision: number) => `{\\"client_revision\\":${revision}}`;
const DAY_MS = 24 * 60 * 60_000;

describe('client versions', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'versions-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function begin(more: Partial<ClientVersionsDeps> = {}) {
    const clock = new VirtualClock();
    const asked: number[] = [];
    const world = { published: null as string | null };
    const versions = await createClientVersions({
      bundled: v(100),
      pinned: null,
      sourceUrl: 'http://127.0.0.1/sw.js',
      file: join(folder, 'versions.json'),
      read: async () => {
        asked.push(clock.now());
        return world.published;
      },
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      ...more,
    });
    return { versions, clock, asked, world };
  }

  it('work without any network', async () => {
    const { versions, clock, asked } = await begin({ sourceUrl: null });
    versions.start();
    await clock.advance(10 * DAY_MS);
    expect(await versions.refused(v(100))).toBe(false);
    expect(asked).toEqual([]);
    expect(versions.view()).toEqual({ version: '2.3000.100', source: 'bundled', refusals: 1 });
    await versions.stop();
  });

  it('ask on a schedule: soon after the start, then daily, and every hour until it was answered', async () => {
    const { versions, clock, asked, world } = await begin();
    versions.start();
    await clock.advance(5 * 60 * 60_000);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    world.published = script(130);
    await clock.advance(2 * 60 * 60_000);
    expect(versions.view()).toMatchObject({ version: '2.3000.130', source: 'published' });
    const before = asked.length;
    await clock.advance(10 * DAY_MS);
    expect(asked.length - before).toBeGreaterThanOrEqual(9);
    expect(asked.length - before).toBeLessThanOrEqual(10);
    await versions.stop();
    expect(clock.pending).toBe(0);
  });

  it('ask at once, and together, when one is refused, but not again and again', async () => {
    const { versions, clock, asked, world } = await begin();
    world.published = script(130);
    const both = [versions.refused(v(100)), versions.refused(v(100))];
    expect(await Promise.all(both)).toEqual([true, true]);
    expect(asked).toHaveLength(1);
    expect(versions.current()).toEqual(v(130));
    // The older one was refused before: nothing is left to try.
    expect(await versions.refused(v(130))).toBe(false);
    expect(asked).toHaveLength(1);
    await clock.advance(60_000);
    world.published = script(140);
    expect(await versions.refused(v(130))).toBe(true);
    expect(asked).toHaveLength(2);
    await versions.stop();
  });

  it('keep the last good version over a restart, also for when the newest fails', async () => {
    const first = await begin();
    first.world.published = script(130);
    await first.versions.refused(v(100));
    first.versions.accepted(v(130));
    await first.versions.stop();
    const second = await begin();
    expect(second.versions.view()).toMatchObject({ version: '2.3000.130' });
    second.world.published = script(200);
    await second.versions.refused(v(130));
    expect(second.versions.current()).toEqual(v(200));
    second.versions.accepted(v(130));
    expect(await second.versions.refused(v(200))).toBe(true);
    expect(second.versions.view()).toMatchObject({ version: '2.3000.130', source: 'good' });
    await second.versions.stop();
  });

  it('never leave a pinned version, and ask nobody', async () => {
    const { versions, clock, asked } = await begin({ pinned: v(7) });
    versions.start();
    await clock.advance(DAY_MS);
    expect(await versions.refused(v(7))).toBe(false);
    expect(versions.view()).toMatchObject({ version: '2.3000.7', source: 'pinned' });
    expect(asked).toEqual([]);
    await versions.stop();
  });

  it('do without a file that is damaged', async () => {
    for (const text of ['', 'null', '[]', '{"good":7,"published":"x"}', '{"good"']) {
      await writeFile(join(folder, 'versions.json'), text);
      const { versions } = await begin();
      expect(versions.current()).toEqual(v(100));
      await versions.stop();
    }
  });
});
