import type { Random } from '../kernel/random.ts';
import type { Account, ProfilePicture } from './account.ts';
import type { Addressing } from './jid.ts';

export type Role = 'member' | 'admin' | 'superadmin';

/** How a person who is not a member yet came to ask for membership. */
export type JoinMethod = 'invite_link' | 'linked_group_join' | 'non_admin_add';

export interface GroupDescription {
  readonly id: string;
  readonly text: string;
  readonly by: Account;
  readonly setAtMs: number;
}

/** A group chat as the server knows it. */
export interface Group {
  /** `<digits>@g.us`. */
  readonly jid: string;
  /** How members are named in it; new groups of the real server use LIDs. */
  addressing: Addressing;
  subject: { readonly text: string; readonly by: Account; readonly setAtMs: number };
  description: GroupDescription | null;
  picture: ProfilePicture | null;
  readonly creator: Account;
  readonly createdAtMs: number;
  readonly members: Map<Account, Role>;
  /** Only admins may write. */
  announce: boolean;
  /** Only admins may change subject, description and picture. */
  locked: boolean;
  /** Seconds after which messages disappear; 0 is never. */
  ephemeralS: number;
  memberAddMode: 'admin_add' | 'all_member_add';
  /** Admins must let new members in. */
  approval: boolean;
  inviteCode: string;
  /** Who asked to join, while `approval` is on. */
  readonly requests: Map<Account, { readonly atMs: number; readonly method: JoinMethod }>;
  /** Personal invitations by code, for people whom privacy kept from being added. */
  readonly personalInvites: Map<string, { readonly account: Account; readonly expiresS: number }>;
  /** Devices that hold the sender key of a device, both as `<number>:<device>`. */
  readonly senderKeys: Map<string, Set<string>>;
}

/** The real server allows 1,024 members. */
export const MAX_MEMBERS = 1024;
/** Subjects may have 100 characters. */
export const MAX_SUBJECT = 100;

export interface GroupOptions {
  readonly subject: string;
  readonly creator: Account;
  readonly members: readonly Account[];
  readonly addressing: Addressing;
}

/** Every group of the simulated world. */
export class Groups {
  readonly #random: Random;
  readonly #byJid = new Map<string, Group>();

  constructor(random: Random) {
    this.#random = random;
  }

  create({ subject, creator, members, addressing }: GroupOptions, nowMs: number): Group {
    const group: Group = {
      jid: this.#freeJid(),
      addressing,
      subject: { text: subject, by: creator, setAtMs: nowMs },
      description: null,
      picture: null,
      creator,
      createdAtMs: nowMs,
      members: new Map([[creator, 'superadmin']]),
      announce: false,
      locked: false,
      ephemeralS: 0,
      memberAddMode: 'admin_add',
      approval: false,
      inviteCode: this.newCode(),
      requests: new Map(),
      personalInvites: new Map(),
      senderKeys: new Map(),
    };
    for (const member of members) if (member !== creator) group.members.set(member, 'member');
    this.add(group);
    return group;
  }

  add(group: Group): void {
    this.#byJid.set(group.jid, group);
  }

  find(jid: string | undefined): Group | null {
    return (jid === undefined ? null : this.#byJid.get(jid)) ?? null;
  }

  findByInvite(code: string): Group | null {
    for (const group of this.#byJid.values()) if (group.inviteCode === code) return group;
    return null;
  }

  ofMember(account: Account): Group[] {
    return this.all().filter(({ members }) => members.has(account));
  }

  all(): Group[] {
    return [...this.#byJid.values()];
  }

  /** An invite code as the real ones look: 22 characters. */
  newCode(): string {
    return Buffer.from(this.#random.bytes(24)).toString('base64url').slice(0, 22);
  }

  #freeJid(): string {
    for (;;) {
      const digits = `120363${String(Math.floor(this.#random.next() * 1e12)).padStart(12, '0')}`;
      const jid = `${digits}@g.us`;
      if (!this.#byJid.has(jid)) return jid;
    }
  }
}

/** A device (`<number>:<device>`) is gone: its keys and those it held mean nothing any more. */
export function forgetSenderKeys(group: Group, isGone: (device: string) => boolean): void {
  for (const [sender, holders] of group.senderKeys) {
    if (isGone(sender)) group.senderKeys.delete(sender);
    for (const holder of holders) if (isGone(holder)) holders.delete(holder);
  }
}

export function isAdmin(group: Group, account: Account): boolean {
  const role = group.members.get(account);
  return role === 'admin' || role === 'superadmin';
}
