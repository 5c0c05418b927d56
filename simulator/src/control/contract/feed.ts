import type {
  AccountView,
  ActiveFaultView,
  GroupView,
  LedgerEntryView,
  MessageView,
  PairingView,
  ViolationView,
} from './views.ts';

interface AccountEvent {
  readonly account: AccountView;
  readonly device?: number;
}

export interface MessageNews {
  /** Number of the phone on which it happened. */
  readonly account: string;
  readonly message: MessageView;
  /** What is unread now, on the phone and in the chat. */
  readonly unread: { readonly phone: number; readonly chat: number };
}

/** Everything that `GET /api/events` streams. Each event carries the whole new state of its subject. */
export type FeedEvent =
  | { readonly name: 'account.created' | 'account.changed'; readonly data: AccountEvent }
  | {
      readonly name: 'device.linked' | 'device.unlinked' | 'device.online' | 'device.offline';
      readonly data: AccountEvent;
    }
  | { readonly name: 'pairing.changed'; readonly data: PairingView }
  | {
      readonly name: 'message.received' | 'message.sent' | 'message.changed';
      readonly data: MessageNews;
    }
  | { readonly name: 'typing'; readonly data: TypingView }
  | { readonly name: 'group.changed'; readonly data: GroupView }
  | { readonly name: 'faults.changed'; readonly data: { readonly active: ActiveFaultView[] } }
  | { readonly name: 'violation'; readonly data: ViolationView }
  | { readonly name: 'ledger'; readonly data: LedgerEntryView }
  | { readonly name: 'reset'; readonly data: Readonly<Record<string, never>> };

export type FeedName = FeedEvent['name'];

/** Somebody is typing in a chat, or has stopped. */
export interface TypingView {
  /** Number of the phone that sees it. */
  readonly account: string;
  readonly chat: string;
  /** `<number>@s.whatsapp.net`. */
  readonly sender: string;
  /** `composing`, `recording` or `paused`. */
  readonly state: string;
}
