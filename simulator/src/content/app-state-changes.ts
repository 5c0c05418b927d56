import type { proto } from 'baileys';
import type { Target } from './action-content.ts';
import type { CollectionName } from './app-state.ts';
import type { Mutation } from './app-state-record.ts';
import { given } from './given.ts';

/** A change to the shared settings, and the collection it belongs to. */
export interface AppStateChange {
  readonly collection: CollectionName;
  readonly mutation: Mutation;
}

/**
 * The changes that people make on a phone. Collections, indexes and versions are WhatsApp's; they were
 * taken from Baileys' `chatModificationToAppPatch` and its reader. `nowMs` stamps the change.
 */
export const appStateChanges = {
  pushName: (name: string, nowMs: number) =>
    set('critical_block', ['setting_pushName'], 1, { pushNameSetting: { name } }, nowMs),

  /** A contact saved on the phone, under its number. */
  contact: (jid: string, contact: SavedContact, nowMs: number) =>
    set(
      'critical_unblock_low',
      ['contact', jid],
      2,
      {
        contactAction: {
          fullName: contact.fullName,
          saveOnPrimaryAddressbook: true,
          ...given({ firstName: contact.firstName, lidJid: contact.lid }),
        },
      },
      nowMs,
    ),

  removeContact: (jid: string, nowMs: number): AppStateChange => {
    const { collection, mutation } = set(
      'critical_unblock_low',
      ['contact', jid],
      2,
      { contactAction: {} },
      nowMs,
    );
    return { collection, mutation: { ...mutation, operation: 'remove' } };
  },

  archive: (chat: string, archived: boolean, nowMs: number) =>
    set('regular_low', ['archive', chat], 3, { archiveChatAction: { archived } }, nowMs),

  pin: (chat: string, pinned: boolean, nowMs: number) =>
    set('regular_low', ['pin_v1', chat], 5, { pinAction: { pinned } }, nowMs),

  /** Until an instant in Unix milliseconds, or -1 for ever; null unmutes. */
  mute: (chat: string, untilMs: number | null, nowMs: number) =>
    set(
      'regular_high',
      ['mute', chat],
      2,
      {
        muteAction: {
          muted: untilMs !== null,
          ...given({ muteEndTimestamp: untilMs }),
        },
      },
      nowMs,
    ),

  markRead: (chat: string, isRead: boolean, nowMs: number) =>
    set(
      'regular_low',
      ['markChatAsRead', chat],
      3,
      { markChatAsReadAction: { read: isRead } },
      nowMs,
    ),

  star: (message: Target, starred: boolean, nowMs: number) =>
    set('regular_low', ['star', ...messageIndex(message)], 2, { starAction: { starred } }, nowMs),

  deleteForMe: (message: Target, nowMs: number) =>
    set(
      'regular_high',
      ['deleteMessageForMe', ...messageIndex(message)],
      3,
      { deleteMessageForMeAction: { deleteMedia: true, messageTimestamp: toSeconds(nowMs) } },
      nowMs,
    ),

  deleteChat: (chat: string, nowMs: number) =>
    set('regular_high', ['deleteChat', chat, '1'], 6, { deleteChatAction: {} }, nowMs),

  /** Whether a new message brings an archived chat back. */
  unarchiveChats: (unarchiveChats: boolean, nowMs: number) =>
    set(
      'regular_low',
      ['setting_unarchiveChats'],
      4,
      { unarchiveChatsSetting: { unarchiveChats } },
      nowMs,
    ),
} as const;

export interface SavedContact {
  readonly fullName: string;
  readonly firstName?: string;
  /** JID. */
  readonly lid?: string;
}

function set(
  collection: CollectionName,
  index: readonly string[],
  version: number,
  value: proto.ISyncActionValue,
  nowMs: number,
): AppStateChange {
  const stamped = { ...value, timestamp: nowMs };
  return { collection, mutation: { operation: 'set', index, value: stamped, version } };
}

function messageIndex({ chat, id, fromMe, participant }: Target): string[] {
  return [chat, id, fromMe ? '1' : '0', participant ?? '0'];
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
