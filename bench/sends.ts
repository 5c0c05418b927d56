/**
 * What a send costs: through HTTP to the service as it ships, with the pace off and every message on disk
 * before it is answered, against a bare Baileys client that calls `sendMessage` in its own process, with
 * its keys in memory and nothing stored. Both talk to the same simulated WhatsApp and are measured in
 * turn. CPU per message is that of the measured process alone; on a busy machine it is the figure to
 * trust. Run, after `npm run build`:
 * `node --conditions=source --import tsx bench/sends.ts [sends a round] [sessions]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { type AccountHandle, createSimulator, type Simulator } from '../simulator/src/index.ts';
import { GatewayProcess, OPERATOR_KEY } from '../test/support/gateway-process.ts';
import { BareSession } from './bare-client.ts';
import { compared } from './side.ts';

const SENDS = Number(process.argv[2] ?? 1_000);
const SESSIONS = Number(process.argv[3] ?? 50);
const ROUNDS = 3;
const UNDER_WAY = 16;
const TEXT = 'A message of about the usual length';

/** One run: each lane sends to its own chat, one message after the other's answer. */
interface Order {
  readonly lanes: readonly { readonly session: number; readonly chatId: string }[];
  readonly sends: number;
}

interface Result {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Milliseconds until WhatsApp's server had answered. */
  readonly answered: readonly number[];
  /** Until `sendMessage` resolved, which is earlier; only the bare client has that. */
  readonly written: readonly number[];
}

/** Runs the order; `send` gives the latencies of one message. */
async function run(
  { lanes, sends }: Order,
  send: (lane: Order['lanes'][number]) => Promise<{ answered: number; written?: number }>,
): Promise<Omit<Result, 'cpuMs'>> {
  const answered: number[] = [];
  const written: number[] = [];
  let begun = 0;
  const startedMs = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      while (begun++ < sends) {
        const latency = await send(lane);
        answered.push(latency.answered);
        if (latency.written !== undefined) written.push(latency.written);
      }
    }),
  );
  return { wallMs: performance.now() - startedMs, answered, written };
}

// --- The bare client, in a process of its own ---

async function beBare(url: string): Promise<void> {
  // The library prints whole Signal sessions, private keys included.
  console.info = () => undefined;
  const sessions: BareSession[] = [];
  const handle = async (message: { pair?: number; order?: Order }): Promise<unknown> => {
    if (message.pair !== undefined) {
      const session = new BareSession(url, () => undefined);
      sessions[message.pair] = session;
      await session.open((qr) => process.send?.({ qr }));
      return null;
    }
    if (!message.order) return null;
    const before = process.cpuUsage();
    const result = await run(message.order, async ({ session, chatId }) => {
      const sentMs = performance.now();
      const sending = sessions[session]?.send(chatId, TEXT);
      if (!sending) throw new Error('no such session');
      await sending.written;
      const writtenMs = performance.now();
      await sending.answered;
      return { answered: performance.now() - sentMs, written: writtenMs - sentMs };
    });
    const { user, system } = process.cpuUsage(before);
    return { ...result, cpuMs: (user + system) / 1000 };
  };
  process.on('message', (message: { pair?: number; order?: Order }) => {
    void handle(message).then((answer) => process.send?.({ answer }));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ answer: null });
}

interface Side {
  pair(index: number, account: AccountHandle): Promise<void>;
  run(order: Order): Promise<Result>;
  stop(): Promise<void>;
}

