/**
 * The adapter on SQLite against bare Baileys clients with their keys in memory, on the same simulator in
 * the same run, each side in a process of its own. What counts are the ratios of CPU time: they hold on
 * a busy machine as well. Run (about five minutes):
 * `node --conditions=source --import tsx bench/whatsapp.ts [sessions] [messages]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type AccountHandle, createSimulator, type Simulator } from '../simulator/src/index.ts';
import type { Asks, Cost, Memory, Mode } from './whatsapp-client.ts';

const SESSIONS = Number(process.argv[2] ?? 40);
const MESSAGES = Number(process.argv[3] ?? 1_000);
/** People who write to one session at the same time. */
const FRIENDS = 10;
const GROUP_MESSAGES = Math.ceil(MESSAGES / 5);
const SETTLE_MS = 40_000;
const IDLE_MS = 40_000;
const WARM_UP = 5;

interface Measured {
  readonly memory: Memory;
  readonly reopen: Cost;
  readonly idle: Cost;
  /** A message of many sessions at once, of one session, and of one in a group. */
  readonly spread: Cost;
  readonly direct: Cost;
  readonly group: Cost;
}

/** One measured process. */
class Side {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (e: Error) => void }
  >();
  #nextId = 1;
  onQr: (index: number, text: string) => void = () => undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on(
      'message',
      (message: { id?: number; answer?: never; error?: string; qr?: string; index?: number }) => {
        if (message.qr !== undefined) this.onQr(message.index ?? 0, message.qr);
        const waiter = this.#waiting.get(message.id ?? 0);
        if (!waiter) return;
        if (message.error) waiter.reject(new Error(message.error));
        else waiter.resolve(message.answer as never);
      },
    );
  }

  static async start(mode: Mode, simulator: Simulator): Promise<Side> {
    const file = fileURLToPath(new URL('./whatsapp-client.ts', import.meta.url));
    const child = fork(file, [mode, simulator.url, simulator.rootKeyHex], {
      execArgv: ['--expose-gc', '--conditions=source', '--import', 'tsx'],
    });
    await once(child, 'message');
    return new Side(child);
  }

  ask<A extends keyof Asks>(name: A, ask: Asks[A]['ask']): Promise<Asks[A]['answer']> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, ask });
    });
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

async function measure(mode: Mode): Promise<Measured> {
  const simulator = await createSimulator();
  const side = await Side.start(mode, simulator);
  const accounts: AccountHandle[] = [];
  side.onQr = (index, text) => void accounts[index]?.phone.scan(text);
  let before = await side.ask('memory', {});
  for (let index = 0; index < SESSIONS; index++) {
    // What the first sessions load and compile is there for all.
    if (index === WARM_UP) before = await side.ask('memory', {});
    accounts.push(simulator.accounts.create({ name: `Session ${index}` }));
    await side.ask('pair', { index });
  }
  const everyone = { from: 0, to: SESSIONS };
  await side.ask('close', everyone);
  const reopen = await side.ask('open', { ...everyone, messages: 0 });
  // The library's own timers let go of the sockets before, and of the login, after half a minute.
  await side.ask('idle', { ms: SETTLE_MS });
  const idle = await side.ask('idle', { ms: IDLE_MS });
  const after = await side.ask('memory', {});
  await side.ask('close', everyone);
  const spread = await backlog(side, simulator, accounts, 'direct');
  const direct = await backlog(side, simulator, accounts.slice(0, 1), 'direct');
  const group = await backlog(side, simulator, accounts.slice(0, 1), 'group');
  await side.stop();
  await simulator.close();
  return { memory: perSession(before, after), reopen, idle, spread, direct, group };
}

/** The cost per message of taking in what waits for these sessions, without that of their login. */
async function backlog(
  side: Side,
  simulator: Simulator,
  accounts: readonly AccountHandle[],
  kind: 'direct' | 'group',
): Promise<Cost> {
  const friends = Array.from({ length: FRIENDS }, (_, n) =>
    simulator.accounts.create({ name: `${kind} ${n}` }),
  );
  const chats = accounts.map((account) =>
    kind === 'direct' ? account.jid : groupOf(simulator, [account, ...friends]),
  );
  const writeToAll = async (text: string) => {
    for (const { phone } of friends) for (const chat of chats) await phone.send(chat, text);
  };
  const each = chats.length * friends.length;
  const rounds = Math.ceil((kind === 'direct' ? MESSAGES : GROUP_MESSAGES) / each);
  const messages = each * rounds;
  const them = { from: 0, to: accounts.length };
  await writeToAll('hello');
  await side.ask('open', { ...them, messages: each });
  await side.ask('close', them);
  const login = await side.ask('open', { ...them, messages: 0 });
  await side.ask('close', them);
  for (let n = 0; n < rounds; n++) await writeToAll(`message ${n}`);
  const whole = await side.ask('open', { ...them, messages });
  await side.ask('close', them);
  return {
    wallMs: (whole.wallMs - login.wallMs) / messages,
    cpuMs: (whole.cpuMs - login.cpuMs) / messages,
  };
}

function groupOf(simulator: Simulator, [first, ...others]: readonly AccountHandle[]): string {
  if (!first) throw new Error('a group needs people');
  return simulator.groups.create(first, 'Bench', others).jid;
}

function perSession(before: Memory, after: Memory): Memory {
  const each = (name: keyof Memory) => (after[name] - before[name]) / (SESSIONS - WARM_UP);
  return { heapMiB: each('heapMiB'), externalMiB: each('externalMiB'), rssMiB: each('rssMiB') };
}

const round = (value: number) => value.toFixed(value < 10 ? 3 : 0);
const held = ({ memory }: Measured) => memory.heapMiB + memory.externalMiB;
const rows: [name: string, value: (measured: Measured) => number][] = [
  ['memory per idle session, heap + external, MiB', held],
  ['memory per idle session, resident, MiB', ({ memory }) => memory.rssMiB],
  [`${SESSIONS} sessions open after a restart, ms`, ({ reopen }) => reopen.wallMs],
  [`${SESSIONS} sessions open after a restart, CPU ms`, ({ reopen }) => reopen.cpuMs],
  ['CPU per idle session, ms/s', ({ idle }) => idle.cpuMs / (IDLE_MS / 1000) / SESSIONS],
  ['inbound 1:1 message to all sessions, CPU ms', ({ spread }) => spread.cpuMs],
  ['inbound 1:1 message to all sessions, wall ms', ({ spread }) => spread.wallMs],
  ['inbound 1:1 message, CPU ms', ({ direct }) => direct.cpuMs],
  ['inbound 1:1 message, wall ms', ({ direct }) => direct.wallMs],
  ['inbound group message, CPU ms', ({ group }) => group.cpuMs],
  ['inbound group message, wall ms', ({ group }) => group.wallMs],
];

const bare = await measure('bare');
const gateway = await measure('gateway');
console.log(`Node ${process.versions.node}, ${SESSIONS} sessions, ${MESSAGES} messages`);
for (const [name, value] of rows) {
  const [ours, theirs] = [value(gateway), value(bare)];
  console.log(
    `${name.padEnd(50)} gateway ${round(ours).padStart(8)}  bare ${round(theirs).padStart(8)}  ratio ${(ours / theirs).toFixed(3)}`,
  );
}
