/**
 * How fast the simulator hands encrypted 1:1 messages to one linked device, and what a large world
 * costs in memory. Prints ratios to the goals of the project, so that machines can be compared.
 *
 *   node --import tsx bench/simulator.ts
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Account, linkDevice } from '../simulator/src/accounts/account.ts';
import { createSimulator, type Simulator } from '../simulator/src/index.ts';
import { seededRandom } from '../simulator/src/kernel/random.ts';
import { keyPairFrom } from '../simulator/src/signal/curve.ts';
import { createSignalParty } from '../simulator/src/signal/party.ts';
import type { LoginOrder, Progress } from './simulator-client.ts';

const MESSAGES = 6000;
const GOAL_PER_SECOND = 3000;
const GOAL_MIB = 400;

/** Links a device without a client: its keys are made here. Gives the secret of its Noise key. */
function linkWithoutClient(account: Account, seed: number): { device: number; secret: string } {
  const random = seededRandom(seed);
  const party = createSignalParty({ random });
  const secret = random.bytes(32);
  const device = linkDevice(
    account,
    {
      platform: 'Benchmark',
      noiseKey: keyPairFrom(secret).publicKey,
      identity: party.identity,
      registrationId: party.registrationId,
      signedPreKey: party.signedPreKey,
    },
    Date.now(),
  );
  const keys = Array.from({ length: 812 }, () => party.takeBundle().preKey).flatMap(
    (key) => key ?? [],
  );
  device.preKeys.add(keys);
  return { device: device.id, secret: Buffer.from(secret).toString('hex') };
}

async function throughput(simulator: Simulator): Promise<void> {
  const shop = simulator.accounts.create();
  const contact = simulator.accounts.create();
  const { device, secret } = linkWithoutClient(shop.account, 7);
  const child = fork(new URL('./simulator-client.ts', import.meta.url), {
    execArgv: process.execArgv,
  });
  const until = (matches: (progress: Progress) => boolean) =>
    new Promise<void>((resolve) => {
      const listen = (progress: Progress) => {
        if (!matches(progress)) return;
        child.off('message', listen);
        resolve();
      };
      child.on('message', listen);
    });
  const ready = until(({ kind }) => kind === 'ready');
  const order: LoginOrder = { url: simulator.url, username: shop.number, device, secret };
  child.send(order);
  await ready;
  // The session exists before the clock starts.
  await contact.phone.send(shop.jid, 'warm up');
  await shop.phone.settled();
  const done = until((progress) => progress.kind === 'received' && progress.count >= MESSAGES);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const sending: Promise<unknown>[] = [];
  for (let index = 1; index < MESSAGES; index++) {
    sending.push(contact.phone.send(shop.jid, `message ${index}`));
  }
  await Promise.all(sending);
  await done;
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1000;
  const perSecond = Math.round((MESSAGES * 1000) / wallMs);
  const perCore = Math.round((MESSAGES * 1000) / cpuMs);
  print('messages per second to one device', perSecond, GOAL_PER_SECOND);
  print('messages per second of CPU', perCore, GOAL_PER_SECOND);
  child.kill();
  await once(child, 'exit');
}

function memory(simulator: Simulator): void {
  for (let index = 0; index < 1200; index++) {
    const account = simulator.accounts.create();
    if (index < 200) linkWithoutClient(account.account, index);
  }
  globalThis.gc?.();
  const mib = Math.round(process.memoryUsage().rss / 2 ** 20);
  console.log(`${mib} MiB for 1,200 accounts and 200 linked devices (goal: under ${GOAL_MIB})`);
}

function print(what: string, value: number, goal: number): void {
  console.log(`${what}: ${value} (${(value / goal).toFixed(2)} of the goal of ${goal})`);
}

const simulator = await createSimulator();
await throughput(simulator);
memory(simulator);
await simulator.close();
