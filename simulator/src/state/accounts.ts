import {
  type Account,
  createAccount,
  type Device,
  type ProfilePicture,
} from '../accounts/account.ts';
import type { Group } from '../accounts/group.ts';
import { Mailbox } from '../accounts/mailbox.ts';
import { PreKeyStore } from '../accounts/pre-keys.ts';
import { decodeStanza } from '../wire/decoder.ts';
import { encodeStanza } from '../wire/encoder.ts';
import {
  fromBase64,
  type StoredAccount,
  type StoredDevice,
  type StoredGroup,
  type StoredPicture,
  toBase64,
} from './stored.ts';

const phonesOf = (accounts: Iterable<Account>): string[] =>
  Array.from(accounts, ({ phone }) => phone);

export function storeAccount(account: Account): StoredAccount {
  const { phone, lid, name, about, disappearing, business, nextDeviceId } = account;
  return {
    phone,
    lid,
    name,
    about,
    disappearing,
    business,
    nextDeviceId,
    picture: storePicture(account.picture),
    blocked: [...account.blocked],
    privacy: [...account.privacy],
    acquaintances: phonesOf(account.acquaintances),
    heardFrom: phonesOf(account.heardFrom),
    devices: [...account.devices.values()].map(storeDevice),
  };
}

/** An account without its relations to others; `relate` adds them once all accounts are there. */
export function restoreAccount(stored: StoredAccount): Account {
  const account = createAccount(stored.phone, stored.lid, stored.name, stored.about.setAtMs);
  const { about, disappearing, business, nextDeviceId } = stored;
  Object.assign(account, { about, disappearing, business, nextDeviceId });
  account.picture = restorePicture(stored.picture);
  for (const lid of stored.blocked) account.blocked.add(lid);
  for (const [name, value] of stored.privacy) account.privacy.set(name, value);
  for (const device of stored.devices) {
    account.devices.set(device.id, restoreDevice(account, device));
  }
  return account;
}

/** People by number; those who are gone are left out. */
export type Lookup = (phone: string) => Account | null;

export function relate(account: Account, stored: StoredAccount, find: Lookup): void {
  for (const phone of stored.acquaintances) {
    const other = find(phone);
    if (other) account.acquaintances.add(other);
  }
  for (const phone of stored.heardFrom) {
    const other = find(phone);
    if (other) account.heardFrom.add(other);
  }
}

function storeDevice(device: Device): StoredDevice {
  const { id, platform, registrationId, linkedAtMs, greeted, pushName, lastSeenMs } = device;
  return {
    id,
    platform,
    registrationId,
    linkedAtMs,
    greeted,
    pushName,
    lastSeenMs,
    noiseKey: toBase64(device.noiseKey),
    identity: toBase64(device.identity),
    signedPreKey: {
      id: device.signedPreKey.id,
      publicKey: toBase64(device.signedPreKey.publicKey),
      signature: toBase64(device.signedPreKey.signature),
    },
    preKeys: toBase64(device.preKeys.dump()),
    letters: device.mailbox.waiting().map(({ node }) => toBase64(encodeStanza(node))),
  };
}

function restoreDevice(account: Account, stored: StoredDevice): Device {
  const { id, platform, registrationId, linkedAtMs, greeted, pushName, lastSeenMs } = stored;
  const mailbox = new Mailbox();
  for (const letter of stored.letters) mailbox.put(decodeStanza(fromBase64(letter)));
  return {
    account,
    id,
    platform,
    registrationId,
    linkedAtMs,
    greeted,
    pushName,
    lastSeenMs,
    noiseKey: fromBase64(stored.noiseKey),
    identity: fromBase64(stored.identity),
    signedPreKey: {
      id: stored.signedPreKey.id,
      publicKey: fromBase64(stored.signedPreKey.publicKey),
      signature: fromBase64(stored.signedPreKey.signature),
    },
    preKeys: PreKeyStore.load(fromBase64(stored.preKeys)),
    mailbox,
    available: null,
  };
}

export function storeGroup(group: Group): StoredGroup {
  const { jid, addressing, announce, locked, ephemeralS, memberAddMode, approval } = group;
  const { subject, description, creator, createdAtMs, inviteCode } = group;
  return {
    jid,
    addressing,
    announce,
    locked,
    ephemeralS,
    memberAddMode,
    approval,
    createdAtMs,
    inviteCode,
    creator: creator.phone,
    subject: { ...subject, by: subject.by.phone },
    description: description && { ...description, by: description.by.phone },
    picture: storePicture(group.picture),
    members: [...group.members].map(([account, role]) => [account.phone, role]),
    requests: [...group.requests].map(([account, request]) => [account.phone, request]),
    personalInvites: [...group.personalInvites].map(([code, { account, expiresS }]) => [
      code,
      account.phone,
      expiresS,
    ]),
    senderKeys: [...group.senderKeys].map(([sender, holders]) => [sender, [...holders]]),
  };
}

/** Null when its creator is gone. */
export function restoreGroup(stored: StoredGroup, find: Lookup): Group | null {
  const creator = find(stored.creator);
  if (!creator) return null;
  const { jid, addressing, announce, locked, ephemeralS, memberAddMode, approval } = stored;
  const { subject, description, createdAtMs, inviteCode } = stored;
  const people = <T>(entries: readonly (readonly [string, T])[]) =>
    entries.flatMap(([phone, value]): [Account, T][] => {
      const account = find(phone);
      return account ? [[account, value]] : [];
    });
  return {
    jid,
    addressing,
    announce,
    locked,
    ephemeralS,
    memberAddMode,
    approval,
    createdAtMs,
    inviteCode,
    creator,
    subject: { ...subject, by: find(subject.by) ?? creator },
    description: description && { ...description, by: find(description.by) ?? creator },
    picture: restorePicture(stored.picture),
    members: new Map(people(stored.members)),
    requests: new Map(people(stored.requests)),
    personalInvites: new Map(
      stored.personalInvites.flatMap(([code, phone, expiresS]) => {
        const account = find(phone);
        return account ? [[code, { account, expiresS }]] : [];
      }),
    ),
    senderKeys: new Map(stored.senderKeys.map(([sender, holders]) => [sender, new Set(holders)])),
  };
}

function storePicture(picture: ProfilePicture | null): StoredPicture | null {
  return picture && { id: picture.id, image: toBase64(picture.image) };
}

function restorePicture(stored: StoredPicture | null): ProfilePicture | null {
  return stored && { id: stored.id, image: fromBase64(stored.image) };
}
