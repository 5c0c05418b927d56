import { type Account, accountJid, type BusinessProfile, type Device } from './accounts/account.ts';
import { forgetSenderKeys, type Group, type Role } from './accounts/group.ts';
import type { Addressing } from './accounts/jid.ts';
import { type AppStateChange, appStateChanges } from './content/app-state-changes.ts';
import type { Core } from './core.ts';
import { WAIT_MS } from './kernel/emitter.ts';
import type { Phone } from './phone/phone.ts';
import type { Call, CallState } from './server/call-desk.ts';
import type { GroupActions, MemberResult } from './server/groups/actions.ts';
import { announceAppState, applySetting } from './server/handlers/app-state.ts';
import { announceIdentityChange } from './server/handlers/keys.ts';
import type { ChatState } from './server/presence-desk.ts';
import { setAbout, setBlocked, setGroupPicture, setPicture } from './server/profile.ts';
import { SERVER, stanza } from './wire/stanza.ts';

/** A linked device as its owner sees it on the phone. */
export interface LinkedDevice {
  /** The device number. */
  readonly id: number;
  /** `<number>:<id>@s.whatsapp.net`: how ledger and violations name it. */
  readonly jid: string;
  /** What the client calls itself, such as "Chrome (Mac OS)". */
  readonly platform: string;
  readonly linkedAtMs: number;
  /** When it was connected last; null when it is connected now or never was. */
  readonly lastSeenMs: number | null;
  /** Logged in and taking messages. */
  readonly isConnected: boolean;
  /** Stanzas that wait for it. */
  readonly waiting: number;
}

/** An account of the simulated world: what its owner can do, and what is known about it. */
export class AccountHandle {
  /** Device 0: sends, receives, links devices. */
  readonly phone: Phone;
  readonly account: Account;
  readonly #core: Core;

  constructor(core: Core, account: Account) {
    this.#core = core;
    this.account = account;
    this.phone = core.phoneOf(account);
  }

  /** Digits of the phone number, as it is registered. */
  get number(): string {
    return this.account.phone;
  }

  /** `<number>@s.whatsapp.net`. */
  get jid(): string {
    return accountJid(this.account, 'pn');
  }

  /** `<digits>@lid`. */
  get lid(): string {
    return accountJid(this.account, 'lid');
  }

  /** The push name. */
  get name(): string {
    return this.account.name;
  }

