import type { Asking } from '../contacts/asking.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { ChatChange, NewestMessage } from '../whatsapp/chat-change.ts';
import type { FindChat } from './chat-lookup.ts';
import type { ChatSettings, ChatStore } from './chat-store.ts';
import type { HistoryStore } from './history-store.ts';
import { createTargets, type TargetsDeps } from './targets.ts';

/** How a chat is to be listed; what is absent stays as it is. */
export interface WantedSettings {
  readonly archived?: boolean | undefined;
  readonly pinned?: boolean | undefined;
  /** Unix milliseconds; null: not muted. */
  readonly mutedUntilMs?: number | 'forever' | null | undefined;
  readonly unread?: boolean | undefined;
}

/**
 * Changes to a chat on the account's own devices, the history here stays. Each throws what `FindChat`
 * and `Asking` throw, `settings_not_shared`, and `invalid_recipient` for what is no chat with people.
 */
export interface ChatChanges {
  /** One change after the other; when one fails, those before it are made. */
  set(key: SessionKey, chat: string, settings: WantedSettings): Promise<void>;
  /** Takes the messages away, up to the newest that is kept here. */
  clear(key: SessionKey, chat: string): Promise<void>;
  /** Takes the chat away, until somebody writes in it again. One that is not found is gone already. */
  remove(key: SessionKey, chat: string): Promise<void>;
}

export interface ChatChangesDeps extends TargetsDeps {
  readonly history: Pick<HistoryStore, 'messages'>;
  readonly chats: Pick<ChatStore, 'note' | 'unlist'>;
  readonly asking: Asking;
  readonly findChat: FindChat;
}

/** Notes of calls and the like stand among the messages; this many entries are searched for a message. */
const SEARCHED = 20;

export function createChatChanges(deps: ChatChangesDeps): ChatChanges {
  const { history, chats, asking, findChat } = deps;
  const targets = createTargets(deps);

  async function newestIn(key: SessionKey, chatId: string): Promise<NewestMessage> {
    const entries = await history.messages(key, chatId, { before: null, limit: SEARCHED });
    const message = entries.find(({ encoded }) => encoded !== null);
    if (message === undefined) return null;
    return { target: await targets.target(key, message), sentAtMs: message.timestampMs };
  }

  async function make(
    key: SessionKey,
    chat: string,
    changesFor: (newest: NewestMessage) => readonly ChatChange[],
  ): Promise<string> {
    const chatId = await findChat(key, chat);
    mustBeListed(chatId);
    for (const change of changesFor(await newestIn(key, chatId))) {
      await asking(key, {}, (connection) => connection.change(chatId, change));
      const made = settingIn(change);
      if (made !== null) await chats.note(key, [{ chatId, ...made }]);
    }
    return chatId;
  }

  return {
    async set(key, chat, settings) {
      await make(key, chat, (newest) => changesOf(settings, newest));
    },
    async clear(key, chat) {
      await make(key, chat, (newest) => [{ type: 'clear_chat', newest }]);
    },
    async remove(key, chat) {
      const chatId = await make(key, chat, (newest) => [{ type: 'delete_chat', newest }]).catch(
        (error: unknown) => {
          if (error instanceof Problem && error.code === 'chat_not_found') return null;
          throw error;
        },
      );
      if (chatId !== null) await chats.unlist(key, [chatId]);
    },
  };
}

function changesOf(settings: WantedSettings, newest: NewestMessage): ChatChange[] {
  const { archived, pinned, mutedUntilMs, unread } = settings;
  return [
    ...(archived === undefined ? [] : [{ type: 'archive' as const, archived, newest }]),
    ...(pinned === undefined ? [] : [{ type: 'pin_chat' as const, pinned }]),
    ...(mutedUntilMs === undefined ? [] : [{ type: 'mute' as const, untilMs: mutedUntilMs }]),
    ...(unread === undefined ? [] : [{ type: 'mark_unread' as const, unread, newest }]),
  ];
}

/** What is to be read back of a change that was made. */
function settingIn(change: ChatChange): Partial<ChatSettings> | null {
  switch (change.type) {
    case 'archive':
      return { archived: change.archived };
    case 'pin_chat':
      return { pinned: change.pinned };
    case 'mute':
      return { mutedUntilMs: change.untilMs };
    case 'mark_unread':
      return { unread: change.unread };
    case 'clear_chat':
    case 'delete_chat':
      return null;
  }
}

/** Channels and the status are listed apart, by other means. */
function mustBeListed(chatId: string): void {
  if (!chatId.endsWith('@newsletter') && chatId !== 'status@broadcast') return;
  const reason = 'Only chats with people and groups can be listed otherwise.';
  throw new Problem('invalid_recipient', reason, [{ field: '/chatId', message: reason }]);
}
