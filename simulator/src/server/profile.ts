import { type Account, accountJid, type ProfilePicture } from '../accounts/account.ts';
import { type Group, isAdmin } from '../accounts/group.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import { notifyDevices, notifyEveryone } from './notices.ts';
import type { World } from './world.ts';

/** What people change about themselves; everyone concerned is told. `exceptDevice` made the change. */

export function setAbout(world: World, account: Account, text: string, exceptDevice = -1): void {
  account.about = { text, setAtMs: world.clock.now() };
  notifyEveryone(world, account, 'status', [stanza('set', {}, Buffer.from(text))], exceptDevice);
}

/** Null takes the picture away. Gives the id of the new one. */
export function setPicture(
  world: World,
  account: Account,
  image: Uint8Array | null,
  exceptDevice = -1,
): string | null {
  account.picture = newPicture(world, image);
  const change = pictureChange(account.picture, accountJid(account, 'pn'));
  notifyEveryone(world, account, 'picture', [change], exceptDevice);
  return account.picture?.id ?? null;
}

/** Gives false when the actor may not change the group. */
export function setGroupPicture(
  world: World,
  group: Group,
  actor: Account,
  image: Uint8Array | null,
): boolean {
  if (!group.members.has(actor) || (group.locked && !isAdmin(group, actor))) return false;
  group.picture = newPicture(world, image);
  const change = pictureChange(group.picture, accountJid(actor, group.addressing));
  for (const member of group.members.keys()) {
    notifyDevices(world, member, { from: group.jid, type: 'picture' }, [change]);
  }
  return true;
}

/** Blocks or unblocks somebody; the other devices of the account are told. */
export function setBlocked(
  world: World,
  account: Account,
  other: Account,
  isBlocked: boolean,
  exceptDevice = -1,
): void {
  if (isBlocked) account.blocked.add(other.lid);
  else account.blocked.delete(other.lid);
  const item = stanza('item', {
    action: isBlocked ? 'block' : 'unblock',
    jid: accountJid(other, 'lid'),
    pn_jid: accountJid(other, 'pn'),
  });
  notifyDevices(
    world,
    account,
    { from: accountJid(account, 'pn'), type: 'account_sync' },
    [stanza('blocklist', { action: 'modify' }, [item])],
    exceptDevice,
  );
}

/** Default time after which messages of new chats disappear, in seconds; 0 is never. */
export function setDisappearing(
  world: World,
  account: Account,
  durationS: number,
  exceptDevice = -1,
): void {
  const setAtMs = world.clock.now();
  account.disappearing = { durationS, setAtMs };
  const t = String(Math.floor(setAtMs / 1000));
  notifyDevices(
    world,
    account,
    { from: accountJid(account, 'pn'), type: 'account_sync' },
    [stanza('disappearing_mode', { duration: String(durationS), t })],
    exceptDevice,
  );
}

function newPicture(world: World, image: Uint8Array | null): ProfilePicture | null {
  if (!image) return null;
  return { id: String(Math.floor(world.random.next() * 2 ** 31)), image };
}

function pictureChange(picture: ProfilePicture | null, author: string): Stanza {
  return picture
    ? stanza('set', { id: picture.id, author, jid: author })
    : stanza('delete', { author, jid: author });
}

/** Whether somebody may see what the privacy category `name` of an account guards. */
export function maySee(account: Account, name: string, viewer: Account): boolean {
  if (account === viewer) return true;
  if (account.blocked.has(viewer.lid)) return false;
  const setting = account.privacy.get(name) ?? 'all';
  if (setting === 'contacts') return account.acquaintances.has(viewer);
  return setting !== 'none';
}
