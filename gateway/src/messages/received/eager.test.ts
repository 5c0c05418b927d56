import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { createEager } from './eager.ts';
import type { Fetched } from './fetcher.ts';

const here: Fetched = { kind: 'here', file: { path: '/file', bytes: 1 } };
const failing = (retryable: boolean): Fetched => ({
  kind: 'unreachable',
  reason: 'it failed',
  retryable,
});

describe('createEager', () => {
  it('tries again after half a minute and five minutes, then no more', async () => {
    const clock = new VirtualClock();
    const eager = createEager(clock);
    const startedMs = clock.now();
    const triesMs: number[] = [];
    eager.add(async () => {
      triesMs.push(clock.now() - startedMs);
      return failing(true);
    });
    await clock.advance(3_600_000);
    expect(triesMs).toEqual([0, 30_000, 330_000]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    [here, 1],
    [failing(false), 1],
    [{ kind: 'gone' as const, phone: 'not_found' as const }, 1],
    [{ kind: 'gone' as const, phone: 'offline' as const }, 3],
    [{ kind: 'gone' as const, phone: 'unanswered' as const }, 3],
  ])('after %o tries %i times in all', async (fetched, expected) => {
    const clock = new VirtualClock();
    let tries = 0;
    createEager(clock).add(async () => {
      tries++;
      return fetched;
    });
    await clock.advance(3_600_000);
    expect(tries).toBe(expected);
  });

  it('fetches two at a time, in order, and survives what throws', async () => {
    const clock = new VirtualClock();
    const eager = createEager(clock);
    const started: number[] = [];
    const finish: (() => void)[] = [];
    for (const id of [1, 2, 3]) {
      eager.add(async () => {
        started.push(id);
        await new Promise<void>((resolve) => finish.push(resolve));
        if (id === 1) throw new Error('the disk is full');
        return here;
      });
    }
    await clock.advance(0);
    expect(started).toEqual([1, 2]);
    finish[0]?.();
    await clock.advance(0);
    expect(started).toEqual([1, 2, 3]);
    finish[1]?.();
    finish[2]?.();
    await eager.stop();
    expect(clock.pending).toBe(0);
  });

  it('waits for what runs when it is stopped, and starts nothing more', async () => {
    const clock = new VirtualClock();
    const eager = createEager(clock);
    const finish: (() => void)[] = [];
    for (let i = 0; i < 5; i++) {
      eager.add(async () => {
        await new Promise<void>((resolve) => finish.push(resolve));
        return failing(true);
      });
    }
    await clock.advance(0);
    const stopped = eager.stop();
    eager.add(async () => here);
    for (const end of finish) end();
    await stopped;
    expect(finish).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
