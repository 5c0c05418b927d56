/** One measured process: sessions through the gateway's adapter, or bare Baileys clients. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type AccountHandle, createSimulator, type Simulator } from '../simulator/src/index.ts';
import type { Asks, Mode } from './side-client.ts';

type Answer = { id?: number; answer?: never; error?: string; qr?: string; index?: number };

/** A process with sessions of its own, at a simulator of its own. */
export class Side {
  readonly mode: Mode;
  readonly simulator: Simulator;
  readonly accounts: AccountHandle[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (e: Error) => void }
  >();
  #nextId = 1;

  private constructor(mode: Mode, simulator: Simulator, child: ChildProcess) {
    this.mode = mode;
    this.simulator = simulator;
    this.#child = child;
    child.on('message', (message: Answer) => {
      if (message.qr) void this.accounts[message.index ?? 0]?.phone.scan(message.qr);
      const waiter = this.#waiting.get(message.id ?? 0);
      if (!waiter) return;
      this.#waiting.delete(message.id ?? 0);
      if (message.error) waiter.reject(new Error(message.error));
      else waiter.resolve(message.answer as never);
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
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, ask });
    });
  }

  /** Adds a session that a new account has linked; it is open. */
  async pair(): Promise<void> {
    const index = this.accounts.length;
    this.accounts.push(this.simulator.accounts.create({ name: `Session ${index}` }));
    await this.ask('pair', { index });
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
    await this.simulator.close();
  }
}

/** One line of a report: ours, theirs, and the ratio. */
export function compared(name: string, gateway: number, bare: number): string {
  const round = (value: number) => value.toFixed(Math.abs(value) < 10 ? 3 : 0).padStart(8);
  const ratio = (gateway / bare).toFixed(3);
  return `${name.padEnd(50)} gateway ${round(gateway)}  bare ${round(bare)}  ratio ${ratio}`;
}
