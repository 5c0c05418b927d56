import type { Account, Device } from './accounts/account.ts';
import { Directory } from './accounts/directory.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { Emitter } from './kernel/emitter.ts';
import { type Random, seededRandom } from './kernel/random.ts';
import type { MediaServer } from './media/port.ts';
import { Phone } from './phone/phone.ts';
import { ChatServer } from './server/chat-server.ts';
import { accountRoutes } from './server/handlers/account.ts';
import { appStateRoutes } from './server/handlers/app-state.ts';
import { announceDevice, deviceRoutes } from './server/handlers/devices.ts';
import { keyRoutes } from './server/handlers/keys.ts';
import { mediaRoutes } from './server/handlers/media-conn.ts';
import { messageRoutes } from './server/handlers/messages.ts';
import { presenceRoutes } from './server/handlers/presence.ts';
import { receiptRoutes } from './server/handlers/receipts.ts';
import { infoRoutes, sessionRoutes } from './server/handlers/session.ts';
import { usyncRoutes } from './server/handlers/usync.ts';
import { Ledger } from './server/ledger.ts';
import { LinkCodeDesk } from './server/link-code-desk.ts';
import { PairingDesk } from './server/pairing-desk.ts';
import { PostOffice } from './server/post-office.ts';
import { ReceiptCounts } from './server/receipt-counts.ts';
import { Router } from './server/router.ts';
import { Violations } from './server/violations.ts';
import type { World, WorldEvents } from './server/world.ts';
import { stanza } from './wire/stanza.ts';

/** The parts of one simulated WhatsApp, wired together, before it listens. */
export interface Core {
  readonly world: World;
  readonly router: Router;
  readonly server: ChatServer;
  readonly linkCodes: LinkCodeDesk;
  phoneOf(account: Account): Phone;
  /** Removes a linked device for good: it is told so, and must pair anew. */
  unlink(device: Device): void;
}

export interface CoreOptions {
  readonly seed: number;
  readonly media: MediaServer;
  readonly clock?: Clock;
}

/** An independent source of chance per part, so that one part's use does not shift another's. */
function fork(random: Random): Random {
  return seededRandom(Math.floor(random.next() * 2 ** 32));
}

export function createCore({ seed, media, clock = systemClock }: CoreOptions): Core {
  const random = seededRandom(seed);
  const phones = new Map<Account, Phone>();
  const directory = new Directory(fork(random));
  const ledger = new Ledger(clock);
  const violations = new Violations(clock);
  const events = new Emitter<WorldEvents>();
  const phoneRandom = fork(random);

  const phoneOf = (account: Account): Phone => {
    let phone = phones.get(account);
    if (!phone) {
      phone = new Phone(account, { world, router, linkCodes, random: fork(phoneRandom) });
      phones.set(account, phone);
    }
    return phone;
  };

  const pairing = new PairingDesk({
    clock,
    random: fork(random),
    violations,
    linked(device) {
      announceDevice(world, device, 'add');
      events.emit('device.linked', { device });
    },
  });

  const world: World = {
    clock,
    random: fork(random),
    directory,
    ledger,
    violations,
    events,
    media,
    pairing,
    post: new PostOffice({ ledger, phoneOf }),
    receiptCounts: new ReceiptCounts(),
    phoneOf,
  };

  const linkCodes = new LinkCodeDesk({
    clock,
    random: fork(random),
    pairing,
    requested: (phone) => events.emit('pairing.code-requested', { phone }),
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
    announceDevice(world, device, 'remove');
    events.emit('device.unlinked', { device });
  };

  const router = new Router(
    world,
    [
      sessionRoutes,
      keyRoutes,
      usyncRoutes,
      mediaRoutes,
      accountRoutes,
      appStateRoutes,
      deviceRoutes({ activate: (device) => server.activate(device), unlink }),
    ],
    [messageRoutes, receiptRoutes, presenceRoutes, infoRoutes],
  );
  const server = new ChatServer({ world, router, linkCodes, refuseLogin: () => null });
  return { world, router, server, linkCodes, phoneOf, unlink };
}
