/**
 * How fast a backlog of webhooks drains to a receiver on this machine with the full log on, beside the
 * same requests made straight from memory with no log at all; and what memory does meanwhile. The
 * receiver is a process of its own. Run:
 * `node --conditions=source --import tsx bench/webhook-deliveries.ts [deliveries] [chats]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { planEvents } from '../gateway/src/events/plan.ts';
import { systemClock } from '../gateway/src/kernel/clock.ts';
import { createIdSource } from '../gateway/src/kernel/ids.ts';
import { systemRandom } from '../gateway/src/kernel/random.ts';
import { createOutbound } from '../gateway/src/net/outbound.ts';
import { openSqlite } from '../gateway/src/storage/sqlite/open.ts';
import { webhookRequest } from '../gateway/src/webhooks/message.ts';
import type { Endpoint } from '../gateway/src/webhooks/store.ts';
import { endpoint, message, openHouse } from '../gateway/src/webhooks/testing/house.ts';

const CONCURRENCY = 32;
const BATCH = 500;

/** Answers 200 to everything; tells its port first, then its count whenever it is asked. */
function receive(): void {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      count += 1;
      response.end();
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', () => process.send?.(count));
}

async function ask(receiver: ChildProcess): Promise<number> {
  receiver.send('count');
  const [count] = (await once(receiver, 'message')) as [number];
  return count;
}

const ids = createIdSource(systemClock, systemRandom);
const draft = (n: number, chats: number) =>
  message(`message number ${n}, about as long as most of them are`, `chat-${n % chats}`);

/** Deliveries per second without storage: the ceiling of client and receiver on this machine. */
async function measureBare(target: Endpoint, count: number): Promise<number> {
  const outbound = createOutbound({ allow: ['127.0.0.1'], clock: systemClock });
  const startedMs = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const { data, ...rest } = draft(next++, 1);
      const event = { ...rest, id: ids(), timestampMs: systemClock.now(), data };
      const content = { data, files: [] };
      const made = webhookRequest(target, { id: ids(), event }, content, 1, systemClock.now());
      const limits = { deadlineMs: 10_000, maxBodyBytes: 16_384 };
      await outbound.request(target.url, { ...made, ...limits, method: 'POST' });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  const perSecond = (count * 1000) / (performance.now() - startedMs);
  await outbound.close();
  return perSecond;
}

async function measureDurable(
  receiver: ChildProcess,
  target: Endpoint,
  size: number,
  chats: number,
) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-webhooks-'));
  const house = await openHouse(openSqlite, folder, {
    endpoints: [{ ...target, active: false }],
  });
  for (let n = 0; n < size; n += BATCH) {
    const length = Math.min(BATCH, size - n);
    const drafts = Array.from({ length }, (_, i) => draft(n + i, chats));
    await house.storage.events.append(planEvents(drafts, [target], systemClock.now(), ids));
  }
  const before = await ask(receiver);
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await house.webhooks.endpoints.update('default', target.id, { active: true });
  let peakRss = 0;
  for (let done = 0; done < size; done = (await ask(receiver)) - before) {
    await pause(100);
    peakRss = Math.max(peakRss, process.memoryUsage().rss);
  }
  const perSecond = (size * 1000) / (performance.now() - startedMs);
  const { user, system } = process.cpuUsage(cpu);
  await house.stop();
  await rm(folder, { recursive: true });
  return { perSecond, cpuUs: (user + system) / size, peakMb: peakRss / 1e6 };
}

async function main(): Promise<void> {
  const [size, chats] = [Number(process.argv[2] ?? 30_000), Number(process.argv[3] ?? 500)];
  const receiver = fork(fileURLToPath(import.meta.url), { execArgv: process.execArgv });
  const [port] = (await once(receiver, 'message')) as [number];
  const target = endpoint('one', `http://127.0.0.1:${port}/`, { concurrency: CONCURRENCY });
  const bare = await measureBare(target, Math.min(size, 30_000));
  const durable = await measureDurable(receiver, target, size, chats);
  receiver.kill();
  const { perSecond, cpuUs, peakMb } = durable;
  console.log(`${size} deliveries in ${chats} chats, ${CONCURRENCY} at a time`);
  console.log(`from memory, no log   ${Math.round(bare)}/s`);
  console.log(`durable, full log     ${Math.round(perSecond)}/s, ${Math.round(cpuUs)} us CPU each`);
  console.log(`ratio                 ${(perSecond / bare).toFixed(2)}`);
  console.log(`peak memory           ${Math.round(peakMb)} MB`);
}

if (process.send) receive();
else await main();
