import { type Account, accountJid } from '../accounts/account.ts';
import type { Group } from '../accounts/group.ts';
import { type Addressing, formatJid, parseJid, STATUS_BROADCAST } from '../accounts/jid.ts';
import type { World } from '../server/world.ts';

/** Where a phone can send to. */
export type Destination =
  | { readonly kind: 'person'; readonly account: Account; readonly addressing: Addressing }
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'status' };

/** Thrown when there is nobody to send to. */
export class NoSuchChatError extends Error {
  constructor(to: string) {
    super(`there is no account or group "${to}"`);
    this.name = 'NoSuchChatError';
  }
}

/** Reads digits, an address in either form, a group or `status@broadcast`. Throws `NoSuchChatError`. */
export function destinationOf(world: World, to: string, addressing?: Addressing): Destination {
  if (to === STATUS_BROADCAST) return { kind: 'status' };
  const group = world.groups.find(to);
  if (group) return { kind: 'group', group };
  const account = /^\d+$/.test(to) ? world.directory.lookUpNumber(to) : world.directory.find(to);
  if (!account) throw new NoSuchChatError(to);
  const written = parseJid(to)?.server === 'lid' ? 'lid' : 'pn';
  return { kind: 'person', account, addressing: addressing ?? written };
}

/** A destination as it is written on the wire. */
export function wireAddress(destination: Destination): string {
  switch (destination.kind) {
    case 'person':
      return accountJid(destination.account, destination.addressing);
    case 'group':
      return destination.group.jid;
    case 'status':
      return STATUS_BROADCAST;
  }
}

/** The name under which a chat is filed: people by phone number, whatever the wire said. */
export function chatName(world: World, address: string): string {
  const account = world.directory.find(address);
  if (account) return accountJid(account, 'pn');
  const jid = parseJid(address);
  return jid ? formatJid({ ...jid, device: 0 }) : address;
}
