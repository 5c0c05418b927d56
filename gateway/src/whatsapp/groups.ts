/** A person as WhatsApp named them: an address, and the other form of it where WhatsApp gave one. */
export interface WirePerson {
  readonly address: string;
  /** LID for a phone address, phone address for a LID. */
  readonly alt: string | null;
}

export type GroupRole = 'member' | 'admin' | 'superadmin';

export interface WireMember extends WirePerson {
  readonly role: GroupRole;
}

/** A group as WhatsApp describes it. */
export interface WireGroup {
  /** `<digits>@g.us`. */
  readonly chatId: string;
  readonly subject: string;
  readonly description: string | null;
  /** WhatsApp's id of the description; a change of it must name the one that it replaces. */
  readonly descriptionId: string | null;
  /** Who made it; null when WhatsApp does not say. */
  readonly owner: WirePerson | null;
  readonly createdAtMs: number | null;
  /** How its members are named on the wire. */
  readonly addressing: 'pn' | 'lid';
  /** People in it, also where `members` is not told (by an invite link). */
  readonly size: number;
  readonly members: readonly WireMember[];
  /** Only admins write. */
  readonly announce: boolean;
  /** Only admins change subject, description and picture. */
  readonly locked: boolean;
  /** Admins let new people in. */
  readonly joinApproval: boolean;
  readonly memberAddMode: 'admins' | 'everyone';
  /** Seconds after which messages vanish; 0: never. */
  readonly ephemeralSeconds: number;
  /** The community it belongs to. */
  readonly communityId: string | null;
}

/** One thing to change about a group. */
export type GroupChange =
  | { readonly kind: 'subject'; readonly text: string }
  /** Null takes it away. */
  | { readonly kind: 'description'; readonly text: string | null }
  | { readonly kind: 'announce' | 'locked' | 'joinApproval'; readonly on: boolean }
  | { readonly kind: 'memberAddMode'; readonly who: 'admins' | 'everyone' }
  /** 0 turns it off. */
  | { readonly kind: 'ephemeral'; readonly seconds: number };

export type MemberAction = 'add' | 'remove' | 'promote' | 'demote';

/** What became of one person of an action. */
export interface MemberAnswer extends WirePerson {
  /**
   * 200 done; 401 they blocked this number; 403 their privacy forbids it, or it is the founder; 404 not
   * there; 408 they left a short while ago; 409 a member already; 419 the group is full.
   */
  readonly code: number;
  /** An invitation for this one person, given where privacy forbids adding them. */
  readonly invite: { readonly code: string; readonly expiresAtMs: number } | null;
}

/** Somebody who asks to be let in. */
export interface JoinRequest extends WirePerson {
  readonly requestedAtMs: number | null;
  /** WhatsApp's word for how they came: `invite_link`, `non_admin_add`, ... */
  readonly method: string | null;
}

/** An invitation of one person into a group, as a message brings it. */
export interface Invitation {
  readonly chatId: string;
  readonly code: string;
  /** 0: not told. */
  readonly expiresMs: number;
  /** Who invites. */
  readonly from: string;
}

/**
 * Groups, as part of a connection. Calls reject with `NotConnected`, `Unanswered` or `Refused`. The codes
 * of `Refused`: 401 and 403 not a member or not an admin, 404 no such group, 406 not acceptable, 409 a
 * conflict, 410 an invite that was revoked, 419 full, 429 asked too often.
 */
export interface GroupCalls {
  /** All groups that the number is in, asked of WhatsApp; calls at the same time share one question. */
  list(): Promise<readonly WireGroup[]>;
  /** One group; asked of WhatsApp only when it is not known or was changed since. */
  get(chatId: string): Promise<WireGroup>;
  /** `refused` are those whom WhatsApp did not take in. */
  create(
    subject: string,
    people: readonly string[],
  ): Promise<{ readonly group: WireGroup; readonly refused: readonly MemberAnswer[] }>;
  change(chatId: string, change: GroupChange): Promise<void>;
  changeMembers(
    chatId: string,
    action: MemberAction,
    people: readonly string[],
  ): Promise<readonly MemberAnswer[]>;
  /** What follows `https://chat.whatsapp.com/`. */
  inviteCode(chatId: string): Promise<string>;
  /** Makes the invite link invalid; answers the new code. */
  revokeInvite(chatId: string): Promise<string>;
  /** The group that an invite code leads to, without its members. */
  preview(code: string): Promise<WireGroup>;
  /** `joined` is false when an admin must let the number in first. */
  join(code: string): Promise<{ readonly chatId: string; readonly joined: boolean }>;
  /** Joins by an invitation of this number. */
  accept(invitation: Invitation): Promise<void>;
  leave(chatId: string): Promise<void>;
  requests(chatId: string): Promise<readonly JoinRequest[]>;
  decide(
    chatId: string,
    decision: 'approve' | 'reject',
    people: readonly string[],
  ): Promise<readonly MemberAnswer[]>;
}