  /** Linked devices, without the phone itself. */
  get devices(): LinkedDevice[] {
    return [...this.account.devices.values()].map((device) => this.#describe(device));
  }

  /** As if the owner removed a linked device on the phone. Gives false when there is no such device. */
  unlink(deviceId: number): boolean {
    const device = this.account.devices.get(deviceId);
    if (device) this.#core.unlink(device);
    return device !== undefined;
  }

  /** Cuts the connection of one linked device, or of all of them, without a word. */
  drop(deviceId?: number): void {
    for (const device of this.account.devices.values()) {
      if (deviceId === undefined || device.id === deviceId) {
        this.#core.server.connectionOf(device)?.drop();
      }
    }
  }

  /** Changes the push name; linked devices learn it as a shared setting. */
  setName(name: string): void {
    this.changeSetting(appStateChanges.pushName(name, this.#core.world.clock.now()));
  }

  setAbout(text: string): void {
    setAbout(this.#core.world, this.account, text);
  }

  /** JPEG; null takes the picture away. */
  setPicture(image: Uint8Array | null): void {
    setPicture(this.#core.world, this.account, image);
  }

  /** Makes the account a business, or a person again with null. */
  setBusiness(profile: BusinessProfile | null): void {
    this.account.business = profile;
  }

  /** A privacy category such as `last`, `profile`, `groupadd`, and `all`, `contacts` or `none`. */
  setPrivacy(category: string, value: string): void {
    this.account.privacy.set(category, value);
  }

  block(other: AccountHandle): void {
    setBlocked(this.#core.world, this.account, other.account, true);
  }

  unblock(other: AccountHandle): void {
    setBlocked(this.#core.world, this.account, other.account, false);
  }

  /** Shows the owner as online, or not, to whoever asked to be told. */
  setOnline(isOnline: boolean): void {
    this.#core.presence.setPhone(this.account, isOnline);
  }

  /** Whether the owner is shown as online, by the phone or by a linked device. */
  get isOnline(): boolean {
    return this.#core.presence.isOnline(this.account);
  }

  /** Whether a linked device of another account asked to be told when this one comes and goes. */
  isFollowedBy(other: AccountHandle): boolean {
    return this.#core.presence.isFollowed(this.account, other.account);
  }

  /** Shows the owner as typing or recording in a chat (digits, an address or a group). */
  showTyping(chat: string, state: ChatState): void {
    const person = /^\d+$/.test(chat) ? this.#core.world.directory.lookUpNumber(chat) : null;
    const to = person ? accountJid(person, 'pn') : chat;
    this.#core.presence.chatState(this.account, 0, to, state);
  }

  /** Makes the other side's phone and devices ring. */
  call(callee: AccountHandle, options: { readonly video?: boolean } = {}): Call {
    return this.#core.calls.offer(this.account, callee.account, options.video ?? false);
  }

  /** Ends a call that this account made; `missed` when the other side did not answer. */
  endCall(call: Call, reason: 'missed' | 'ended' = 'ended'): void {
    this.#core.calls.end(call, reason);
  }

  /** Takes or rejects a call on the phone. */
  answerCall(call: Call, answer: 'accepted' | 'rejected'): void {
    this.#core.calls.answer(call, answer);
  }

  /** Resolves when the call is in the state; rejects with `WaitTimeoutError`. */
  waitForCall(call: Call, state: CallState, timeoutMs = WAIT_MS): Promise<Call> {
    return this.#core.calls.waitFor(call, state, timeoutMs);
  }

  /** Tells the connected devices that their view of the groups is out of date: they fetch all of them. */
  markGroupsDirty(): void {
    const { world } = this.#core;
    const timestamp = String(Math.floor(world.clock.now() / 1000));
    const dirty = stanza('dirty', { type: 'groups', timestamp });
    for (const device of this.account.devices.values()) {
      world.post.sendNow(device, stanza('ib', { from: SERVER }, [dirty]));
    }
  }

  /** Changes a setting on the phone; linked devices fetch it. See `appStateChanges`. */
  changeSetting({ collection, mutation }: AppStateChange): void {
    this.phone.appState.change(collection, [mutation]);
    applySetting(this.account, mutation);
    announceAppState(this.#core.world, this.account, collection, -1);
  }

  /** WhatsApp was installed anew: the identity changes, linked devices are gone, others are told. */
  reinstall(): void {
    for (const device of this.account.devices.values()) this.#core.unlink(device);
    this.phone.renewKeys();
    const name = `${this.number}:0`;
    for (const group of this.#core.world.groups.all()) {
      forgetSenderKeys(group, (device) => device === name);
    }
    announceIdentityChange(this.#core.world, this.account);
  }

  #describe(device: Device): LinkedDevice {
    const { id, platform, linkedAtMs, lastSeenMs, mailbox } = device;
    const isConnected = this.#core.world.post.isConnected(device);
    return {
      id,
      jid: accountJid(this.account, 'pn', id),
      platform,
      linkedAtMs,
      lastSeenMs: isConnected ? null : lastSeenMs,
      isConnected,
      waiting: mailbox.size,
    };
  }
}

export interface GroupMember {
  readonly account: AccountHandle;
  readonly role: Role;
}

/** Settings of a group that admins change; what is absent stays as it is. */
export interface GroupSettings {
  readonly subject?: string;
  /** Null deletes it. */
  readonly description?: string | null;
  /** JPEG; null takes it away. */
  readonly picture?: Uint8Array | null;
  readonly announce?: boolean;
  readonly locked?: boolean;
  readonly ephemeralS?: number;
  readonly memberAddMode?: Group['memberAddMode'];
  readonly approval?: boolean;
}

/** A group, and what its members can do with it. All methods throw `GroupActionError`. */
export class GroupHandle {
  readonly group: Group;
  readonly #core: Core;
  readonly #actions: GroupActions;
  readonly #handleOf: (account: Account) => AccountHandle;

  constructor(core: Core, group: Group, handleOf: (account: Account) => AccountHandle) {
    this.#core = core;
    this.#actions = core.groupActions;
    this.#handleOf = handleOf;
    this.group = group;
  }

  /** `<digits>@g.us`. */
  get jid(): string {
    return this.group.jid;
  }

  get subject(): string {
    return this.group.subject.text;
  }

  get addressing(): Addressing {
    return this.group.addressing;
  }

  get members(): GroupMember[] {
    return [...this.group.members].map(([account, role]) => ({
      account: this.#handleOf(account),
      role,
    }));
  }

  get inviteCode(): string {
    return this.group.inviteCode;
  }

  /** Whoever asked to join and waits for an admin. */
  get requests(): AccountHandle[] {
    return [...this.group.requests.keys()].map((account) => this.#handleOf(account));
  }

  add(actor: AccountHandle, ...people: readonly AccountHandle[]): MemberResult[] {
    return this.#actions.add(this.group, actor.account, accountsOf(people));
  }

  remove(actor: AccountHandle, ...people: readonly AccountHandle[]): MemberResult[] {
    return this.#actions.remove(this.group, actor.account, accountsOf(people));
  }

  promote(actor: AccountHandle, ...people: readonly AccountHandle[]): MemberResult[] {
    return this.#actions.promote(this.group, actor.account, accountsOf(people));
  }

  demote(actor: AccountHandle, ...people: readonly AccountHandle[]): MemberResult[] {
    return this.#actions.demote(this.group, actor.account, accountsOf(people));
  }

  leave(member: AccountHandle): void {
    this.#actions.leave(this.group, member.account);
  }

  /** Gives whether the person is in now, or waits for an admin. */
  joinByInvite(person: AccountHandle): boolean {
    return this.#actions.joinByCode(this.group.inviteCode, person.account).joined;
  }

  /** The person taps the invitation that somebody sent them. Throws when it is not for them, or is over. */
  acceptInvitation(
    person: AccountHandle,
    from: AccountHandle,
    { code, expiresS = 0 }: { readonly code: string; readonly expiresS?: number },
  ): void {
    const told = { code, expiresS, by: from.account };
    this.#actions.joinByPersonalInvite(this.group, told, person.account);
  }

  decide(actor: AccountHandle, person: AccountHandle, decision: 'approve' | 'reject'): void {
    this.#actions.decideRequests(this.group, actor.account, [person.account], decision);
  }

  revokeInvite(actor: AccountHandle): string {
    return this.#actions.revokeInvite(this.group, actor.account);
  }

  change(actor: AccountHandle, settings: GroupSettings): void {
    const { group } = this;
    const { subject, description, picture, announce, locked } = settings;
    const by = actor.account;
    if (subject !== undefined) this.#actions.setSubject(group, by, subject);
    if (description !== undefined) {
      const id = this.#core.world.groups.newCode();
      const previous = group.description?.id ?? null;
      this.#actions.setDescription(group, by, description, id, previous);
    }
    if (picture !== undefined) setGroupPicture(this.#core.world, group, by, picture);
    if (announce !== undefined) this.#actions.setAnnounce(group, by, announce);
    if (locked !== undefined) this.#actions.setLocked(group, by, locked);
    const { ephemeralS, memberAddMode, approval } = settings;
    if (ephemeralS !== undefined) this.#actions.setEphemeral(group, by, ephemeralS);
    if (memberAddMode !== undefined) this.#actions.setMemberAddMode(group, by, memberAddMode);
    if (approval !== undefined) this.#actions.setApproval(group, by, approval);
  }
}

function accountsOf(people: readonly AccountHandle[]): Account[] {
  return people.map(({ account }) => account);
}
