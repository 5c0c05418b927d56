import type { ProfilePicture } from '../../accounts/account.ts';
import { bytesOf, childNamed, type Stanza, stanza } from '../../wire/stanza.ts';
import { maySee, setGroupPicture, setPicture } from '../profile.ts';
import {
  FORBIDDEN,
  type IqAnswer,
  type IqRoutes,
  ITEM_NOT_FOUND,
  NOT_AUTHORIZED,
} from '../router.ts';
import type { Origin, World } from '../world.ts';

/** Pictures of people and groups. */
export const pictureRoutes: IqRoutes = {
  'w:profile:picture get picture': getPicture,
  'w:profile:picture set picture': changePicture,
  'w:profile:picture set': changePicture,
};

function getPicture(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const { target } = iq.attrs;
  const type = childNamed(iq, 'picture')?.attrs['type'] ?? 'image';
  const group = world.groups.find(target);
  if (group) {
    if (!group.members.has(origin.account)) return { error: NOT_AUTHORIZED };
    return describe(world, group.picture, type);
  }
  const account = world.directory.find(target);
  if (!account) return { error: ITEM_NOT_FOUND };
  if (!maySee(account, 'profile', origin.account)) return { error: NOT_AUTHORIZED };
  return describe(world, account.picture, type);
}

function describe(world: World, picture: ProfilePicture | null, type: string): IqAnswer {
  if (!picture) return { error: ITEM_NOT_FOUND };
  const { directPath, url } = world.media.store('picture', picture.image);
  const attrs = { id: picture.id, type, url, direct_path: directPath };
  return { content: [stanza('picture', attrs)] };
}

/** Without a child the picture is taken away; without a target it is the account's own. */
function changePicture(world: World, origin: Origin, iq: Stanza): IqAnswer {
  const { target } = iq.attrs;
  const content = childNamed(iq, 'picture');
  const image = content ? Uint8Array.from(bytesOf(content)) : null;
  const group = world.groups.find(target);
  if (group) {
    if (!setGroupPicture(world, group, origin.account, image)) return { error: FORBIDDEN };
    return answer(group.picture);
  }
  if (target !== undefined && world.directory.find(target) !== origin.account) {
    return { error: FORBIDDEN };
  }
  setPicture(world, origin.account, image, origin.deviceId);
  return answer(origin.account.picture);
}

function answer(picture: ProfilePicture | null): IqAnswer {
  return { content: picture ? [stanza('picture', { id: picture.id })] : [] };
}
