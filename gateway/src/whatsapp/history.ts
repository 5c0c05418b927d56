import type { WireMessage } from './port.ts';

/**
 * What is taken over of the history that a phone hands over when it is linked. `off`: who is who, and who trusts the account, only.
 * `names`: what people and groups are called and how chats are listed as well. `days`: also messages that
 * are not older.
 */
export type HistoryBudget = 'off' | 'names' | { readonly days: number };

/** A message from before the number was linked. */
export interface PastMessage extends WireMessage {
  /** Of our own messages: how far they had come; null for those of others. */
  readonly status: 'sent' | 'delivered' | 'read' | 'played' | null;
}
