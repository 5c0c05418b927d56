import { type Account, accountJid } from '../accounts/account.ts';
import { secondsText } from '../kernel/clock.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import { stanzaId, type World } from './world.ts';

/** Delivers a notification to the linked devices of an account; phones know without being told. */
export function notifyDevices(
  world: World,
  to: Account,
  attrs: Readonly<Record<string, string | undefined>>,
  content: readonly Stanza[],
  exceptDevice = -1,
): void {
  const id = stanzaId(world.random);
  const node = stanza('notification', { id, t: secondsText(world.clock), ...attrs }, content);
  for (const device of to.devices.keys()) {
    if (device !== exceptDevice) world.post.deliver(to, device, node);
  }
}

/** Tells an account's own devices and everyone who deals with it. */
export function notifyEveryone(
  world: World,
  about: Account,
  type: string,
  content: readonly Stanza[],
  exceptDevice = -1,
): void {
  const from = accountJid(about, 'pn');
  notifyDevices(world, about, { from, type }, content, exceptDevice);
  for (const other of about.acquaintances) {
    if (other.blocked.has(about.lid) || about.blocked.has(other.lid)) continue;
    notifyDevices(world, other, { from, type }, content);
  }
}
