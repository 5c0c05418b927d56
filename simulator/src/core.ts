import { createHash } from 'node:crypto';
import { type Account, accountJid, type Device } from './accounts/account.ts';
import { Directory } from './accounts/directory.ts';
import { forgetSenderKeys, Groups } from './accounts/group.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { Emitter } from './kernel/emitter.ts';
import { type Random, seededRandom } from './kernel/random.ts';
import type { MediaServer } from './media/port.ts';
import { Phone } from './phone/phone.ts';
import { CallDesk } from './server/call-desk.ts';
import { ChatServer } from './server/chat-server.ts';
import { FaultBoard } from './server/faults.ts';
import { GroupActions } from './server/groups/actions.ts';
import { groupRoutes } from './server/groups/routes.ts';
import { accountRoutes } from './server/handlers/account.ts';
import { appStateRoutes } from './server/handlers/app-state.ts';
import { announceDevice, deviceRoutes } from './server/handlers/devices.ts';
import { keyRoutes } from './server/handlers/keys.ts';
import { mediaRoutes } from './server/handlers/media-conn.ts';
import { pictureRoutes } from './server/handlers/pictures.ts';
import { presenceRoutes } from './server/handlers/presence.ts';
import { queryRoutes } from './server/handlers/queries.ts';
import { receiptRoutes } from './server/handlers/receipts.ts';
import { infoRoutes, sessionRoutes } from './server/handlers/session.ts';
import { usyncRoutes } from './server/handlers/usync.ts';
import { Ledger } from './server/ledger.ts';
import { LinkCodeDesk } from './server/link-code-desk.ts';
import { messageRoutes } from './server/messages/accept.ts';
import { PairingDesk } from './server/pairing-desk.ts';
import { PostOffice } from './server/post-office.ts';
import { PresenceDesk } from './server/presence-desk.ts';
import { ReceiptCounts } from './server/receipt-counts.ts';
import { type IqRoutes, Router, type StanzaRoutes } from './server/router.ts';
import { SentIds } from './server/sent-ids.ts';
import { Standings } from './server/standing.ts';
import { TrustTokens } from './server/trust-tokens.ts';
import { Violations } from './server/violations.ts';
import { stanzaId, type World, type WorldEvents } from './server/world.ts';
import type { StoredPhone } from './state/stored.ts';
import { stanza } from './wire/stanza.ts';

/** The parts of one simulated WhatsApp, wired together, before it listens. */
export interface Core {
  readonly world: World;
  readonly router: Router;
  readonly server: ChatServer;
  readonly linkCodes: LinkCodeDesk;
  readonly groupActions: GroupActions;
  readonly presence: PresenceDesk;
  readonly calls: CallDesk;
  phoneOf(account: Account): Phone;
  /** Every phone that has been used so far. */
  phones(): Phone[];
  /** Makes an account's phone what it was before a restart; before anything else uses it. */
  restorePhone(account: Account, stored: StoredPhone): void;
  /** Removes a linked device for good: it is told so, and must pair anew. */
  unlink(device: Device): void;
}

export interface CoreOptions {
  readonly seed: number;
  /** How often a world with this seed was started from stored state: chance must not repeat itself. */
  readonly generation?: number;
  readonly media: MediaServer;
  readonly clock?: Clock;
}

/** An independent source of chance per part, so that one part's use does not shift another's. */
function fork(random: Random): Random {
  return seededRandom(Math.floor(random.next() * 2 ** 32));
}

/** A seed of its own for each part and start of a world. */
function mixSeed(seed: number, generation: number, part: string): number {
  return createHash('sha256').update(`${seed}/${generation}/${part}`).digest().readUInt32BE(0);
}

/** What the shared state asks of the parts that are made after it. */
interface Hooks {
  readonly phoneOf: (account: Account) => Phone;
  readonly linked: (device: Device) => void;
  readonly banned: (account: Account) => void;
}

