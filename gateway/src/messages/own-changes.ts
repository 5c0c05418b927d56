import type { Asking } from '../contacts/asking.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { ChatPresence, OwnChange } from '../whatsapp/port.ts';
import type { FindChat } from './chat-lookup.ts';
import type { ChatStore } from './chat-store.ts';
import type { HistoryStore } from './history-store.ts';
import { createTargets, type TargetsDeps } from './targets.ts';

/**
 * What is done to kept messages and chats without sending a message. It happens at once: each throws
 * `whatsapp_unreachable` while the session is away, and `message_not_found` for what is not kept.
 */
export interface OwnChanges {
  /** Marks a message of somebody as read. Throws `message_own` for one of ours. */
  read(key: SessionKey, messageId: string): Promise<void>;
  /**
   * Marks what others wrote in a chat as read, the newest 100 of it, without what was marked before by
   * this call, also by an earlier process; answers how many that were. Throws what `FindChat` throws.
   */
  readChat(key: SessionKey, chat: string): Promise<number>;
  /** Throws `settings_not_shared`, or `refused_by_whatsapp` or
   * `whatsapp_timeout` when WhatsApp did not take it. */
  star(key: SessionKey, messageId: string, starred: boolean): Promise<void>;
  /** Deletes on our own devices; it stays in the history here. Throws `settings_not_shared`. */
  deleteForMe(key: SessionKey, messageId: string): Promise<void>;
  /** Throws what `FindChat` throws. */
  presence(key: SessionKey, chat: string, state: ChatPresence): Promise<void>;
}

export interface OwnChangesDeps extends TargetsDeps {
  readonly history: Pick<HistoryStore, 'messages'>;
  readonly chats: Pick<ChatStore, 'note' | 'states'>;
  readonly asking: Asking;
  readonly findChat: FindChat;
}

const MAX_READ = 100;

const FIELD = '/messageId';

export function createOwnChanges(deps: OwnChangesDeps): OwnChanges {
  const { history, chats, asking, findChat } = deps;
  const targets = createTargets(deps);

  const find = (key: SessionKey, messageId: string) => targets.find(key, null, messageId, FIELD);

  const change = (key: SessionKey, chatId: string, made: OwnChange) =>
    asking(key, {}, (connection) => connection.change(chatId, made));

  return {
    async read(key, messageId) {
      const message = await find(key, messageId);
      if (message.fromMe) throw ownMessage(messageId);
      const messages = [await targets.target(key, message)];
      await change(key, message.chatId, { type: 'read', messages });
    },
    async readChat(key, chat) {
      const chatId = await findChat(key, chat);
      const entries = await history.messages(key, chatId, { before: null, limit: MAX_READ });
      const known =
        (await chats.states(key, [chatId])).get(chatId)?.readUpTo ?? Number.NEGATIVE_INFINITY;
      const unread = entries.filter(({ fromMe, seq }) => !fromMe && seq > known);
      if (unread.length === 0) return 0;
      const messages = await Promise.all(unread.map((entry) => targets.target(key, entry)));
      await change(key, chatId, { type: 'read', messages });
      const readUpTo = Math.max(...unread.map(({ seq }) => seq));
      await chats.note(key, [{ chatId, unread: false, readUpTo }]);
      return unread.length;
    },
    async star(key, messageId, starred) {
      const message = await find(key, messageId);
      const target = await targets.target(key, message);
      await change(key, message.chatId, { type: 'star', target, starred });
    },
    async deleteForMe(key, messageId) {
      const message = await find(key, messageId);
      const target = await targets.target(key, message);
      const sentAtMs = message.timestampMs;
      await change(key, message.chatId, { type: 'delete_for_me', target, sentAtMs });
    },
    async presence(key, chat, state) {
      const chatId = await findChat(key, chat);
      await asking(key, {}, (connection) => connection.presence(chatId, state));
    },
  };
}

function ownMessage(messageId: string): Problem {
  const message = `The message "${messageId}" is of this number: there is nothing to read.`;
  return new Problem('message_own', message, [{ field: FIELD, message }]);
}
