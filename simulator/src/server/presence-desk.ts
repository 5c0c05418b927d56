import { type Account, accountJid, type Device } from '../accounts/account.ts';
import { type Addressing, addressingOf, parseJid } from '../accounts/jid.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import { maySee } from './profile.ts';
import type { World } from './world.ts';

/** What somebody is doing in a chat. */
export type ChatState = 'composing' | 'recording' | 'paused';

interface Subscription {
  readonly device: Device;
  readonly addressing: Addressing;
}

/** Who is online, who wants to know it, and who is typing. Nothing of it outlives a connection. */
export class PresenceDesk {
  readonly #world: World;
  readonly #subscriptions = new Map<Account, Map<Device, Subscription>>();
  readonly #phonesOnline = new Set<Account>();
  readonly #lastSeenMs = new Map<Account, number>();

  constructor(world: World) {
    this.#world = world;
  }

  isOnline(account: Account): boolean {
    if (this.#phonesOnline.has(account)) return true;
    return [...account.devices.values()].some(({ available }) => available === true);
  }

  setDevice(device: Device, available: boolean | null): void {
    const before = this.isOnline(device.account);
    device.available = available;
    this.#changed(device.account, before);
  }

  setPhone(account: Account, available: boolean): void {
    const before = this.isOnline(account);
    if (available) this.#phonesOnline.add(account);
    else this.#phonesOnline.delete(account);
    this.#changed(account, before);
  }

  /** A device wants to know whenever somebody comes or goes, and is told at once how things stand. */
  subscribe(device: Device, address: string): void {
    const target = this.#world.directory.find(address);
    const jid = parseJid(address);
    if (!target || !jid) return;
    let subscribers = this.#subscriptions.get(target);
    if (!subscribers) this.#subscriptions.set(target, (subscribers = new Map()));
    const subscription = { device, addressing: addressingOf(jid) };
    subscribers.set(device, subscription);
    this.#tell(target, subscription);
  }

  /** Whether a device of `follower` wants to know when somebody comes or goes. */
  isFollowed(account: Account, follower: Account): boolean {
    const devices = [...(this.#subscriptions.get(account)?.keys() ?? [])];
    return devices.some((device) => device.account === follower);
  }

  /** The device's connection is gone: it is not available any more, nor subscribed to anybody. */
  forget(device: Device): void {
    for (const subscribers of this.#subscriptions.values()) subscribers.delete(device);
    this.setDevice(device, null);
  }

  /**
   * Shows typing to the other side, or to a group: to devices that are connected and did not say that
   * they are unavailable.
   */
  chatState(sender: Account, senderDevice: number, to: string, state: ChatState): void {
    const { directory, groups } = this.#world;
    const content = [
      state === 'recording' ? stanza('composing', { media: 'audio' }) : stanza(state),
    ];
    const group = groups.find(to);
    if (group?.members.has(sender)) {
      const participant = accountJid(sender, group.addressing, senderDevice);
      const node = stanza('chatstate', { from: group.jid, participant }, content);
      for (const member of group.members.keys()) if (member !== sender) this.#show(member, node);
      return;
    }
    const jid = parseJid(to);
    const target = jid && directory.find(jid);
    if (!jid || !target || target.blocked.has(sender.lid)) return;
    const from = accountJid(sender, addressingOf(jid));
    this.#show(target, stanza('chatstate', { from }, content));
  }

  #show(account: Account, node: Stanza): void {
    for (const device of account.devices.values()) {
      if (device.available !== false) this.#world.post.sendNow(device, node);
    }
    this.#world.phoneOf(account).receive(node);
  }

  #changed(account: Account, before: boolean): void {
    const now = this.isOnline(account);
    if (before === now) return;
    if (!now) this.#lastSeenMs.set(account, this.#world.clock.now());
    for (const one of this.#subscriptions.get(account)?.values() ?? []) this.#tell(account, one);
  }

  #tell(account: Account, { device, addressing }: Subscription): void {
    if (!maySee(account, 'online', device.account)) return;
    const from = accountJid(account, addressing);
    const lastMs = this.#lastSeenMs.get(account);
    const isOnline = this.isOnline(account);
    const last = maySee(account, 'last', device.account)
      ? lastMs && String(Math.floor(lastMs / 1000))
      : 'deny';
    const node = stanza('presence', {
      from,
      type: isOnline ? 'available' : 'unavailable',
      last: isOnline ? undefined : last || undefined,
    });
    this.#world.post.sendNow(device, node);
  }
}
