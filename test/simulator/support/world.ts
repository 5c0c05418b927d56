import { Agent as HttpsAgent } from 'node:https';
import type { UserFacingSocketConfig } from 'baileys';
import { Agent, type Dispatcher } from 'undici';
import { afterEach, beforeEach, vi } from 'vitest';
import {
  createSimulator,
  type Device,
  type Simulator,
  type SimulatorOptions,
} from '../../../simulator/src/index.ts';
import { Client, type ClientState } from './client.ts';

export type Account = ReturnType<Simulator['accounts']['create']>;

/** A fresh simulator per test, and bare clients that are stopped with it. */
export interface TestWorld {
  readonly simulator: Simulator;
  client(config?: Partial<UserFacingSocketConfig>, state?: ClientState): Client;
  /** What the library's download functions need to trust the media server. */
  fetchOptions(): { options: RequestInit };
  /** A started client that is linked to the account by QR, and open. */
  linked(account: Account, config?: Partial<UserFacingSocketConfig>): Promise<LinkedClient>;
}

export interface LinkedClient {
  readonly client: Client;
  readonly device: Device;
}

/** Sets up a world around each test of a file. */
export function withWorld(options: SimulatorOptions = {}): TestWorld {
  const clients: Client[] = [];
  let simulator: Simulator | null = null;
  let dispatcher: Dispatcher | null = null;
  // libsignal prints whole sessions, private keys included.
  beforeEach(async () => {
    for (const method of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation(() => undefined);
    }
    simulator = await createSimulator(options);
    const media = `https://${simulator.media.host}`;
    dispatcher = new Agent({ connect: { ca: simulator.mediaCaPem } }).compose(
      // The library fetches history and snapshots from here, whatever host it was told.
      (dispatch) => (options, handler) =>
        dispatch(
          options.origin === 'https://mmg.whatsapp.net' ? { ...options, origin: media } : options,
          handler,
        ),
    );
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.stop();
    await dispatcher?.close();
    await simulator?.close();
    vi.restoreAllMocks();
  });
  const world: TestWorld = {
    get simulator() {
      if (!simulator) throw new Error('there is a simulator only while a test runs');
      return simulator;
    },
    client(config, state) {
      const trust = {
        fetchAgent: new HttpsAgent({ ca: world.simulator.mediaCaPem }),
        options: { dispatcher } as unknown as UserFacingSocketConfig['options'],
      } as Partial<UserFacingSocketConfig>;
      const client = new Client(world.simulator, { ...trust, ...config }, state);
      clients.push(client);
      return client;
    },
    fetchOptions: () => ({ options: { dispatcher } as unknown as RequestInit }),
    async linked(account, config) {
      const client = world.client(config).start();
      const device = await account.phone.scan(await client.qr());
      await client.open();
      return { client, device };
    },
  };
  return world;
}
