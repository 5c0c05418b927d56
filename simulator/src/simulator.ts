import type { Account } from './accounts/account.ts';
import type { AccountOptions } from './accounts/directory.ts';
import type { Group } from './accounts/group.ts';
import type { Addressing } from './accounts/jid.ts';
import type { Control, ControlOptions } from './control/app.ts';
import { type Core, createCore } from './core.ts';
import { AccountHandle, GroupHandle } from './handles.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { Emitter, WAIT_MS } from './kernel/emitter.ts';
import { type Random, seededRandom } from './kernel/random.ts';
import type { MediaServer } from './media/port.ts';
import { createMediaServer } from './media/server.ts';
import type { FaultBoard } from './server/faults.ts';
import type { Ledger } from './server/ledger.ts';
import { PairingError } from './server/pairing-desk.ts';
import { parseQr } from './server/qr.ts';
import type { Standings } from './server/standing.ts';
import type { Violations } from './server/violations.ts';
import type { WorldEvents } from './server/world.ts';
import { openStateFolder, type StateFolder, StateKeeper } from './state/folder.ts';
import { restoreWorld, storeWorld } from './state/world.ts';
import type { ConnectionEvents } from './wire/connection.ts';
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
  /**
   * Keeps the world in this folder, so that it survives a restart: accounts, chats, groups, linked
   * devices, media. It is saved within two seconds of a change and when the simulator closes.
   */
  readonly stateDir?: string;
  /** Serves the HTTP control API and the page on the same port; off by default. */
  readonly control?: boolean;
}

/** Starts a simulated WhatsApp; resolves when clients can connect. */
export function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return createSimulatorAt(systemClock, options);
}

/**
 * The same in a world of its own time, for this repository's tests: weeks pass in seconds there, while
 * sockets and certificates keep to the real clock.
 */
export async function createSimulatorAt(
  clock: Clock,
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const { seed = 1, port = 0, host = '127.0.0.1', tls = null } = options;
  const random = seededRandom(seed ^ 0x5eed);
  const { stateDir } = options;
  const state =
    stateDir === undefined ? null : await openStateFolder(stateDir, seed, systemClock.now());
  const media = await startMedia(random, state);
  const identity = createServerIdentity(random, systemClock.now());
  const generation = state?.generation ?? 0;
  const renew = () => createCore({ seed, generation, media, clock });
  const simulator = new Simulator(renew, media, identity.rootKeyHex);
  if (state) simulator.keepIn(state);
  const listener = await listen({
    port,
    host,
    tls,
    identity,
    random,
    clock: systemClock,
    events: simulator.clients,
    refuseUpgrade: () => simulator.faults.strike('refuse-upgrade', null)?.status ?? null,
  }).catch(async (error: unknown) => {
    // The media server listens already: it would keep the process alive.
    await simulator.close();
    throw error;
  });
  await simulator.open(listener, options.control ? { seed, isLocal: isLoopback(host) } : null);
  return simulator;
}

