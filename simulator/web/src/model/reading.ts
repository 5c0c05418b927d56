import type { FeedEvent } from '../../../src/control/contract/feed.ts';
import type { ChatView, MessageView } from '../../../src/control/contract/views.ts';
import {
  apply,
  byNewest,
  type OpenChat,
  type Phone,
  type World,
  withMessageInChat,
} from './world.ts';

/**
 * How far it has come to read something from the simulator. Compared by identity: an answer counts
 * only while the reading that asked for it is still the one that is noted down, so that a slow answer
 * never overwrites what was read after it.
 */
export type Reading =
  | { readonly state: 'reading' }
  | { readonly state: 'read' }
  /** `why` is meant for people. */
  | { readonly state: 'failed'; readonly why: string };

export const READ: Reading = { state: 'read' };

/** A reading of its own: no two are the same. */
export function startReading(): Reading {
  return { state: 'reading' };
}

/** What is read at once, when the stream of events stands. */
export type Knowledge = Omit<World, 'phone'>;

/** The world as it was read, and what happened while that was on its way. The phone is read after that. */
export function withEvents(read: Knowledge, heard: readonly FeedEvent[]): World {
  return heard.reduce<World>(apply, { ...read, phone: null });
}

/** The chats as they were read, and what happened while they were on their way. */
export function withChats(phone: Phone, chats: readonly ChatView[]): Phone {
  const merged = new Map(chats.map((chat) => [chat.chat, chat]));
  for (const heard of phone.chats) {
    const read = merged.get(heard.chat);
    merged.set(heard.chat, read ? withNews(read, heard) : heard);
  }
  return { ...phone, chats: [...merged.values()].sort(byNewest), reading: READ };
}

/** Events tell all that changes on a chat; whose it is, reading tells better. */
function withNews(read: ChatView, { unread, last }: ChatView): ChatView {
  const isNewest = last !== null && last.order >= (read.last?.order ?? 0);
  return { ...read, unread, last: isNewest ? last : read.last };
}

/** The messages as they were read, and what happened while they were on their way. */
export function withMessages(
  chat: OpenChat,
  messages: readonly MessageView[],
  more: boolean,
): OpenChat {
  const read: OpenChat = { ...chat, messages, more, reading: READ };
  return chat.messages.reduce(withMessageInChat, read);
}

/** A phone that was just taken in hand; its chats are being read. */
export function takenInHand(number: string, reading: Reading): Phone {
  return { number, chats: [], reading, chat: null, typing: [] };
}

/** A chat that was just opened; its messages are being read. */
export function opened(id: string, reading: Reading): OpenChat {
  return { id, messages: [], reading, more: false };
}
