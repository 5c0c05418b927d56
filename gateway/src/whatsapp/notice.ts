/**
 * What WhatsApp tells besides messages and receipts, in the service's own words.
 *
 * What is guaranteed: calls and everything about groups and contacts that comes as a notification are
 * handed over before WhatsApp is told that we have it. When the handler rejects, or the process dies
 * first, WhatsApp sends it again; so a handler may see one twice, under the same `noticeId`. Presence,
 * unreadable messages, changes of names and of chats' settings, and identities are told once, at most.
 * What a phone hands over when it is linked is told until it is kept, and may be told twice.
 */
export type Notice =
  | CallNotice
  | GroupNotice
  | ContactNotice
  | PresenceNotice
  | UnreadableNotice
  | HistoryNotice
  | IdentityNotice
  | NamesNotice
  | ChatsNotice;

/** An address, and the same person's other one (phone or LID) where WhatsApp gave it. */
export interface Named {
  readonly address: string;
  readonly alt: string | null;
}

interface Told {
  /** The same each time it is delivered. */
  readonly noticeId: string;
  readonly timestampMs: number;
  /** True when WhatsApp kept it for us while we were away. */
  readonly delayed: boolean;
}

/** `accept` and `reject`: on another device of ours; `timeout`: nobody answered; `terminate`: hung up. */
export type CallState = 'offer' | 'accept' | 'reject' | 'timeout' | 'terminate';

/** A call came, or changed its state. */
export interface CallNotice extends Told {
  readonly type: 'call';
  readonly callId: string;
  readonly state: CallState;
  readonly caller: Named;
  /** The group it is a call of; null otherwise. */
  readonly group: string | null;
  /** Both are stated by the offer only. */
  readonly isVideo: boolean;
  readonly isGroup: boolean;
}

/** Something was changed in a group of the number. */
export interface GroupNotice extends Told {
  readonly type: 'group';
  readonly group: string;
  /** Who did it; null when WhatsApp does not say. */
  readonly by: Named | null;
  readonly pushName: string | null;
  readonly change: GroupChange;
}

/** What was changed in a group. */
export type GroupChange =
  /** The number is new in a group, or the group itself is. */
  | { readonly kind: 'joined'; readonly subject: string }
  | {
      readonly kind: 'participants';
      readonly action: 'add' | 'remove' | 'promote' | 'demote';
      readonly people: readonly Named[];
    }
  | {
      readonly kind: 'join_request';
      readonly action: 'created' | 'revoked' | 'rejected';
      readonly people: readonly Named[];
    }
  /** One property; null: taken away. */
  | {
      readonly kind: 'property';
      readonly name: GroupProperty;
      readonly value: string | number | boolean | null;
    };

/**
 * `announcement`: only admins write; `locked`: only admins edit; `joinApproval`: admins let people in;
 * `memberAddMode`: `admin_add` or `all_member_add`; `ephemeralSeconds`: 0 is off; `picture` is its id;
 * `inviteCode` says only that there is a new one.
 */
export type GroupProperty =
  | 'subject'
  | 'description'
  | 'picture'
  | 'announcement'
  | 'locked'
  | 'joinApproval'
  | 'memberAddMode'
  | 'ephemeralSeconds'
  | 'inviteCode';

/** Somebody changed their picture or about text. */
export interface ContactNotice extends Told {
  readonly type: 'contact';
  readonly person: Named;
  readonly changed: 'picture' | 'about';
  /** The new status text; null when it was taken away or was not told. */
  readonly value: string | null;
}

/**
 * Somebody is there, writes or records; told while the number follows them. Not recorded: lost in a crash.
 */
export interface PresenceNotice {
  readonly type: 'presence';
  readonly chat: string;
  /** Who it is, in groups; null in direct chats. */
  readonly participant: string | null;
  readonly presence: 'available' | 'unavailable' | 'composing' | 'recording' | 'paused';
  readonly lastSeenMs: number | null;
}

/** A message came that cannot be read; its sender, or our own phone, was asked for it again. */
export interface UnreadableNotice {
  readonly type: 'unreadable';
  readonly messageId: string;
  readonly chat: Named;
  readonly participant: Named | null;
  readonly fromMe: boolean;
  readonly timestampMs: number;
  /**
   * `placeholder`: WhatsApp sent no content to linked devices, the phone is asked for it. `phone_only`:
   * it may be viewed once, on the phone; nothing more will come.
   */
  readonly reason: 'placeholder' | 'phone_only' | 'no_session' | 'undecryptable';
}

/** WhatsApp said which number stands behind LIDs: asked or unasked, in a message or in the history. */
export interface IdentityNotice {
  readonly type: 'identity';
  readonly people: readonly Named[];
}

/** A chunk of older chats has come from the phone, and is kept. */
export interface HistoryNotice {
  readonly type: 'history';
  /** 0 to 100 where the phone said so. */
  readonly percent: number | null;
  /** In this chunk. */
  readonly chats: number;
  /** Of this chunk that were kept; 0 when none are to be. */
  readonly messages: number;
}

/** What people are called. */
export interface NamesNotice {
  readonly type: 'names';
  readonly people: readonly NamedPerson[];
  /** False for what the phone hands over when it is linked. */
  readonly isNews: boolean;
  /** True: as it was when the phone packed its history, which fills in what nobody told yet. */
  readonly isPast: boolean;
}

/** A name that is absent was not told; null: it was taken away. */
export interface NamedPerson {
  readonly person: Named;
  /** In the address book of our phone. */
  readonly saved?: string | null;
  /** What the person goes by. */
  readonly push?: string | null;
  /** Of a business, verified by WhatsApp. */
  readonly business?: string | null;
}

/** How our phone lists its chats. */
export interface ChatsNotice {
  readonly type: 'chats';
  readonly chats: readonly WireChat[];
  /** Chats that were taken away. */
  readonly gone: readonly Named[];
  /** As in `NamesNotice`. */
  readonly isPast: boolean;
}

/** What is absent was not told. */
export interface WireChat {
  readonly chat: Named;
  readonly subject?: string;
  readonly archived?: boolean;
  readonly pinned?: boolean;
  readonly unread?: boolean;
  readonly mutedUntilMs?: number | 'forever' | null;
  /** When its last message came. */
  readonly listedAtMs?: number;
}
