import { type Account, accountJid, type Device } from '../../accounts/account.ts';
import type { Addressing } from '../../accounts/jid.ts';
import { parseJid } from '../../accounts/jid.ts';
import { secondsText } from '../../kernel/clock.ts';
import { childNamed, type Stanza, stanza } from '../../wire/stanza.ts';
import { type IqRoutes, ITEM_NOT_FOUND, NOT_AUTHORIZED } from '../router.ts';
import { stanzaId, type World } from '../world.ts';

/** What a device may ask of the server about its own connection and link. */
export interface DeviceActions {
  readonly activate: (device: Device) => void;
  readonly unlink: (device: Device) => void;
}

/** Becoming ready for messages, and unlinking from the client's side. */
export function deviceRoutes({ activate, unlink }: DeviceActions): IqRoutes {
  return {
    'passive set active': (_world, { device }) => ({ after: () => device && activate(device) }),
    'md set remove-companion-device': (world, origin, iq) => {
      const jid = parseJid(childNamed(iq, 'remove-companion-device')?.attrs['jid']);
      const account = jid && world.directory.find(jid);
      if (account !== origin.account) return { error: NOT_AUTHORIZED };
      const device = account.devices.get(jid?.device ?? 0);
      if (!device) return { error: ITEM_NOT_FOUND };
      return { after: () => unlink(device) };
    },
  };
}

/** Tells the account's other devices, and everyone who writes to it, that its device list changed. */
export function announceDevice(world: World, device: Device, change: 'add' | 'remove'): void {
  const { account } = device;
  for (const addressing of ['pn', 'lid'] as const) {
    const build = () => notification(world, account, device.id, change, addressing);
    for (const other of account.devices.values()) {
      if (other !== device) world.post.deliver(account, other.id, build());
    }
    for (const person of account.acquaintances) {
      for (const id of person.devices.keys()) world.post.deliver(person, id, build());
    }
  }
}

function notification(
  world: World,
  account: Account,
  deviceId: number,
  change: 'add' | 'remove',
  addressing: Addressing,
): Stanza {
  const device = stanza('device', {
    jid: accountJid(account, addressing, deviceId),
    'key-index': String(deviceId),
  });
  return stanza(
    'notification',
    {
      from: accountJid(account, addressing),
      type: 'devices',
      id: stanzaId(world.random),
      t: secondsText(world.clock),
    },
    [stanza(change, {}, [device])],
  );
}
