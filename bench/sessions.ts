/**
 * What sessions cost that have nothing to do: memory, CPU, and the time until all are open after a restart.
 * The gateway's adapter on SQLite against bare Baileys clients with their keys in memory, each side in a
 * process of its own. Ends with an error when a side hangs. Run (four minutes; about eight with 200):
 * `node --conditions=source --import tsx bench/sessions.ts [sessions]`
 */

import { compared, Side } from './side.ts';
import type { Cost, Memory, Mode } from './side-client.ts';

const SESSIONS = Number(process.argv[2] ?? 200);
/** The library's own timers let go of the sockets before, and of the login, after half a minute. */
const SETTLE_MS = 40_000;
const IDLE_MS = 40_000;
const WARM_UP = 5;
const RESTARTS = 3;

interface Measured {
  /** Per session. */
  readonly memory: Pick<Memory, 'heapMiB' | 'externalMiB'>;
  /** Of the whole process: what pairing needed for a while stays with it, so a share says nothing. */
  readonly rssMiB: number;
  readonly restart: Cost;
  readonly idle: Cost;
}

async function measure(mode: Mode): Promise<Measured> {
  const side = await Side.start(mode);
  // What the first sessions load and compile is there for all.
  await side.pairUpTo(WARM_UP);
  const before = await side.ask('memory', {});
  await side.pairUpTo(SESSIONS);
  const everyone = { from: 0, to: SESSIONS };
  const restarts: Cost[] = [];
  for (let n = 0; n < RESTARTS; n++) {
    await side.ask('close', everyone);
    const restart = await side.ask('open', { ...everyone, messages: 0 });
    side.tell(`all open again after ${restart.wallMs.toFixed(0)} ms`);
    restarts.push(restart);
  }
  side.tell(`idle for ${(SETTLE_MS + IDLE_MS) / 1000} s`);
  await side.ask('idle', { ms: SETTLE_MS });
  const idle = await side.ask('idle', { ms: IDLE_MS });
  const after = await side.ask('memory', {});
  await side.ask('close', everyone);
  await side.stop();
  const restart = restarts.sort((a, b) => a.wallMs - b.wallMs)[Math.floor(RESTARTS / 2)];
  if (!restart) throw new Error('nothing was measured');
  return { memory: perSession(before, after), rssMiB: after.rssMiB, restart, idle };
}

function perSession(before: Memory, after: Memory): Measured['memory'] {
  const each = (name: keyof Memory) => (after[name] - before[name]) / (SESSIONS - WARM_UP);
  return { heapMiB: each('heapMiB'), externalMiB: each('externalMiB') };
}

const rows: [name: string, value: (measured: Measured) => number][] = [
  ['memory per idle session, heap + external, MiB', (m) => m.memory.heapMiB + m.memory.externalMiB],
  [`process with ${SESSIONS} sessions, resident, MiB`, ({ rssMiB }) => rssMiB],
  [`${SESSIONS} sessions open after a restart, ms`, ({ restart }) => restart.wallMs],
  [`${SESSIONS} sessions open after a restart, CPU ms`, ({ restart }) => restart.cpuMs],
  ['CPU per idle session, ms/s', ({ idle }) => idle.cpuMs / (IDLE_MS / 1000) / SESSIONS],
];

const bare = await measure('bare');
const gateway = await measure('gateway');
console.log(`Node ${process.versions.node}, ${SESSIONS} sessions`);
for (const [name, value] of rows) console.log(compared(name, value(gateway), value(bare)));
