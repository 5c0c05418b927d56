/**
 * What group commit and the index of heads are worth: commits per second beside bare better-sqlite3 on
 * the same disk, and how a backlog of deliveries behaves beside a small one. Ratios travel between
 * machines, rates do not. Run: `node --conditions=source --import tsx bench/storage.ts [deliveries]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { EventBatch } from '../gateway/src/events/store.ts';
import { systemClock } from '../gateway/src/kernel/clock.ts';
import { createIdSource } from '../gateway/src/kernel/ids.ts';
import { silentLogger } from '../gateway/src/kernel/logger.ts';
import { systemRandom } from '../gateway/src/kernel/random.ts';
import type { Storage } from '../gateway/src/storage/port.ts';
import { connect } from '../gateway/src/storage/sqlite/connection.ts';
import { openSqlite } from '../gateway/src/storage/sqlite/open.ts';

const BACKLOG = Number(process.argv[2] ?? 200_000);
const ENDPOINT = 'hook';
const FAR_AWAY_MS = 10 ** 14;

const ids = createIdSource(systemClock, systemRandom);
const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const data = {
  from: '15550001',
  text: 'a message of about the usual length',
  messageId: 'x'.repeat(20),
};

/** `count` calls with `atOnce` of them under way; answers calls per second. */
async function rate(count: number, atOnce: number, call: (n: number) => Promise<unknown>) {
  const startedMs = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (count * 1000) / (performance.now() - startedMs);
}

