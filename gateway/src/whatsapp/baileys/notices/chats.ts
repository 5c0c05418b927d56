import type { Chat } from 'baileys';
import type { WireChat } from '../../notice.ts';
import { namedBy } from './stanza.ts';

/** What the library's view of a chat says; what it does not name is not told. Null: nothing. Pure. */
export function toldOfChat(chat: Partial<Chat>): WireChat | null {
  const named = namedBy(chat.id ?? undefined, chat.pnJid ?? undefined, chat.lidJid ?? undefined);
  if (!named) return null;
  const settings = settingsIn(chat);
  return Object.keys(settings).length === 0 ? null : { chat: named, ...settings };
}

function settingsIn({ archived, pinned, muteEndTime, unreadCount }: Partial<Chat>) {
  return {
    ...(typeof archived === 'boolean' ? { archived } : {}),
    ...(pinned === undefined ? {} : { pinned: (pinned ?? 0) > 0 }),
    ...(muteEndTime === undefined ? {} : { mutedUntilMs: muteEnd(muteEndTime) }),
    ...unreadIn(unreadCount),
  };
}

/** The library counts up with each message that it saw: only the phone's own word counts here. */
function unreadIn(count: number | null | undefined): { readonly unread?: boolean } {
  if (count === 0) return { unread: false };
  return count === -1 ? { unread: true } : {};
}

/** Settings state milliseconds, history seconds; "for ever" is -1, also read as an unsigned number. */
const SECONDS_BELOW = 100_000_000_000;
const FOR_EVER_ABOVE = 8_640_000_000_000_000;

/** When a mute ends, in milliseconds; devices state it in seconds as well. Null: not muted. Pure. */
export function muteEnd(end: unknown): number | 'forever' | null {
  const value = Number(end ?? 0);
  if (value === -1 || value > FOR_EVER_ABOVE) return 'forever';
  if (!(value > 0)) return null;
  return value < SECONDS_BELOW ? value * 1000 : value;
}

/**
 * A conversation of the history: the phone's own list of chats. What it does not state is not told. Pure.
 */
export function toldByHistory(chat: Partial<Chat>): WireChat | null {
  const named = namedBy(chat.id ?? undefined, chat.pnJid ?? undefined, chat.lidJid ?? undefined);
  if (!named) return null;
  const { name } = chat;
  const seconds = Number(chat.conversationTimestamp ?? chat.lastMsgTimestamp ?? 0);
  return {
    chat: named,
    ...listingIn(chat),
    ...(seconds > 0 ? { listedAtMs: seconds * 1000 } : {}),
    ...(named.address.endsWith('@g.us') && name ? { subject: name } : {}),
  };
}

function listingIn({ archived, pinned, muteEndTime, unreadCount, markedAsUnread }: Partial<Chat>) {
  const countIsStated = isStated(unreadCount) || isStated(markedAsUnread);
  return {
    ...(isStated(archived) ? { archived } : {}),
    ...(isStated(pinned) ? { pinned: pinned > 0 } : {}),
    ...(isStated(muteEndTime) ? { mutedUntilMs: muteEnd(muteEndTime) } : {}),
    ...(countIsStated ? { unread: markedAsUnread === true || (unreadCount ?? 0) > 0 } : {}),
  };
}

/** Decoded messages have null for what is absent. */
function isStated<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
