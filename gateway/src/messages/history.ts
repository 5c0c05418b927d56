import { phoneAddress } from '../contacts/address.ts';
import type { ContactStore } from '../contacts/contact-store.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import { type ChatQuery, type ChatView, createChatLists } from './chat-list.ts';
import type { ChatStore } from './chat-store.ts';
import { nextOf, type Page, type PageQuery, type RawPage, rawPage } from './history-page.ts';
import {
  type HistoryEntry,
  type HistoryStore,
  MAX_ABOUT,
  type PersonReceipt,
} from './history-store.ts';
import {
  type EditView,
  editsOf,
  type MessageView,
  type ResponseView,
  responsesOf,
  type VoteCount,
  viewMessage,
  votesOf,
} from './message-view.ts';

/** A message with everything that happened to it. */
export interface MessageLife extends MessageView {
  /** What it said before each edit, oldest first. */
  readonly edits: readonly EditView[];
  readonly receipts: readonly {
    readonly person: string;
    readonly deliveredAt: string | null;
    readonly readAt: string | null;
    readonly playedAt: string | null;
  }[];
  /** Votes per option, for polls; null for everything else. */
  readonly votes: readonly VoteCount[] | null;
  /** Answers, for events; null for everything else. */
  readonly responses: readonly ResponseView[] | null;
}

export interface History {
  /** Those with kept messages first, then those that only the phone lists; each newest first. */
  chats(key: SessionKey, query: ChatQuery): Promise<Page<ChatView>>;
  /** Messages of a chat, newest first; `search` keeps those whose text contains it, in any case. */
  messages(
    key: SessionKey,
    chat: string,
    query: PageQuery & { readonly search: string | null },
  ): Promise<Page<MessageView> & { readonly name: string | null }>;
  /** Throws `message_not_found`. */
  message(key: SessionKey, messageId: string): Promise<MessageLife>;
}

export interface HistoryDeps {
  readonly store: HistoryStore;
  readonly clock: Clock;
  readonly chats: Pick<ChatStore, 'states' | 'listed'>;
  readonly contacts: Pick<ContactStore, 'names'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>;
}

/** Texts are sealed on disk, so a search reads them one by one: at most this many per request. */
const MAX_SEARCHED = 2_000;

/** Reads what is kept of messages. */
export function createHistory(deps: HistoryDeps): History {
  const { store, identities } = deps;
  const lists = createChatLists(deps);
  const view = async (key: SessionKey, entry: HistoryEntry) =>
    viewMessage(entry, await store.about(key, entry.messageId, MAX_ABOUT));
  const viewAll = (key: SessionKey, entries: readonly HistoryEntry[]) =>
    Promise.all(entries.map((entry) => view(key, entry)));

  async function search(key: SessionKey, chatId: string, wanted: string, page: RawPage) {
    const found: MessageView[] = [];
    let before = page.before;
    for (let searched = 0; searched < MAX_SEARCHED && found.length < page.limit; ) {
      const limit = Math.min(200, MAX_SEARCHED - searched);
      const entries = await store.messages(key, chatId, { before, limit });
      for (const entry of entries) {
        searched++;
        before = entry.seq;
        const shown = await view(key, entry);
        if (shown.text.toLowerCase().includes(wanted)) found.push(shown);
        if (found.length === page.limit) break;
      }
      if (entries.length < limit && found.length < page.limit) return { items: found, next: null };
    }
    return { items: found, next: before === null ? null : String(before) };
  }

  return {
    async chats(key, query) {
      const { found, next } = await lists.page(key, query);
      const shown = await Promise.all(
        found.map(async ({ chatId, last }) => ({
          chatId,
          lastMessage: last && (await view(key, last)),
        })),
      );
      return { items: await lists.view(key, shown), next };
    },
    async messages(key, chat, { search: wanted, ...query }) {
      const chatId = await canonicalChat(key, chat, identities);
      const page = rawPage(query);
      const name = await lists.nameOf(key, chatId);
      if (wanted !== null) {
        return { ...(await search(key, chatId, wanted.toLowerCase(), page)), name };
      }
      const entries = await store.messages(key, chatId, page);
      return { items: await viewAll(key, entries), next: nextOf(entries, page.limit), name };
    },
    async message(key, messageId) {
      const entry = await store.message(key, messageId);
      if (entry === null) {
        throw new Problem(
          'message_not_found',
          `There is no message "${messageId}", or it is no longer kept.`,
        );
      }
      const [about, receipts] = await Promise.all([
        store.about(key, messageId, MAX_ABOUT),
        store.receipts(key, messageId),
      ]);
      return {
        ...viewMessage(entry, about),
        edits: editsOf(entry, about),
        receipts: receipts.map(viewReceipt),
        votes: entry.type === 'poll' ? votesOf(entry, about) : null,
        responses: entry.type === 'event' ? responsesOf(about) : null,
      };
    },
  };
}

/** Chats are named as recipients are, but nobody is asked whether they exist. */
export async function canonicalChat(
  key: SessionKey,
  chat: string,
  identities: Pick<IdentityStore, 'phoneFor'>,
): Promise<string> {
  const recipient = parseRecipient(chat);
  switch (recipient.kind) {
    case 'invalid':
      throw new Problem('invalid_recipient', recipient.reason, [
        { field: '/chatId', message: recipient.reason },
      ]);
    case 'phone':
      return phoneAddress(recipient.phone);
    case 'lid': {
      const phone = await identities.phoneFor(key, recipient.lid);
      return phone === null ? recipient.chatId : phoneAddress(phone);
    }
    case 'group':
    case 'newsletter':
    case 'status':
      return recipient.chatId;
  }
}

const viewReceipt = (receipt: PersonReceipt) => ({
  person: receipt.person,
  deliveredAt: receipt.deliveredAtMs === null ? null : instant(receipt.deliveredAtMs),
  readAt: receipt.readAtMs === null ? null : instant(receipt.readAtMs),
  playedAt: receipt.playedAtMs === null ? null : instant(receipt.playedAtMs),
});

const instant = (ms: number): string => new Date(ms).toISOString();
