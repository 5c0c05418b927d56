/**
 * Whether anything grows that should not. The whole service runs with many sessions while contacts write
 * to all of them, alone and in groups, the API answers, connections break and come back, and a receiver
 * takes the webhooks. Samples are taken at rest, each after the same amount of traffic, and printed as they
 * come; at the end, what every resource grew by from the first third on. Fails (exit code 1) when one grew
 * by more than it may. An hour of a busy number (a message a minute) is about 60 messages per session.
 * Run (two minutes; an hour of 100 busy numbers, `100 60`, takes about six):
 * `node --conditions=source --import tsx bench/soak.ts [sessions] [messages per session] [samples]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { compose } from '../gateway/src/compose.ts';
import { readConfig } from '../gateway/src/config/config.ts';
import { silentLogger } from '../gateway/src/kernel/logger.ts';
import { type AccountHandle, createSimulator, type Simulator } from '../simulator/src/index.ts';

const [SESSIONS = 20, PER_SESSION = 60, SAMPLES = 9] = process.argv.slice(2).map(Number);
const FRIENDS = 10;
/** Of ten messages from contacts one goes to a group, and two are answered. */
const GROUP_EVERY = 10;
const ANSWER_EVERY = 5;
/** Every connection breaks this often, between two samples. */
const DROP_EVERY = 2;
/** For everything to come to rest, reconnecting included; nothing is stuck for so long unless it hangs. */
const LIMIT_MS = 240_000;
const PAIRED_AT_ONCE = 6;
const KEY = 'operator-key-of-the-bench';
/** Tables that hold work in progress, or one row per thing that exists. */
const BOUNDED_TABLES = ['journal', 'jobs', 'records', 'credentials', 'identities', 'sessions'];

/** What a resource may grow by between the first and the last sample that count, beside its share. */
const SLACK: Readonly<Record<string, number>> = {
  'heap, KiB': 512,
  // Fresh connections hold more than old ones, and every other sample follows a break.
  'external, KiB': 2_500,
  // What is under way at the instant of the sample: health checks, pings, the sample itself.
  timers: 10,
  emitters: 40,
  listeners: 120,
  sockets: 5,
  'file descriptors': 5,
};
/** The share, of the first sample that counts: noise of the garbage collector, pages of the database. */
const SHARE = 0.03;

type Sample = Readonly<Record<string, number>>;

/** Every emitter of this process, as long as it lives. */
const emitters = new Set<WeakRef<EventEmitter>>();

function countEmitters(): void {
  // Called by the constructor of every emitter; Node's own `domain` hooks in here too.
  const hook = EventEmitter as unknown as { init: (this: EventEmitter, options?: object) => void };
  const { init } = hook;
  hook.init = function counted(options) {
    init.call(this, options);
    emitters.add(new WeakRef(this));
  };
}

/** How many emitters live, and how many listeners they have. */
function listening(): { emitters: number; listeners: number } {
  let listeners = 0;
  for (const reference of emitters) {
    const emitter = reference.deref();
    if (!emitter) emitters.delete(reference);
    else for (const name of emitter.eventNames()) listeners += emitter.listenerCount(name);
  }
  return { emitters: emitters.size, listeners };
}

/** The service in a process of its own, which weighs itself when asked. */
async function beService(): Promise<void> {
  countEmitters();
  const config = readConfig(process.env);
  if (!config.ok) throw new Error(config.errors.join('\n'));
  const service = await compose(config.config, silentLogger);
  process.send?.({ address: await service.listen() });
  process.on('message', () => void weigh().then((sample) => process.send?.({ sample })));
  process.on('disconnect', () => void service.stop().finally(() => process.exit(0)));
}

async function weigh(): Promise<Sample> {
  for (let round = 0; round < 3; round++) {
    (globalThis as { gc?: () => void }).gc?.();
    await pause(100);
  }
  const { heapUsed, external } = process.memoryUsage();
  const active = process.getActiveResourcesInfo();
  return {
    'heap, KiB': heapUsed / 1024,
    'external, KiB': external / 1024,
    timers: active.filter((type) => type === 'Timeout').length,
    sockets: active.filter((type) => /TCP/.test(type)).length,
    'file descriptors': readdirSync('/proc/self/fd').length,
    ...listening(),
  };
}

/** The running service as the benchmark sees it. */
class Service {
  readonly #child: ChildProcess;
  readonly #address: string;
  readonly #file: string;

  private constructor(child: ChildProcess, address: string, file: string) {
    this.#child = child;
    this.#address = address;
    this.#file = file;
  }

  static async start(simulator: Simulator, folder: string, webhook: string): Promise<Service> {
    const child = fork(fileURLToPath(import.meta.url), [], {
      execArgv: [...process.execArgv, '--expose-gc'],
      env: {
        ...process.env,
        SOAK: 'service',
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: folder,
        API_KEY: KEY,
        REQUESTS_PER_MINUTE: '0',
        PACING: 'off',
        WEBHOOK_URL: webhook,
        WHATSAPP_URL: simulator.url,
        WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
      },
    });
    const [{ address }] = (await once(child, 'message')) as [{ address: string }];
    return new Service(child, address, join(folder, 'gateway.sqlite'));
  }

  async call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.#address}${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : '{}',
      ...(method === 'GET' ? { body: null } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  }

