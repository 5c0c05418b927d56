/**
 * How long a message takes from its arrival at the (simulated) WhatsApp server to the arrival of the
 * webhook at its receiver, on an idle machine: the service as it ships, with everything on disk and its
 * full log, beside a bare Baileys client that posts with `fetch` and stores nothing. Both run in processes
 * of their own, are written to in turn, and post to the same receiver. Run, after `npm run build`:
 * `node --conditions=source --import tsx bench/webhook-latency.ts [messages]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AccountHandle, createSimulator, type Simulator } from '../simulator/src/index.ts';
import { GatewayProcess } from '../test/support/gateway-process.ts';
import { BareSession } from './bare-client.ts';

const FRIENDS = 5;
/** Messages of each side that are not counted: what they load and compile is there for all others. */
const WARM_UP = 50;
const PAUSE_MS = 60;
const LIMIT_MS = 20_000;

/** The bare client: posts the id and text of each message. */
async function beBare(url: string, target: string): Promise<void> {
  const session = new BareSession(url, ({ key, message }) => {
    const text = message?.conversation ?? message?.extendedTextMessage?.text;
    const body = JSON.stringify({ event: 'messages.upsert', data: { messageId: key.id, text } });
    const headers = { 'content-type': 'application/json' };
    void fetch(target, { method: 'POST', headers, body }).then((answer) => answer.arrayBuffer());
  });
  process.on('disconnect', () => process.exit(0));
  await session.open((qr) => process.send?.({ qr }));
  process.send?.({ open: true });
}

/** Notes when a message id is first posted. */
class Receiver {
  readonly #arrivals = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const nowMs = performance.now();
      response.end();
      const { data } = JSON.parse(Buffer.concat(chunks).toString()) as {
        data: { messageId?: string };
      };
      if (data.messageId) this.#note(data.messageId, nowMs);
    });
  });

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async arrival(messageId: string): Promise<number> {
    const limit = new AbortController();
    const late = pause(LIMIT_MS, null, { signal: limit.signal }).then(() => {
      throw new Error(`${messageId} was not posted in ${LIMIT_MS} ms`);
    });
    late.catch(() => undefined);
    for (;;) {
      const atMs = this.#arrivals.get(messageId);
      if (atMs !== undefined) {
        limit.abort();
        return atMs;
      }
      const posted = new Promise<void>((resolve) => this.#waiting.set(messageId, resolve));
      await Promise.race([posted, late]);
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #note(messageId: string, atMs: number): void {
    if (this.#arrivals.has(messageId)) return;
    this.#arrivals.set(messageId, atMs);
    this.#waiting.get(messageId)?.();
    this.#waiting.delete(messageId);
  }
}

async function startBare(
  simulator: Simulator,
  account: AccountHandle,
  target: string,
): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), [simulator.url, target], {
    execArgv: process.execArgv,
  });
  await new Promise<void>((resolve) => {
    child.on('message', (message: { qr?: string; open?: true }) => {
      if (message.qr) void account.phone.scan(message.qr);
      if (message.open) resolve();
    });
  });
  return child;
}

async function startGateway(
  simulator: Simulator,
  account: AccountHandle,
  target: string,
): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.prepare(simulator, {
    WEBHOOK_URL: target,
    LOG_LEVEL: 'info',
  });
  await gateway.start();
  const { body } = await gateway.call('POST', '/sessions/bench/start');
  await account.phone.scan(String(body['qr']));
  await gateway.waitForStatus('bench', 'open');
  return gateway;
}

async function main(count: number): Promise<void> {
  const simulator = await createSimulator();
  const receiver = new Receiver();
  const target = await receiver.listen();
  const accepted = new Map<string, number>();
  simulator.ledger.onEntry(({ event, tag, id }) => {
    if (event === 'accepted' && tag === 'message') accepted.set(id, performance.now());
  });
  const [shop, other] = [
    simulator.accounts.create({ name: 'gateway' }),
    simulator.accounts.create({ name: 'bare' }),
  ];
  const friends = Array.from({ length: FRIENDS }, (_, n) =>
    simulator.accounts.create({ name: `friend ${n}` }),
  );
  const gateway = await startGateway(simulator, shop, target);
  const bare = await startBare(simulator, other, target);
  const sides = [
    { name: 'gateway', account: shop, latencies: [] as number[] },
    { name: 'bare Baileys', account: other, latencies: [] as number[] },
  ];
  for (let n = 0; n < WARM_UP + count; n++) {
    const friend = friends[n % FRIENDS];
    for (const { account, latencies } of sides) {
      const sent = await friend?.phone.send(account.jid, `message ${n}`);
      if (!sent) continue;
      const arrivedMs = await receiver.arrival(sent.id);
      if (n >= WARM_UP) latencies.push(arrivedMs - (accepted.get(sent.id) ?? Number.NaN));
      await pause(PAUSE_MS * (0.5 + Math.random()));
    }
  }
  console.log(`Node ${process.versions.node}, ${count} messages each, one at a time; ms`);
  for (const { name, latencies } of sides) {
    const sorted = latencies.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1);
    console.log(`${name.padEnd(14)} p50 ${at(0.5)}  p90 ${at(0.9)}  p99 ${at(0.99)}  max ${at(1)}`);
  }
  bare.disconnect();
  await gateway.dispose();
  await simulator.close();
  await receiver.close();
}

const [, , url, target] = process.argv;
if (process.send && url && target) await beBare(url, target);
else await main(Number(process.argv[2] ?? 300));