async function startBare(simulator: Simulator): Promise<Side> {
  const child = fork(fileURLToPath(import.meta.url), [simulator.url], {
    execArgv: process.execArgv,
  });
  await once(child, 'message');
  return {
    async pair(pair, account) {
      await ask(child, { pair }, (qr) => void account.phone.scan(qr));
    },
    run: (order) => ask(child, { order }, () => undefined) as Promise<Result>,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

function ask(child: ChildProcess, question: object, onQr: (qr: string) => void): Promise<unknown> {
  return new Promise((resolve) => {
    const listen = (message: { qr?: string; answer?: unknown }) => {
      if (message.qr !== undefined) return onQr(message.qr);
      child.off('message', listen);
      resolve(message.answer);
    };
    child.on('message', listen);
    child.send(question);
  });
}

// --- The service ---

async function startGateway(simulator: Simulator): Promise<Side> {
  const gateway = await GatewayProcess.prepare(simulator, { PACING: 'off', LOG_LEVEL: 'info' });
  await gateway.start();
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const cpuMs = async () => {
    const { body } = await call(agent, 'GET', `${gateway.url}/metrics`);
    const seconds = /^gateway_process_cpu_seconds_total (\S+)/m.exec(body)?.[1];
    return Number(seconds) * 1000;
  };
  return {
    async pair(index, account) {
      const { body } = await gateway.call('POST', `/sessions/s${index}/start`);
      await account.phone.scan(String(body['qr']));
      await gateway.waitForStatus(`s${index}`, 'open');
    },
    async run(order) {
      const before = await cpuMs();
      const result = await run(order, async ({ session, chatId }) => {
        const sentMs = performance.now();
        const url = `${gateway.url}/sessions/s${session}/send`;
        const body = JSON.stringify({ to: chatId, text: TEXT });
        const answer = await call(agent, 'POST', url, body);
        if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
        return { answered: performance.now() - sentMs };
      });
      return { ...result, cpuMs: (await cpuMs()) - before };
    },
    async stop() {
      agent.destroy();
      await gateway.dispose();
    },
  };
}

/** Plain `node:http`: the client's own cost is in the process of the simulator. */
function call(
  agent: Agent,
  method: string,
  url: string,
  body?: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${OPERATOR_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = request(url, { agent, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

// --- The comparison ---

/** A kind of run, and the rounds of both sides. */
async function compare(name: string, order: Order, gateway: Side, bare: Side): Promise<void> {
  // What the first messages load and compile, and the keys of each chat, are there for the rest.
  for (const side of [gateway, bare]) await side.run({ ...order, sends: order.lanes.length * 10 });
  const rounds: { gateway: Result; bare: Result }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ gateway: await gateway.run(order), bare: await bare.run(order) });
  }
  const line = (what: string, value: (result: Result) => number, other = value) => {
    const ours = median(rounds.map((round) => value(round.gateway)));
    const theirs = median(rounds.map((round) => other(round.bare)));
    console.log(compared(`${name}: ${what}`, ours, theirs));
  };
  const p = (share: number) => (result: Result) => percentile(result.answered, share);
  line('sends per second', ({ wallMs, answered }) => (answered.length * 1000) / wallMs);
  line('CPU ms per send', ({ cpuMs, answered }) => cpuMs / answered.length);
  line('p50 until answered, ms', p(0.5));
  line('p99 until answered, ms', p(0.99));
  line('p99, bare until sendMessage resolves, ms', p(0.99), ({ written }) =>
    percentile(written, 0.99),
  );
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const percentile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
const median = (values: readonly number[]): number => percentile(values, 0.5);

async function main(): Promise<void> {
  const simulator = await createSimulator();
  const gateway = await startGateway(simulator);
  const bare = await startBare(simulator);
  const contacts = Array.from({ length: Math.max(UNDER_WAY, SESSIONS) }, () =>
    simulator.accounts.create(),
  );
  const pairUpTo = async (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      for (const side of [gateway, bare]) await side.pair(index, simulator.accounts.create());
    }
  };
  const lanes = (count: number, sessionOf: (lane: number) => number): Order => ({
    lanes: contacts.slice(0, count).map(({ jid: chatId }, lane) => ({
      session: sessionOf(lane),
      chatId,
    })),
    sends: SENDS,
  });
  console.log(`Node ${process.versions.node}, ${ROUNDS} rounds of ${SENDS} sends, medians`);
  await pairUpTo(0, 1);
  const one = lanes(UNDER_WAY, () => 0);
  await compare(`1 session, ${UNDER_WAY} under way`, one, gateway, bare);
  await pairUpTo(1, SESSIONS);
  const many = lanes(SESSIONS, (lane) => lane);
  await compare(`${SESSIONS} sessions, 1 each`, many, gateway, bare);
  await bare.stop();
  await gateway.stop();
  await simulator.close();
}

const [, , url = ''] = process.argv;
if (process.send && url.startsWith('ws')) await beBare(url);
else await main();
