import { isSharedChat, lidAddress, phoneOf } from '../contacts/address.ts';
import type { ContactStore } from '../contacts/contact-store.ts';
import { displayName } from '../contacts/names.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { SessionKey } from '../sessions/store.ts';
import { type ChatState, type ChatStore, type ListedChat, PLAIN_CHAT } from './chat-store.ts';
import { type Page, type PageQuery, rawPage } from './history-page.ts';
import type { HistoryEntry, HistoryStore } from './history-store.ts';
import type { MessageView } from './message-view.ts';

/** A chat as lists show it. */
export interface ChatView {
  readonly chatId: string;
  /** Of the person or group, null while none is known. */
  readonly name: string | null;
  readonly isGroup: boolean;
  /** The person of a direct chat, as far as known. */
  readonly phone: string | null;
  readonly lid: string | null;
  readonly archived: boolean;
  readonly pinned: boolean;
  /** Null once it is over. */
  readonly mutedUntil: string | null;
  readonly unread: boolean;
  /** Null when none is kept. */
  readonly lastMessage: MessageView | null;
}

export interface ChatQuery extends PageQuery {
  /** Null: either. */
  readonly archived: boolean | null;
}

export interface ChatListDeps {
  readonly store: Pick<HistoryStore, 'chats'>;
  readonly chats: Pick<ChatStore, 'states' | 'listed'>;
  readonly contacts: Pick<ContactStore, 'names'>;
  readonly identities: Pick<IdentityStore, 'lidFor'>;
  readonly clock: Clock;
}

/** A chat with the newest message that is kept of it. */
interface FoundChat {
  readonly chatId: string;
  readonly last: HistoryEntry | null;
}

interface FoundPage extends Pick<Page<never>, 'next'> {
  readonly found: readonly FoundChat[];
}

type Shown = Pick<ChatView, 'chatId' | 'lastMessage'>;

/** Which chats there are, and what they are called. */
export function createChatLists(deps: ChatListDeps) {
  const { store, chats, contacts, identities, clock } = deps;

  async function silent(key: SessionKey, behind: ListedChat | null, query: ChatQuery) {
    const { limit, archived } = query;
    const listed = await chats.listed(key, { behind, limit, archived });
    const last = listed.at(-1);
    return {
      found: listed.map(({ chatId }): FoundChat => ({ chatId, last: null })),
      next: last && listed.length === limit ? silentCursor(last) : null,
    };
  }

  /** Chats with kept messages, then the others; the cursor tells which of them it is among. */
  async function page(key: SessionKey, query: ChatQuery): Promise<FoundPage> {
    const behind = readSilentCursor(query.before);
    if (behind !== null) return silent(key, behind, query);
    const raw = rawPage(query);
    const entries = await store.chats(key, { ...raw, archived: query.archived });
    const spoken = entries.map((last): FoundChat => ({ chatId: last.chatId, last }));
    const lastEntry = entries.at(-1);
    if (entries.length === raw.limit && lastEntry) {
      return { found: spoken, next: String(lastEntry.seq) };
    }
    const { found, next } = await silent(key, null, {
      ...query,
      limit: raw.limit - entries.length,
    });
    return { found: [...spoken, ...found], next };
  }

  async function view(key: SessionKey, shown: readonly Shown[]): Promise<ChatView[]> {
    const chatIds = shown.map(({ chatId }) => chatId);
    const [names, states] = await Promise.all([
      contacts.names(key, chatIds),
      chats.states(key, chatIds),
    ]);
    return Promise.all(
      shown.map(async ({ chatId, lastMessage }): Promise<ChatView> => {
        const { subject, mutedUntilMs, ...settings } = states.get(chatId) ?? PLAIN_CHAT;
        const { archived, pinned, unread } = settings;
        const called = names.get(chatId);
        return {
          chatId,
          name: subject ?? (called ? displayName(called) : null),
          isGroup: chatId.endsWith('@g.us'),
          ...(await personIn(key, chatId, lastMessage)),
          archived,
          pinned,
          mutedUntil: viewMute(mutedUntilMs, clock.now()),
          unread,
          lastMessage,
        };
      }),
    );
  }

  async function personIn(key: SessionKey, chatId: string, last: MessageView | null) {
    if (isSharedChat(chatId)) return { phone: null, lid: null };
    const phone = phoneOf(chatId);
    if (phone === null) return { phone: last?.phone ?? null, lid: chatId };
    // The message may be from before WhatsApp said who is who.
    const lid = last?.lid ?? (await knownLid(key, phone));
    return { phone, lid };
  }

  async function knownLid(key: SessionKey, phone: string): Promise<string | null> {
    const lid = await identities.lidFor(key, phone);
    return lid && lidAddress(lid);
  }

  return {
    page,
    view,
    async nameOf(key: SessionKey, chatId: string): Promise<string | null> {
      const [chat] = await view(key, [{ chatId, lastMessage: null }]);
      return chat?.name ?? null;
    },
  };
}

/** A mute that is over is none. Pure. */
function viewMute(until: ChatState['mutedUntilMs'], nowMs: number): string | null {
  if (until === null || until === 'forever') return until;
  return until > nowMs ? new Date(until).toISOString() : null;
}

const silentCursor = ({ listedAtMs, chatId }: ListedChat): string => `${listedAtMs}:${chatId}`;

function readSilentCursor(cursor: string | null): ListedChat | null {
  const match = /^(\d{1,15}):(.+)$/.exec(cursor ?? '');
  return match ? { listedAtMs: Number(match[1]), chatId: match[2] ?? '' } : null;
}