/** Milliseconds of a call, as median and 99th percentile. */
async function latency(count: number, call: () => Promise<unknown>) {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const startedMs = performance.now();
    await call();
    took.push(performance.now() - startedMs);
  }
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.floor(part * (took.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

const number = (value: number) => Math.round(value).toLocaleString('en');
const line = (what: string, result: string) => console.log(`${what.padEnd(58)}${result}`);

/** An event with a delivery in each of the given chats. */
function batchOf(chats: readonly string[]): EventBatch {
  const events = chats.map((orderKey) => ({
    id: ids(),
    event: 'message.received',
    workspaceId: 'default',
    sessionId: 'shop',
    timestampMs: systemClock.now(),
    orderKey,
    data,
  }));
  const deliveries = events.map(({ id, orderKey }) => ({
    id: ids(),
    eventId: id,
    endpointId: ENDPOINT,
    orderKey,
  }));
  return { events, deliveries };
}

function bareCommits(count: number): number {
  const file = join(folder, 'bare.db');
  rmSync(file, { force: true });
  const db = connect(file, 'writer');
  db.exec('CREATE TABLE events (id TEXT PRIMARY KEY, data TEXT)');
  const insert = db.prepare('INSERT INTO events VALUES (?, ?)');
  const text = JSON.stringify(data);
  const startedMs = performance.now();
  for (let n = 0; n < count; n++) insert.run(ids(), text);
  const perSecond = (count * 1000) / (performance.now() - startedMs);
  db.close();
  return perSecond;
}

async function measureCommits(storage: Storage): Promise<void> {
  const quiet = (chats: number): EventBatch => ({
    events: batchOf(Array.from({ length: chats }, (_, i) => `c${i}`)).events,
    deliveries: [],
  });
  const bare = bareCommits(2_000);
  line('bare better-sqlite3, one insert per commit', `${number(bare)} commits/s`);
  const lone = await rate(2_000, 1, () => storage.events.append(quiet(1)));
  line('storage, one caller', `${number(lone)} commits/s, ${(lone / bare).toFixed(2)} of bare`);
  const before = storage.stats();
  const many = await rate(20_000, 64, () => storage.events.append(quiet(1)));
  const after = storage.stats();
  const perCommit = (after.writes - before.writes) / (after.commits - before.commits);
  line(
    'storage, 64 callers',
    `${number(many)} writes/s, ${(many / bare).toFixed(1)} x bare, ${perCommit.toFixed(0)} per commit`,
  );
  const rows = (await rate(200, 1, () => storage.events.append(quiet(500)))) * 500;
  line(
    'storage, batches of 500 events',
    `${number(rows)} rows/s, ${(rows / bare).toFixed(0)} x bare`,
  );
}

async function measureInbound(storage: Storage): Promise<void> {
  const { key } = await storage.sessions.create('default', 'shop', systemClock.now());
  const encoded = systemRandom.bytes(120);
  const inbound = async (n: number) => {
    const chatId = `${n % 500}@s.whatsapp.net`;
    const journalId = await storage.devices.commit(key, {
      records: [{ type: 'session', id: chatId, value: systemRandom.bytes(1_500) }],
      journal: {
        receivedAtMs: systemClock.now(),
        stanza: encoded,
        encIndex: 0,
        plaintext: encoded,
      },
    });
    await storage.messages.recordInbound(key, [
      {
        journalIds: journalId === null ? [] : [journalId],
        message: {
          messageId: ids(),
          chatId,
          senderId: chatId,
          fromMe: false,
          type: 'text',
          status: 'received',
          timestampMs: systemClock.now(),
          data,
          encoded,
        },
        batch: batchOf([`shop/${chatId}`]),
      },
    ]);
  };
  const one = await rate(1_000, 1, inbound);
  const many = await rate(10_000, 64, inbound);
  line(
    'inbound: ratchet + journal, then message + event + delivery',
    `${number(one)} /s one by one`,
  );
  line('', `${number(many)} /s with 64 at once`);
  await storage.webhooks.removeEndpoint(ENDPOINT);
}

/** Half of the backlog waits behind one blocked chat, the rest is spread over many. */
async function fill(storage: Storage): Promise<void> {
  const blocked = batchOf(['blocked']);
  await storage.events.append(blocked);
  await storage.webhooks.recordAttempts(
    blocked.deliveries.map(({ id }) => ({
      deliveryId: id,
      attempt: null,
      after: { state: 'pending', nextAttemptAtMs: FAR_AWAY_MS },
    })),
  );
  const size = 500;
  const perSecond = await rate(BACKLOG / size, 4, (n) => {
    const chats = Array.from({ length: size }, (_, i) =>
      i % 2 === 0 ? 'blocked' : `chat ${(n * size + i) % (BACKLOG / 10)}`,
    );
    return storage.events.append(batchOf(chats));
  });
  line(
    `backlog of ${number(BACKLOG)}: events with deliveries written`,
    `${number(perSecond * size)} /s`,
  );
}

async function measureBacklog(storage: Storage): Promise<void> {
  const due = () => storage.webhooks.due(ENDPOINT, systemClock.now(), 128);
  await storage.events.append(batchOf(Array.from({ length: 500 }, (_, i) => `small ${i}`)));
  const small = await latency(300, due);
  line(
    'due(128), backlog of 500',
    `p50 ${small.p50.toFixed(2)} ms, p99 ${small.p99.toFixed(2)} ms`,
  );
  await fill(storage);
  const large = await latency(300, due);
  line(
    `due(128), backlog of ${number(BACKLOG)}`,
    `p50 ${large.p50.toFixed(2)} ms, p99 ${large.p99.toFixed(2)} ms, ${(large.p50 / small.p50).toFixed(2)} x small`,
  );
  await measureDrain(storage);
  const page = await latency(50, () => storage.webhooks.deliveries(ENDPOINT, { limit: 50 }));
  line('newest page of the log', `p50 ${page.p50.toFixed(2)} ms`);
  const count = await latency(3, () => storage.webhooks.countDeliveries(ENDPOINT, {}));
  line('count of the whole log', `${number(count.p50)} ms, in windows`);
  const startedMs = performance.now();
  let pruned = 0;
  const rule = { beforeMs: systemClock.now() + 1, keepRows: 0 };
  for (let step = 0; step < 40; step++) pruned += await storage.events.prune(rule, 500);
  line('retention', `${number((pruned * 1000) / (performance.now() - startedMs))} events/s`);
}

/** As the webhook worker does it: heads in pages, each result written by itself, 64 at once. */
async function measureDrain(storage: Storage): Promise<void> {
  const target = Math.min(BACKLOG / 4, 50_000);
  const rssBefore = process.memoryUsage().rss;
  const startedMs = performance.now();
  let delivered = 0;
  while (delivered < target) {
    const heads = await storage.webhooks.due(ENDPOINT, systemClock.now(), 128);
    await rate(heads.length, 64, async (n) => {
      const head = heads[n];
      if (!head) return;
      const attempt = {
        number: 1,
        startedAtMs: systemClock.now(),
        durationMs: 3,
        status: 200,
        errorStage: null,
        error: null,
        responseExcerpt: 'ok',
      };
      await storage.webhooks.recordAttempt(head.id, attempt, { state: 'delivered' });
    });
    delivered += heads.length;
  }
  const perSecond = (delivered * 1000) / (performance.now() - startedMs);
  const grown = (process.memoryUsage().rss - rssBefore) / 2 ** 20;
  line(
    'drain: due, attempt and state written, 64 at once',
    `${number(perSecond)} /s, ${grown.toFixed(0)} MiB more memory`,
  );
}

for (const dataKey of [null, systemRandom.bytes(32)]) {
  console.log(dataKey ? '\nencrypted at rest' : 'plain');
  const file = join(folder, dataKey ? 'sealed.db' : 'plain.db');
  const storage = await openSqlite({ file, dataKey, logger: silentLogger });
  await measureCommits(storage);
  await measureInbound(storage);
  await measureBacklog(storage);
  await storage.close();
}
rmSync(folder, { recursive: true, force: true });
