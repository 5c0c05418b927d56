import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../gateway/src/kernel/random.ts';
import { closeAll, ending, newFolder } from '../../gateway/src/webhooks/testing/house.ts';
import {
  type Answering,
  type Received,
  startReceiver,
} from '../../gateway/src/webhooks/testing/receiver.ts';

const VICTIM = fileURLToPath(new URL('./victim.ts', import.meta.url));
const KILLS = 8;

afterEach(closeAll);

/** Takes, refuses, says nothing or hangs up, a few requests in a row each. */
function flapping(random = seededRandom(6)): Answering {
  const moods: readonly Answering[] = [
    (response) => void response.writeHead(200).end(),
    (response) => void response.writeHead(200).end(),
    (response) => void response.writeHead(503).end(),
    () => {},
    (response) => response.socket?.resetAndDestroy(),
  ];
  let left = 0;
  let mood = moods[0];
  return (response, received) => {
    if (left-- <= 0) {
      left = Math.floor(random.next() * 8);
      mood = moods[Math.floor(random.next() * moods.length)];
    }
    mood?.(response, received);
  };
}

/** Runs the victim; kills it after `killAfter` commits, or lets it finish. Returns what it printed. */
async function run(args: readonly string[], killAfter: number | null): Promise<string[]> {
  const victim = spawn(process.execPath, ['--import', 'tsx', VICTIM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(victim, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: victim.stdout })) {
    lines.push(line);
    if (lines.length === killAfter) victim.kill('SIGKILL');
  }
  await exit;
  return lines;
}

const numberOf = ({ body }: Received) => Number(body.data.text);

describe(`${KILLS} kills under 50 events a second with a flapping receiver`, () => {
  it('lose nothing, keep the order of each chat, and change no id', async () => {
    const folder = await newFolder();
    const inbox = ending(await startReceiver(flapping()), (made) => made.close());
    const random = seededRandom(7);
    const committed: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const first = (committed.at(-1) ?? -1) + 2;
      const killAfter = 5 + Math.floor(random.next() * 40);
      const lines = await run([folder, inbox.url, String(first), '1000'], killAfter);
      committed.push(...lines.map(Number));
    }
    const last = await run([folder, inbox.url, '0', '0'], null);
    expect(last).toEqual(['drained, 0 failed']);

    const firstTimes = new Map<number, Received>();
    for (const one of inbox.received) {
      const known = firstTimes.get(numberOf(one));
      expect(known?.body.id ?? one.body.id).toBe(one.body.id);
      expect(known?.headers['webhook-id'] ?? one.headers['webhook-id']).toBe(
        one.headers['webhook-id'],
      );
      if (!known) firstTimes.set(numberOf(one), one);
    }
    // A kill can leave one event committed that nobody was told of; no other may be there.
    expect(committed.filter((n) => !firstTimes.has(n))).toEqual([]);
    expect(firstTimes.size).toBeLessThanOrEqual(committed.length + KILLS);
    for (let chat = 0; chat < 5; chat++) {
      const order = [...firstTimes.keys()].filter((n) => n % 5 === chat);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });
});
