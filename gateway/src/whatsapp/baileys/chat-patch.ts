import { chatModificationToAppPatch, type LastMessageList, type WAPatchCreate } from 'baileys';
import type { ChatChange, NewestMessage } from '../chat-change.ts';
import { keyOf } from './message-key.ts';

/** WhatsApp's word for "for ever" where it wants an instant. */
const FOREVER = -1;

/**
 * The patch of the shared settings for a change to a chat. A message in it is named as the chat names
 * people, and one of others in a group names its author.
 */
export function chatPatch(chatId: string, change: ChatChange): WAPatchCreate {
  switch (change.type) {
    case 'archive': {
      const lastMessages = rangeUpTo(change.newest);
      return chatModificationToAppPatch({ archive: change.archived, lastMessages }, chatId);
    }
    case 'pin_chat':
      return chatModificationToAppPatch({ pin: change.pinned }, chatId);
    case 'mute': {
      const mute = change.untilMs === 'forever' ? FOREVER : change.untilMs;
      return chatModificationToAppPatch({ mute }, chatId);
    }
    case 'mark_unread': {
      const lastMessages = rangeUpTo(change.newest);
      return chatModificationToAppPatch({ markRead: !change.unread, lastMessages }, chatId);
    }
    case 'clear_chat': {
      const lastMessages = rangeUpTo(change.newest);
      return chatModificationToAppPatch({ clear: true, lastMessages }, chatId);
    }
    case 'delete_chat': {
      const lastMessages = rangeUpTo(change.newest);
      return chatModificationToAppPatch({ delete: true, lastMessages }, chatId);
    }
  }
}

function rangeUpTo(newest: NewestMessage): LastMessageList {
  if (newest === null) return [];
  const messageTimestamp = Math.floor(newest.sentAtMs / 1000);
  return [{ key: keyOf(newest.target), messageTimestamp }];
}
