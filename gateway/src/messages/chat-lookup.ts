import { phoneOf } from '../contacts/address.ts';
import { type Asking, explained, type Refusals } from '../contacts/asking.ts';
import type { Recipients } from '../contacts/recipients.ts';
import type { IdentityStore } from '../contacts/store.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { ChatStore } from './chat-store.ts';
import { canonicalChat } from './history.ts';
import type { HistoryStore } from './history-store.ts';

/**
 * The canonical address of a chat that something is done to. Of a chat of which nothing is kept WhatsApp
 * is asked: a chat with somebody may be muted before the first message. Throws `invalid_recipient`,
 * `chat_not_found` for numbers that are not on WhatsApp and groups that the number is not in, and what
 * `Asking` throws. LIDs, which only WhatsApp gives, are taken as they are.
 */
export type FindChat = (key: SessionKey, chat: string) => Promise<string>;

export interface ChatLookupDeps {
  readonly history: Pick<HistoryStore, 'messages'>;
  readonly chats: Pick<ChatStore, 'states'>;
  readonly identities: Pick<IdentityStore, 'phoneFor'>;
  readonly recipients: Pick<Recipients, 'resolve'>;
  readonly asking: Asking;
}

export function createChatLookup(deps: ChatLookupDeps): FindChat {
  const { history, chats, identities, recipients, asking } = deps;

  async function isKnown(key: SessionKey, chatId: string): Promise<boolean> {
    if ((await chats.states(key, [chatId])).has(chatId)) return true;
    return (await history.messages(key, chatId, { before: null, limit: 1 })).length > 0;
  }

  async function askForPerson(key: SessionKey, chat: string): Promise<string> {
    const found = await recipients.resolve(key, chat).catch((error: unknown) => {
      const isMissing = error instanceof Problem && error.code === 'recipient_not_found';
      throw isMissing ? new Problem(...notFound(NOT_ON_WHATSAPP)) : explained(error);
    });
    return found.chatId;
  }

  return async (key, chat) => {
    const chatId = await canonicalChat(key, chat, identities);
    if (await isKnown(key, chatId)) return chatId;
    if (phoneOf(chatId) !== null) return askForPerson(key, chat);
    if (chatId.endsWith('@g.us')) {
      await asking(key, GROUP_REFUSALS, ({ groups }) => groups.get(chatId));
    }
    return chatId;
  };
}

const NOT_ON_WHATSAPP =
  'Nobody on WhatsApp has this number. Check the country code and the digits.';

const NOT_IN_GROUP = 'This number is in no group with this id.';

const notFound = (why: string) =>
  ['chat_not_found', why, [{ field: '/chatId', message: why }]] as const;

const GROUP_REFUSALS: Refusals = { 403: notFound(NOT_IN_GROUP), 404: notFound(NOT_IN_GROUP) };