  /** Everything is at rest: all sessions open, nothing left to do. */
  async atRest(): Promise<void> {
    await until('the service to be at rest', async () => {
      const { sessions } = await this.call('GET', '/health');
      const { journal, jobs, pending } = this.#rows();
      return (sessions as { open: number }).open === SESSIONS && !journal && !jobs && !pending;
    });
  }

  async sample(): Promise<Sample> {
    this.#child.send('weigh');
    const [{ sample }] = (await once(this.#child, 'message')) as [{ sample: Sample }];
    const { pending: _pending, ...rows } = this.#rows();
    const named = Object.entries(rows).map(([table, count]) => [`rows of ${table}`, count]);
    return { ...sample, ...(Object.fromEntries(named) as Sample) };
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }

  #rows(): Record<string, number> {
    const db = new Database(this.#file, { readonly: true });
    const count = (of: string) =>
      db.prepare<[], number>(`SELECT count(*) FROM ${of}`).pluck().get() ?? 0;
    const rows = Object.fromEntries(BOUNDED_TABLES.map((table) => [table, count(table)]));
    const pending = count(`deliveries WHERE state = 'pending'`);
    db.close();
    return { ...rows, pending };
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + LIMIT_MS;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`waited ${LIMIT_MS} ms in vain for ${what}`);
    await pause(100);
  }
}

/** One portion of traffic: the same for each sample. */
async function traffic(
  service: Service,
  shops: readonly AccountHandle[],
  friends: readonly AccountHandle[],
  groups: readonly string[],
): Promise<void> {
  const count = Math.ceil((shops.length * PER_SESSION) / SAMPLES);
  for (let n = 0; n < count; n++) {
    const index = n % shops.length;
    const friend = friends[Math.floor(n / shops.length) % friends.length];
    const to = n % GROUP_EVERY === 0 ? groups[index] : shops[index]?.jid;
    if (!friend || !to) continue;
    await friend.phone.send(to, `message ${n}`);
    if (n % ANSWER_EVERY !== 0) continue;
    await service.call('POST', `/sessions/s${index}/send?wait=0`, {
      to: friend.number,
      text: `answer ${n}`,
    });
  }
}

/** What a resource grew by per sample: the slope of the line that fits best, and its last value. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  for (const [x, y] of values.entries()) {
    above += (x - middle) * (y - mean);
    below += (x - middle) ** 2;
  }
  return above / below;
}

/** Links every number, a few at once. */
async function pairAll(service: Service, shops: readonly AccountHandle[]): Promise<void> {
  const waiting = [...shops.entries()];
  let paired = 0;
  const pairing = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, shop] = next;
      const { qr } = await service.call('POST', `/sessions/s${index}/start`);
      await shop.phone.scan(String(qr));
      if (++paired % 20 === 0) tell(`${paired} numbers paired`);
    }
  };
  await Promise.all(Array.from({ length: PAIRED_AT_ONCE }, pairing));
}

/** Progress, beside the report. */
function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-soak-'));
  const simulator = await createSimulator();
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const service = await Service.start(simulator, folder, webhook);
  const account = (name: string) => simulator.accounts.create({ name });
  const shops = Array.from({ length: SESSIONS }, (_, n) => account(`shop ${n}`));
  const friends = Array.from({ length: FRIENDS }, (_, n) => account(`friend ${n}`));
  await pairAll(service, shops);
  const groups = shops.map((shop) => simulator.groups.create(shop, 'Soak', [...friends]).jid);
  const samples: Sample[] = [];
  try {
    for (let n = 0; n < SAMPLES; n++) {
      await service.atRest();
      await traffic(service, shops, friends, groups);
      if (n % DROP_EVERY === 1) simulator.drop();
      await service.atRest();
      const sample = await service.sample();
      samples.push(sample);
      tell(`sample ${n + 1} of ${SAMPLES}: ${inOneLine(sample)}`);
    }
    const grew = report(samples.slice(Math.floor(SAMPLES / 3)));
    if (grew.length > 0) {
      console.log(`grew: ${grew.join(', ')}`);
      process.exitCode = 1;
    }
  } finally {
    await service.stop();
    await simulator.close();
    receiver.closeAllConnections();
    receiver.close();
    await rm(folder, { recursive: true });
  }
}

const inOneLine = (sample: Sample): string =>
  Object.entries(sample)
    .map(([name, value]) => `${name} ${Math.round(value)}`)
    .join(' · ');

/** Prints a line per resource; gives the names of those that grew by more than they may. */
function report(samples: readonly Sample[]): string[] {
  const portion = Math.ceil((SESSIONS * PER_SESSION) / SAMPLES);
  console.log(`Node ${process.versions.node}, ${SESSIONS} sessions, ${portion} messages a sample`);
  const grew: string[] = [];
  for (const name of Object.keys(samples[0] ?? {})) {
    const values = samples.map((sample) => sample[name] ?? Number.NaN);
    const [first, last] = [values[0] ?? Number.NaN, values.at(-1) ?? Number.NaN];
    const perSample = slopeOf(values);
    const allowed = first * SHARE + (SLACK[name] ?? 0);
    if (!(perSample * (values.length - 1) <= allowed)) grew.push(name);
    const perThousand = (perSample / portion) * 1000;
    console.log(
      `${name.padEnd(28)} first ${first.toFixed(0).padStart(8)}  last ${last.toFixed(0).padStart(8)}  per 1000 messages ${perThousand.toFixed(1).padStart(8)}`,
    );
  }
  return grew;
}

if (process.env['SOAK'] === 'service') await beService();
else await main();
