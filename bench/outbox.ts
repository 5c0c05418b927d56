/**
 * What the queue itself costs, on a real database with every commit on disk and a connection that
 * acknowledges at once: accepting a backlog, starting with it, draining it, and one send from call to
 * answer with 16 under way. Run: `node --conditions=source --import tsx bench/outbox.ts [jobs]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createEvents } from '../gateway/src/events/events.ts';
import { systemClock as clock } from '../gateway/src/kernel/clock.ts';
import { createIdSource } from '../gateway/src/kernel/ids.ts';
import { silentLogger as logger } from '../gateway/src/kernel/logger.ts';
import { systemRandom as random } from '../gateway/src/kernel/random.ts';
import type { NewSend, Outbox } from '../gateway/src/outbox/contract.ts';
import { createOutbox } from '../gateway/src/outbox/outbox.ts';
import { presetPolicy } from '../gateway/src/outbox/pacing/policy.ts';
import type { SessionRecord } from '../gateway/src/sessions/store.ts';
import type { Storage } from '../gateway/src/storage/port.ts';
import { openSqlite } from '../gateway/src/storage/sqlite/open.ts';
import type { Connection } from '../gateway/src/whatsapp/port.ts';

const JOBS = Number(process.argv[2] ?? 100_000);
const SENDS = 3_000;
const BATCH = 500;
const UNDER_WAY = 16;
const CHATS = 200;

const folder = mkdtempSync(join(tmpdir(), 'bench-outbox-'));
const file = join(folder, 'gateway.sqlite');

const connection: Connection = {
  vitals: () => null,
  prepare: async (content) => Buffer.from(JSON.stringify(content)),
  relay: async () => ({ kind: 'acked' }),
  presence: async () => {},
  change: async () => {},
  lookUp: async () => [],
  uploadAgain: async () => ({ kind: 'unanswered' }),
  groups: undefined as never,
  people: undefined as never,
  logout: async () => {},
  close: async () => {},
};

/** The outbox as the service makes it; `online` says whether sends can go out. */
function open(storage: Storage, session: SessionRecord, online: () => boolean): Outbox {
  const ids = createIdSource(clock, random);
  return createOutbox({
    store: storage.outbox,
    pacing: storage.pacing,
    sessions: {
      connectionOf: () => (online() ? connection : null),
      recordOf: () => session,
    },
    events: createEvents({ store: storage.events, clock, ids, endpoints: () => [] }),
    release: async () => {},
    defaultPolicy: presetPolicy('off', 'UTC'),
    clock,
    random,
    logger,
  });
}

function text(index: number): NewSend {
  return {
    chatId: `${1000 + (index % CHATS)}@s.whatsapp.net`,
    senderId: '1@s.whatsapp.net',
    content: { type: 'text', text: `message ${index} of about the usual length` },
    data: (messageId) => ({ messageId, text: `message ${index} of about the usual length` }),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Resolves when at most `left` jobs of the session are unfinished. */
async function drained(storage: Storage, session: SessionRecord, left: number): Promise<void> {
  for (;;) {
    const { total } = await storage.outbox.counts(session.key, clock.now());
    if (total <= left) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const perSecond = (count: number, ms: number) => Math.round((count * 1000) / ms);
const heapMiB = () => {
  global.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
};

let storage = await openSqlite({ file, logger });
const session = await storage.sessions.create('default', 'bench', clock.now());

const warm = open(storage, session, () => true);
for (let i = 0; i < CHATS; i++) await warm.send(session, text(i), 10_000);
const latencies: number[] = [];
let next = 0;
const wall = await timed(() =>
  Promise.all(
    Array.from({ length: UNDER_WAY }, async () => {
      while (next < SENDS) {
        const index = next++;
        latencies.push(await timed(() => warm.send(session, text(index), 10_000)));
      }
    }),
  ),
);
latencies.sort((a, b) => a - b);
const percentile = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(1);
console.log(
  `${UNDER_WAY} under way: ${perSecond(SENDS, wall)} sends/s, p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`,
);
await warm.stop();

const offline = open(storage, session, () => false);
const accepting = await timed(async () => {
  for (let from = 0; from < JOBS; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, JOBS - from) }, (_, i) => text(from + i));
    await Promise.all(batch.map((send) => offline.send(session, send, 0)));
  }
});
console.log(`accepting ${JOBS} in batches of ${BATCH}: ${perSecond(JOBS, accepting)}/s`);
await offline.stop();
await storage.close();

const before = heapMiB();
let outbox = offline;
const starting = await timed(async () => {
  storage = await openSqlite({ file, logger });
  outbox = open(storage, session, () => true);
  outbox.wake(session.key);
  await drained(storage, session, JOBS - 1);
});
console.log(`opening with ${JOBS} queued until the first is sent: ${Math.round(starting)} ms`);
const draining = await timed(() => drained(storage, session, Math.floor(JOBS / 2)));
console.log(`draining: ${perSecond(JOBS / 2, draining)} sends/s`);
console.log(`heap: ${before} MiB before, ${heapMiB()} MiB with half of them queued`);
await outbox.stop();
await storage.close();
rmSync(folder, { recursive: true });