function createWorld(options: CoreOptions, hooks: Hooks): World {
  const { seed, generation = 0, media, clock = systemClock } = options;
  const random = seededRandom(mixSeed(seed, generation, 'world'));
  const ledger = new Ledger(clock);
  const violations = new Violations(clock);
  const faults = new FaultBoard();
  const { phoneOf } = hooks;
  const post = new PostOffice({ ledger, faults, phoneOf });
  const worldRandom = fork(random);
  return {
    clock,
    random: worldRandom,
    directory: new Directory(fork(random)),
    groups: new Groups(fork(random)),
    groupAddressing: { mode: 'lid' },
    appStateSnapshots: { enabled: false },
    ledger,
    violations,
    faults,
    events: new Emitter<WorldEvents>(),
    media,
    post,
    receiptCounts: new ReceiptCounts(),
    sentIds: new SentIds(),
    tokens: new TrustTokens(fork(random)),
    pairing: new PairingDesk({ clock, random: fork(random), violations, linked: hooks.linked }),
    standings: new Standings({
      clock,
      notify: (account, build) => post.deliverToAll(account, build, 0),
      banned: hooks.banned,
      newId: () => stanzaId(worldRandom),
    }),
    phoneOf,
  };
}

/** Everything that the server knows how to answer. */
function createRouter(
  world: World,
  groupActions: GroupActions,
  iqs: readonly IqRoutes[],
  stanzas: readonly StanzaRoutes[],
): Router {
  return new Router(
    world,
    [
      sessionRoutes,
      keyRoutes,
      usyncRoutes,
      mediaRoutes,
      groupRoutes(groupActions),
      accountRoutes,
      appStateRoutes,
      pictureRoutes,
      queryRoutes,
      ...iqs,
    ],
    [messageRoutes, receiptRoutes, infoRoutes, ...stanzas],
  );
}

/** Wires server, accounts and phones together. One seed always gives the same world. */
export function createCore(options: CoreOptions): Core {
  const phones = new Map<Account, Phone>();
  const { seed, generation = 0 } = options;
  const makePhone = (account: Account, stored?: StoredPhone): Phone => {
    const random = seededRandom(mixSeed(seed, generation, account.phone));
    const deps = { world, router, linkCodes, random };
    const phone = new Phone(account, stored ? { ...deps, stored } : deps);
    phones.set(account, phone);
    return phone;
  };
  const phoneOf = (account: Account): Phone => phones.get(account) ?? makePhone(account);
  const world = createWorld(options, {
    phoneOf,
    linked(device) {
      announceDevice(world, device, 'add');
      world.events.emit('device.linked', { device });
    },
    banned(account) {
      for (const device of account.devices.values()) {
        server.kick(device, stanza('failure', { reason: '403' }));
      }
    },
  });
  const linkCodes = new LinkCodeDesk({
    ...world,
    requested: (phone) => world.events.emit('pairing.code-requested', { phone }),
    isLimited: (phone) => world.faults.strike('rate-overlimit', phone) !== null,
  });
  const unlink = (device: Device): void => {
    const { account } = device;
    if (account.devices.get(device.id) !== device) return;
    account.devices.delete(device.id);
    world.post.discard(device);
    server.kick(
      device,
      stanza('stream:error', { code: '401' }, [stanza('conflict', { type: 'device_removed' })]),
    );
    for (const phone of phones.values()) phone.forgetSession(account, device.id);
    const name = `${account.phone}:${device.id}`;
    for (const group of world.groups.all()) forgetSenderKeys(group, (one) => one === name);
    world.sentIds.forget(accountJid(account, 'pn', device.id));
    announceDevice(world, device, 'remove');
    world.events.emit('device.unlinked', { device });
  };
  const groupActions = new GroupActions(world);
  const presence = new PresenceDesk(world);
  const calls = new CallDesk(world);
  world.events.on('device.offline', ({ device }) => presence.forget(device));
  const router = createRouter(
    world,
    groupActions,
    [deviceRoutes({ activate: (device) => server.activate(device), unlink })],
    [presenceRoutes(presence), { call: (_world, origin, node) => calls.receive(origin, node) }],
  );
  const server = new ChatServer({ world, router, linkCodes });
  return {
    world,
    router,
    server,
    linkCodes,
    groupActions,
    presence,
    calls,
    phoneOf,
    phones: () => [...phones.values()],
    restorePhone: (account, stored) => void makePhone(account, stored),
    unlink,
  };
}
