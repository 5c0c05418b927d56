import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../gateway/src/kernel/clock.ts';
import { silentLogger } from '../../../gateway/src/kernel/logger.ts';
import { systemRandom } from '../../../gateway/src/kernel/random.ts';
import type { Storage } from '../../../gateway/src/storage/port.ts';
import { openSqlite } from '../../../gateway/src/storage/sqlite/open.ts';
import type { Egress } from '../../../gateway/src/whatsapp/baileys/egress.ts';
import { createBaileysWhatsApp } from '../../../gateway/src/whatsapp/baileys/whatsapp.ts';
import type { HistoryBudget } from '../../../gateway/src/whatsapp/history.ts';
import type { WhatsApp } from '../../../gateway/src/whatsapp/port.ts';
import type { Simulator } from '../../../simulator/src/index.ts';
import { createSimulatorAt } from '../../../simulator/src/simulator.ts';
import { Life } from './life.ts';
import { TestDevice } from './test-device.ts';

export interface HarnessOptions {
  readonly clock?: Clock;
  /** The time that the simulated server counts restrictions in; the real one when absent. */
  readonly worldClock?: Clock;
  /** How traffic gets to WhatsApp; straight when absent. */
  readonly egress?: (simulator: Simulator) => Egress;
  /** What is taken over of a phone's history; names when absent. */
  readonly history?: HistoryBudget;
  /** Hex; the simulator's own when absent. */
  readonly rootKeyHex?: string;
}

/** A simulated WhatsApp and the real adapter on real storage. */
export class Harness {
  readonly simulator: Simulator;
  readonly storage: Storage;
  whatsapp: WhatsApp;
  life = new Life();
  /** What was sent, as the outbox would keep it: it outlives the process. */
  readonly sent = new Map<string, Uint8Array>();
  readonly #folder: string;
  readonly #options: HarnessOptions;
  readonly #devices: TestDevice[] = [];

  private constructor(
    simulator: Simulator,
    storage: Storage,
    folder: string,
    options: HarnessOptions,
  ) {
    this.simulator = simulator;
    this.storage = storage;
    this.#folder = folder;
    this.#options = options;
    this.whatsapp = this.#adapter();
  }

  static async start(options: HarnessOptions = {}): Promise<Harness> {
    const folder = await mkdtemp(join(tmpdir(), 'whatsapp-'));
    const [simulator, storage] = await Promise.all([
      createSimulatorAt(options.worldClock ?? systemClock),
      open(folder),
    ]);
    return new Harness(simulator, storage, folder, options);
  }

  get folder(): string {
    return this.#folder;
  }

  /** A session without identity yet. */
  async device(id: string): Promise<TestDevice> {
    const { key } = await this.storage.sessions.create('default', id, Date.now());
    const device = new TestDevice(this, { key, sessionId: id });
    this.#devices.push(device);
    return device;
  }

  /** A device that a new account of the simulator has linked, open. */
  async pairedDevice(id: string, name = id): Promise<TestDevice> {
    const device = await this.device(id);
    await device.pair(this.simulator.accounts.create({ name }));
    return device;
  }

  /**
   * The process is killed here, if it was not before, and started anew: nothing is left of it but what is
   * on disk. The server notices at once.
   */
  rebirth(): void {
    this.life.kill();
    this.simulator.drop();
    for (const device of this.#devices) device.forget();
    this.life = new Life();
    this.whatsapp = this.#adapter();
  }

  async close(): Promise<void> {
    for (const device of this.#devices) await device.close();
    await this.simulator.close();
    await this.storage.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #adapter(): WhatsApp {
    const { clock = systemClock, rootKeyHex, egress, history } = this.#options;
    const { url } = this.simulator;
    const rootKey = Buffer.from(rootKeyHex ?? this.simulator.rootKeyHex, 'hex');
    return createBaileysWhatsApp({
      store: this.life.over(this.storage.devices),
      messages: {
        encoded: async (key, messageId) =>
          this.sent.get(messageId) ?? this.storage.messages.encoded(key, messageId),
      },
      clock,
      random: systemRandom,
      logger: silentLogger,
      server: { url, rootKey },
      ...(history ? { history } : {}),
      ...(egress ? { egress: async () => egress(this.simulator) } : {}),
    });
  }
}

function open(folder: string): Promise<Storage> {
  return openSqlite({ file: join(folder, 'test.sqlite'), logger: silentLogger });
}
