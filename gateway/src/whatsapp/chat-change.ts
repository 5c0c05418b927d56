import type { MessageTarget } from './content.ts';

/**
 * The newest message of a chat that is kept here, by which the other devices know how far a change
 * reaches; null: none is kept.
 */
export type NewestMessage = { readonly target: MessageTarget; readonly sentAtMs: number } | null;

/** How a chat is listed on the account's own devices, the phone among them. Nobody else sees it. */
export type ChatChange =
  | { readonly type: 'archive'; readonly archived: boolean; readonly newest: NewestMessage }
  | { readonly type: 'pin_chat'; readonly pinned: boolean }
  /** Null: not muted. */
  | { readonly type: 'mute'; readonly untilMs: number | 'forever' | null }
  /** A mark only: no receipt is sent. */
  | { readonly type: 'mark_unread'; readonly unread: boolean; readonly newest: NewestMessage }
  /** All its messages go; the chat stays. */
  | { readonly type: 'clear_chat'; readonly newest: NewestMessage }
  /** The chat goes with its messages, until somebody writes in it. */
  | { readonly type: 'delete_chat'; readonly newest: NewestMessage };
