/**
 * What it costs to take in messages: a one-to-one message of many sessions at once and of a single one, and
 * a message in a group. The gateway's adapter on SQLite, with message and event written, against bare
 * Baileys clients with their keys in memory, each in a process of its own. Both take turns for some
 * rounds, and the medians count; CPU time holds on a busy machine as well. Run (about four minutes):
 * `node --conditions=source --import tsx bench/inbound.ts [sessions] [messages] [rounds]`
 */
import type { AccountHandle } from '../simulator/src/index.ts';
import { compared, Side } from './side.ts';
import type { Cost } from './side-client.ts';

const SESSIONS = Number(process.argv[2] ?? 30);
/** Per round; a bare client takes 15 to 35 ms for one in a group, so those are a quarter as many. */
const MESSAGES = Number(process.argv[3] ?? 1_200);
const ROUNDS = Number(process.argv[4] ?? 5);
/** People who write to one session at the same time. */
const FRIENDS = 10;

/** Who writes where. */
interface Scene {
  readonly name: string;
  readonly sessions: number;
  readonly messages: number;
  readonly chat: (side: Side, account: AccountHandle, friends: readonly AccountHandle[]) => string;
}

const direct: Scene['chat'] = (_side, account) => account.jid;
const scenes: readonly Scene[] = [
  { name: 'one-to-one, all sessions', sessions: SESSIONS, messages: MESSAGES, chat: direct },
  { name: 'one-to-one, one session', sessions: 1, messages: MESSAGES, chat: direct },
  {
    name: 'group, one session',
    sessions: 1,
    messages: MESSAGES / 4,
    chat: ({ simulator }, account, friends) =>
      simulator.groups.create(account, 'Bench', [...friends]).jid,
  },
];

/** A side with everybody in place for a scene. */
class Stage {
  readonly costs: Cost[] = [];
  readonly #side: Side;
  readonly #scene: Scene;
  readonly #friends: readonly AccountHandle[];
  readonly #chats: readonly string[];

  constructor(side: Side, scene: Scene) {
    this.#side = side;
    this.#scene = scene;
    this.#friends = Array.from({ length: FRIENDS }, (_, n) =>
      side.simulator.accounts.create({ name: `friend ${n}` }),
    );
    this.#chats = side.accounts
      .slice(0, scene.sessions)
      .map((account) => scene.chat(side, account, this.#friends));
  }

  /** Everybody writes once, so that all keys are exchanged and all code is compiled. */
  async prepare(): Promise<void> {
    await this.#take(await this.#write(1));
  }

  /** Measures what waits for the sessions, without the cost of their login. */
  async round(): Promise<void> {
    const each = this.#chats.length * this.#friends.length;
    const login = await this.#take(0);
    const messages = await this.#write(Math.ceil(this.#scene.messages / each));
    const whole = await this.#take(messages);
    this.costs.push({
      wallMs: (whole.wallMs - login.wallMs) / messages,
      cpuMs: (whole.cpuMs - login.cpuMs) / messages,
    });
  }

  async #write(rounds: number): Promise<number> {
    let written = 0;
    for (let n = 0; n < rounds; n++) {
      for (const { phone } of this.#friends) {
        for (const chat of this.#chats) {
          await phone.send(chat, `message ${n}`);
          written++;
        }
      }
    }
    return written;
  }

  async #take(messages: number): Promise<Cost> {
    const them = { from: 0, to: this.#chats.length };
    const cost = await this.#side.ask('open', { ...them, messages });
    await this.#side.ask('close', them);
    return cost;
  }
}

async function play(gateway: Side, bare: Side, scene: Scene): Promise<void> {
  const stages = [new Stage(gateway, scene), new Stage(bare, scene)] as const;
  for (const stage of stages) await stage.prepare();
  for (let n = 0; n < ROUNDS; n++) for (const stage of stages) await stage.round();
  const of = (stage: Stage, name: keyof Cost) => median(stage.costs.map((cost) => cost[name]));
  const [ours, theirs] = stages;
  console.log(compared(`${scene.name}, CPU ms`, of(ours, 'cpuMs'), of(theirs, 'cpuMs')));
  console.log(compared(`${scene.name}, wall ms`, of(ours, 'wallMs'), of(theirs, 'wallMs')));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const gateway = await Side.start('gateway');
const bare = await Side.start('bare');
for (const side of [gateway, bare]) {
  await side.pairUpTo(SESSIONS);
  await side.ask('close', { from: 0, to: SESSIONS });
}
console.log(`Node ${process.versions.node}, ${SESSIONS} sessions, ${MESSAGES} messages a round`);
for (const scene of scenes) await play(gateway, bare, scene);
await gateway.stop();
await bare.stop();
