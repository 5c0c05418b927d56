import { type Account, type Device } from './accounts/account.ts';
import type { AccountOptions } from './accounts/directory.ts';
import { type Core, createCore } from './core.ts';
import { AccountHandle } from './handles.ts';
import { systemClock } from './kernel/clock.ts';
import type { Emitter } from './kernel/emitter.ts';
import { seededRandom } from './kernel/random.ts';
import type { MediaServer } from './media/port.ts';
import { createMediaServer } from './media/server.ts';
import type { FaultBoard } from './server/faults.ts';
import type { Ledger } from './server/ledger.ts';
import type { Violations } from './server/violations.ts';
import type { WorldEvents } from './server/world.ts';
import { createServerIdentity } from './wire/identity.ts';
import { type Listener, listen, type TlsMaterial } from './wire/listener.ts';

export interface SimulatorOptions {
  /** Port for clients; 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on; the default, 127.0.0.1, keeps the simulator on this machine. */
  readonly host?: string;
  /** Numbers, keys and ids follow from it; default 1. */
  readonly seed?: number;
  /** Clients connect by `wss:` when given. */
  readonly tls?: TlsMaterial;
}

/** Starts a simulated WhatsApp; resolves when clients can connect. */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { seed = 1, port = 0, host = '127.0.0.1', tls = null } = options;
  const random = seededRandom(seed ^ 0x5eed);
  const media = await createMediaServer({ random });
  const core = createCore({ seed, media });
  const identity = createServerIdentity(random, systemClock.now());
  const listener = await listen({
    port,
    host,
    tls,
    identity,
    random,
    clock: systemClock,
    events: core.server,
    refuseUpgrade: () => core.world.faults.strike('refuse-upgrade', null)?.status ?? null,
  });
  return new Simulator(core, listener, identity.rootKeyHex);
}

/** One simulated WhatsApp: a server, its accounts and their phones. */
export class Simulator {
  /** What clients connect to: `ws://127.0.0.1:PORT/ws/chat`. */
  readonly url: string;
  /** Public key of the root of the server's certificate chain, for `WHATSAPP_ROOT_KEY`. */
  readonly rootKeyHex: string;
  readonly accounts: Accounts;
  readonly #core: Core;
  readonly #listener: Listener;

  constructor(core: Core, listener: Listener, rootKeyHex: string) {
    this.#core = core;
    this.#listener = listener;
    this.url = listener.url;
    this.rootKeyHex = rootKeyHex;
    this.accounts = new Accounts(core);
  }

  /** PEM of the authority behind the media server, for `NODE_EXTRA_CA_CERTS`. */
  get mediaCaPem(): string {
    return this.media.caPem;
  }

  /** Every stanza that was sent, taken, confirmed or lost. */
  get ledger(): Ledger {
    return this.#core.world.ledger;
  }

  /** What clients did against the rules. */
  get violations(): Violations {
    return this.#core.world.violations;
  }

  /** What goes wrong on command; see `faultCatalogue`. */
  get faults(): FaultBoard {
    return this.#core.world.faults;
  }

  get media(): MediaServer {
    return this.#core.world.media;
  }

  get events(): Emitter<WorldEvents> {
    return this.#core.world.events;
  }

  /** The next event of a kind that matches; rejects with `WaitTimeoutError`. */
  waitFor<Name extends keyof WorldEvents & string>(
    name: Name,
    matches: (payload: WorldEvents[Name]) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<WorldEvents[Name]> {
    return this.events.waitFor(this.#core.world.clock, name, matches, timeoutMs);
  }

  /** Cuts the connections of one device, or of every client, without a word. */
  drop(device?: Device): void {
    const { server } = this.#core;
    if (device) server.connectionOf(device)?.drop();
    else for (const connection of server.connections()) connection.drop();
  }

  /** Cuts every connection and stops listening. */
  async close(): Promise<void> {
    await this.#listener.close();
    await this.media.close();
  }
}

/** The people of the simulated world. */
export class Accounts {
  readonly #core: Core;
  readonly #handles = new Map<Account, AccountHandle>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Registers an account with its phone. Throws when the number or the LID is malformed or taken. */
  create(options: AccountOptions = {}): AccountHandle {
    const { directory, clock } = this.#core.world;
    return this.#handle(directory.create(options, clock.now()));
  }

  /** By number, in any form that reaches it, or by address; null when there is none. */
  find(numberOrJid: string): AccountHandle | null {
    const { directory } = this.#core.world;
    const account = /^\d+$/.test(numberOrJid)
      ? directory.lookUpNumber(numberOrJid)
      : directory.find(numberOrJid);
    return account && this.#handle(account);
  }

  all(): AccountHandle[] {
    return this.#core.world.directory.all().map((account) => this.#handle(account));
  }

  #handle(account: Account): AccountHandle {
    let handle = this.#handles.get(account);
    if (!handle) this.#handles.set(account, (handle = new AccountHandle(this.#core, account)));
    return handle;
  }
}