/** With stored state the media server keeps its files, its certificate and, if it is free, its port. */
async function startMedia(random: Random, state: StateFolder | null): Promise<MediaServer> {
  if (!state) return createMediaServer({ random });
  const { certificates, mediaFolder: folder, mediaPort } = state;
  const start = (port: number) => createMediaServer({ random, certificates, folder, port });
  const media = await start(mediaPort).catch(() => start(0));
  await state.remember(Number(media.host.split(':')[1]));
  return media;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** A client that shows a QR code and has no account yet. */
export interface WaitingClient {
  /** Of the QR code it shows first. */
  readonly ref: string;
  /** Of all its QR codes, in the order in which it shows them. */
  readonly refs: readonly string[];
  /** The name that its operator gave it, if any. */
  readonly pushName: string | null;
  readonly platform: string;
}

/** What is worth saving beside the stanzas in the ledger. */
const CHANGES = ['account.created', 'group.changed', 'device.linked', 'device.unlinked'] as const;

/** One simulated WhatsApp: a server, its accounts and their phones. */
export class Simulator {
  /** Public key of the root of the server's certificate chain, for `WHATSAPP_ROOT_KEY`. */
  readonly rootKeyHex: string;
  readonly media: MediaServer;
  readonly #renew: () => Core;
  readonly #resets = new Emitter<{ reset: null }>();
  #core: Core;
  #accounts: Accounts;
  #groups: GroupBook;
  #listener: Listener | null = null;
  #control: Control | null = null;
  #keeper: StateKeeper | null = null;

  /** Use `createSimulator`. */
  constructor(renew: () => Core, media: MediaServer, rootKeyHex: string) {
    this.#renew = renew;
    this.media = media;
    this.rootKeyHex = rootKeyHex;
    this.#core = renew();
    this.#accounts = new Accounts(this.#core);
    this.#groups = new GroupBook(this.#core, this.#accounts);
  }

  /** Used by `createSimulator`: takes over the open port. */
  async open(listener: Listener, control: Omit<ControlOptions, 'simulator'> | null): Promise<void> {
    this.#listener = listener;
    if (!control) return;
    // Loaded on demand: tests without HTTP start faster without a web framework.
    const { createControl } = await import('./control/app.ts');
    const app = await createControl({ ...control, simulator: this });
    this.#control = app;
    listener.serve((request, response) => app.handle(request, response));
  }

  /** Used by `createSimulator`: brings back what the folder holds, and saves there from now on. */
  keepIn(folder: StateFolder): void {
    if (folder.world) restoreWorld(this.#core, folder.world);
    const keeper = new StateKeeper({
      clock: systemClock,
      folder,
      capture: () => storeWorld(this.#core),
      failed: (error) =>
        this.violations.report('simulator', null, `saving failed: ${String(error)}`),
    });
    this.#keeper = keeper;
    const watch = () => {
      this.ledger.onEntry(() => keeper.changed());
      for (const name of CHANGES) this.events.on(name, () => keeper.changed());
    };
    watch();
    this.onReset(() => {
      watch();
      keeper.changed();
    });
  }

  /** What clients connect to: `ws://127.0.0.1:PORT/ws/chat`. */
  get url(): string {
    return this.#listener?.url ?? '';
  }

  /** Where the control API and the page are: `http://127.0.0.1:PORT`; null when they are not served. */
  get controlUrl(): string | null {
    return this.#control && new URL(this.url.replace(/^ws/, 'http')).origin;
  }

  get accounts(): Accounts {
    return this.#accounts;
  }

  get groups(): GroupBook {
    return this.#groups;
  }

  /** Clients of the open port, for its listener. */
  get clients(): ConnectionEvents {
    return {
      ready: (connection, hello) => this.#core.server.ready(connection, hello),
      received: (connection, node) => this.#core.server.received(connection, node),
      broken: (connection, detail) => this.#core.server.broken(connection, detail),
      closed: (connection) => this.#core.server.closed(connection),
    };
  }

  /**
   * Starts the world anew under the same addresses and keys: clients are cut off; accounts, chats,
   * faults and the ledger are gone. Handles and listeners from before see nothing any more.
   */
  reset(): void {
    this.drop();
    this.#core = this.#renew();
    this.#accounts = new Accounts(this.#core);
    this.#groups = new GroupBook(this.#core, this.#accounts);
    this.#resets.emit('reset', null);
  }

  /** Calls back after each reset; the returned function stops it. */
  onReset(listener: () => void): () => void {
    return this.#resets.on('reset', listener);
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

  /** Restrictions, quotas and bans of accounts, and the model that imposes them. */
  get standings(): Standings {
    return this.#core.world.standings;
  }

  get events(): Emitter<WorldEvents> {
    return this.#core.world.events;
  }

  /** The next event of a kind that matches; rejects with `WaitTimeoutError`. */
  waitFor<Name extends keyof WorldEvents & string>(
    name: Name,
    matches: (payload: WorldEvents[Name]) => boolean = () => true,
    timeoutMs = WAIT_MS,
  ): Promise<WorldEvents[Name]> {
    return this.events.waitFor(this.#core.world.clock, name, matches, timeoutMs);
  }

  /** Clients that show a QR code now. */
  waitingClients(): WaitingClient[] {
    return this.#core.world.pairing.waiting().map(({ refs, pushName, keys }) => ({
      ref: refs[0] ?? '',
      refs,
      pushName,
      platform: keys.platform,
    }));
  }

  /** Numbers of the phones into which clients want a pairing code typed. */
  waitingForCode(): string[] {
    return this.#core.linkCodes.waiting();
  }

  /**
   * Scans a QR text with the phone of the account that has the client's push name; the account is made
   * on the spot when there is none, with a phone that confirms nothing by itself. Rejects with
   * `PairingError`.
   */
  async scan(qrText: string): Promise<AccountHandle> {
    const qr = parseQr(qrText);
    if (!qr) throw new PairingError('not-a-qr', 'this is not a WhatsApp QR code');
    const candidate = this.#core.world.pairing.findByRef(qr.ref);
    if (!candidate) throw new PairingError('unknown-ref', 'no client shows this QR code (now)');
    const name = candidate.pushName ?? undefined;
    const known = name === undefined ? null : this.accounts.findByName(name);
    const account = known ?? this.accounts.create(name === undefined ? {} : { name });
    // It stands for its client: suites that drive several clients take every receipt for a client's.
    if (!known) account.phone.habits.deliveryReceipts = false;
    await account.phone.scan(qrText);
    return account;
  }

  /** How many clients are connected, paired or not. */
  get connections(): number {
    return this.#core.server.connections().length;
  }

  /** Cuts the connections of all clients without a word. */
  drop(): void {
    for (const connection of this.#core.server.connections()) connection.drop();
  }

  /** How new groups name their members, and whether new devices get snapshots of shared settings. */
  configure(settings: {
    readonly groupAddressing?: Addressing;
    readonly appStateSnapshots?: boolean;
  }): void {
    const { groupAddressing, appStateSnapshots } = this.#core.world;
    groupAddressing.mode = settings.groupAddressing ?? groupAddressing.mode;
    appStateSnapshots.enabled = settings.appStateSnapshots ?? appStateSnapshots.enabled;
  }

  /** Cuts every connection and stops listening. */
  async close(): Promise<void> {
    await this.#control?.close();
    await this.#listener?.close();
    await this.#keeper?.close();
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
    const account = directory.create(options, clock.now());
    this.#core.world.events.emit('account.created', { account });
    return this.handleOf(account);
  }

  /** By number, in any form that reaches it, or by address; null when there is none. */
  find(numberOrJid: string): AccountHandle | null {
    const { directory } = this.#core.world;
    const account = /^\d+$/.test(numberOrJid)
      ? directory.lookUpNumber(numberOrJid)
      : directory.find(numberOrJid);
    return account && this.handleOf(account);
  }

  /** The first account with this push name. */
  findByName(name: string): AccountHandle | null {
    const account = this.#core.world.directory.findByName(name);
    return account && this.handleOf(account);
  }

  all(): AccountHandle[] {
    return this.#core.world.directory.all().map((account) => this.handleOf(account));
  }

  /** The one handle of an account. */
  handleOf(account: Account): AccountHandle {
    let handle = this.#handles.get(account);
    if (!handle) this.#handles.set(account, (handle = new AccountHandle(this.#core, account)));
    return handle;
  }
}

/** The groups of the simulated world. */
export class GroupBook {
  readonly #core: Core;
  readonly #accounts: Accounts;

  constructor(core: Core, accounts: Accounts) {
    this.#core = core;
    this.#accounts = accounts;
  }

  /** As if the creator made it on the phone; everybody in it is told. Throws `GroupActionError`. */
  create(creator: AccountHandle, subject: string, members: readonly AccountHandle[]): GroupHandle {
    const people = members.map(({ account }) => account);
    return this.#wrap(this.#core.groupActions.create(creator.account, subject, people));
  }

  /** By address; null when there is none. */
  find(jid: string): GroupHandle | null {
    const group = this.#core.world.groups.find(jid);
    return group && this.#wrap(group);
  }

  all(): GroupHandle[] {
    return this.#core.world.groups.all().map((group) => this.#wrap(group));
  }

  #wrap(group: Group): GroupHandle {
    return new GroupHandle(this.#core, group, (account) => this.#accounts.handleOf(account));
  }
}
