/** One measured process: sessions through the gateway's adapter, or bare Baileys clients. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type AccountHandle, createSimulator, type Simulator } from '../simulator/src/index.ts';
import type { Asks, Mode } from './side-client.ts';

type Answer = { id?: number; answer?: never; error?: string; qr?: string; index?: number };

/** Pairing waits for round trips in between: a few at once keep the processor busy. */
const PAIRED_AT_ONCE = 6;
/** A side that says nothing for so long hangs: longer than anything it does without a word. */
const SILENCE_LIMIT_MS = 120_000;

/** A process with sessions of its own, at a simulator of its own. */
export class Side {
  readonly mode: Mode;
  readonly simulator: Simulator;
  readonly accounts: AccountHandle[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { name: string; resolve: (value: never) => void; reject: (e: Error) => void }
  >();
  #silence: NodeJS.Timeout | null = null;
  #nextId = 1;

  private constructor(mode: Mode, simulator: Simulator, child: ChildProcess) {
    this.mode = mode;
    this.simulator = simulator;
    this.#child = child;
    child.on('exit', () => this.#giveUp('ended'));
    child.on('message', (message: Answer) => {
      if (message.qr) this.#scan(message.qr, message.index ?? 0);
      const waiter = this.#waiting.get(message.id ?? 0);
      this.#waiting.delete(message.id ?? 0);
      if (message.error) waiter?.reject(new Error(message.error));
      else waiter?.resolve(message.answer as never);
      this.#heard();
    });
  }

  static async start(mode: Mode): Promise<Side> {
    const simulator = await createSimulator();
    const file = fileURLToPath(new URL('./side-client.ts', import.meta.url));
    const child = fork(file, [mode, simulator.url, simulator.rootKeyHex], {
      execArgv: [...process.execArgv, '--expose-gc'],
    });
    await once(child, 'message');
    return new Side(mode, simulator, child);
  }

  ask<A extends keyof Asks>(name: A, ask: Asks[A]['ask']): Promise<Asks[A]['answer']> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { name, resolve, reject });
      this.#child.send({ id, name, ask });
      this.#heard();
    });
  }

  /** Adds a session that a new account has linked; it is open. */
  async pair(): Promise<void> {
    const index = this.accounts.length;
    this.accounts.push(this.simulator.accounts.create({ name: `Session ${index}` }));
    await this.ask('pair', { index });
  }

  /** Adds sessions until there are so many, a few at once; tells on the way how far it is. */
  async pairUpTo(count: number): Promise<void> {
    let paired = this.accounts.length;
    const pairing = async () => {
      while (this.accounts.length < count) {
        await this.pair();
        if (++paired % 20 === 0) this.tell(`${paired} sessions paired`);
      }
    };
    await Promise.all(Array.from({ length: PAIRED_AT_ONCE }, pairing));
  }

  /** Progress, beside the report. */
  tell(what: string): void {
    process.stderr.write(`${this.mode}: ${what}\n`);
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
    if (this.#silence) clearTimeout(this.#silence);
    await this.simulator.close();
  }

  /** A code that was replaced before it was seen is followed by another one. */
  #scan(qr: string, index: number): void {
    this.accounts[index]?.phone.scan(qr).catch((error: unknown) => {
      this.tell(`session ${index} was not paired by this code: ${String(error)}`);
    });
  }

  /** Listens anew for as long as anything is asked. */
  #heard(): void {
    if (this.#silence) clearTimeout(this.#silence);
    if (this.#waiting.size === 0) return;
    this.#silence = setTimeout(() => {
      this.#giveUp(`said nothing for ${SILENCE_LIMIT_MS} ms`);
      this.#child.kill();
    }, SILENCE_LIMIT_MS);
    this.#silence.unref();
  }

  #giveUp(why: string): void {
    for (const { name, reject } of this.#waiting.values()) {
      reject(new Error(`${this.mode}: the process ${why} during "${name}"`));
    }
    this.#waiting.clear();
  }
}

/** One line of a report: ours, theirs, and the ratio. */
export function compared(name: string, gateway: number, bare: number): string {
  const round = (value: number) => value.toFixed(Math.abs(value) < 10 ? 3 : 0).padStart(8);
  const ratio = (gateway / bare).toFixed(3);
  return `${name.padEnd(50)} gateway ${round(gateway)}  bare ${round(bare)}  ratio ${ratio}`;
}
