import { isSharedChat } from '../contacts/address.ts';
import { pairsAmong, personOf } from '../contacts/person.ts';
import type { IdentityStore } from '../contacts/store.ts';
import { nextTurn } from '../kernel/next-turn.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { ChatsNotice, Named } from '../whatsapp/notice.ts';
import type { ChatStore, ChatTold } from './chat-store.ts';

/** Keeps how the phone lists its chats. */
export interface ChatNotes {
  /** Resolves when all of it is kept. */
  told(key: SessionKey, notice: Omit<ChatsNotice, 'type'>): Promise<void>;
}

/** Chats kept per transaction: a phone hands over thousands, and messages come meanwhile. */
const AT_ONCE = 200;

export function createChatNotes(deps: {
  readonly store: Pick<ChatStore, 'note' | 'unlist'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor' | 'learn'>;
}): ChatNotes {
  const { store, identities } = deps;

  async function canonical(key: SessionKey, chat: Named): Promise<string> {
    if (isSharedChat(chat.address)) return chat.address;
    return (await personOf(identities, key, chat)).chatId;
  }

  return {
    async told(key, { chats, gone, isPast }) {
      for (let at = 0; at < chats.length; at += AT_ONCE) {
        const some = chats.slice(at, at + AT_ONCE);
        const pairs = pairsAmong(some.map(({ chat }) => chat));
        if (pairs.length > 0) await identities.learn(key, pairs);
        const told: ChatTold[] = [];
        for (const { chat, ...rest } of some) {
          told.push({ chatId: await canonical(key, chat), ...rest, isPast });
        }
        await store.note(key, told);
        await nextTurn();
      }
      if (gone.length === 0) return;
      await store.unlist(key, await Promise.all(gone.map((chat) => canonical(key, chat))));
    },
  };
}
