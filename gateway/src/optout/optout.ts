import { isSharedChat, lidAddress, lidOf, phoneAddress, phoneOf } from '../contacts/address.ts';
import type { IdentityStore } from '../contacts/store.ts';
import type { EventBatch, EventRecord } from '../events/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { OptOut, OptOutStore, OptOutWords } from './store.ts';

/** Until a workspace sets its own. Whole messages only, so that "please stop by" stops nothing. */
export const DEFAULT_WORDS: OptOutWords = {
  stop: ['stop', 'unsubscribe', 'opt out'],
  start: ['start', 'subscribe', 'opt in'],
};

/** Who does not want messages, per workspace. */
export interface OptOuts {
  /** Whether the person is on the list, under either of the names WhatsApp knows. */
  includes(workspaceId: string, session: SessionKey, chatId: string): Promise<boolean>;
  add(workspaceId: string, chatId: string, note: string | null): Promise<OptOut>;
  remove(workspaceId: string, chatId: string): Promise<boolean>;
  page(workspaceId: string, limit: number, after: string | null): Promise<OptOut[]>;
  words(workspaceId: string): Promise<OptOutWords>;
  setWords(workspaceId: string, words: OptOutWords): Promise<void>;
  /** Reads stop and start words out of what people write, from now on. Failures are logged. */
  listen(events: { onCommitted(listener: (batch: EventBatch) => void): () => void }): () => void;
}

export interface OptOutDeps {
  readonly store: OptOutStore;
  readonly identities: Pick<IdentityStore, 'lidFor' | 'phoneFor'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Longer messages are no stop words; they are not even looked at. */
const MAX_WORD = 64;

export function createOptOuts({ store, identities, clock, logger }: OptOutDeps): OptOuts {
  /** Read for each message that is short enough; one small entry per workspace. */
  const known = new Map<string, OptOutWords>();

  async function words(workspaceId: string): Promise<OptOutWords> {
    const cached = known.get(workspaceId);
    if (cached) return cached;
    const read = (await store.words(workspaceId)) ?? DEFAULT_WORDS;
    known.set(workspaceId, read);
    return read;
  }

  async function namesOf(session: SessionKey, chatId: string): Promise<string[]> {
    const phone = phoneOf(chatId);
    const lid = lidOf(chatId);
    if (phone !== null) {
      const other = await identities.lidFor(session, phone);
      return other === null ? [chatId] : [chatId, lidAddress(other)];
    }
    if (lid === null) return [chatId];
    const other = await identities.phoneFor(session, lid);
    return other === null ? [chatId] : [chatId, phoneAddress(other)];
  }

  async function hear({ workspaceId, data }: EventRecord): Promise<void> {
    const { chatId, text } = data;
    if (typeof chatId !== 'string' || typeof text !== 'string' || isSharedChat(chatId)) return;
    const word = plain(text);
    if (word === '' || text.length > MAX_WORD) return;
    const { stop, start } = await words(workspaceId);
    const meant = (list: readonly string[]) => list.some((one) => plain(one) === word);
    if (meant(stop)) {
      const note = text.trim();
      await store.add(workspaceId, { chatId, source: 'stop_word', note, atMs: clock.now() });
    } else if (meant(start)) {
      await store.remove(workspaceId, chatId);
    }
  }

  return {
    words,
    async includes(workspaceId, session, chatId) {
      if (isSharedChat(chatId)) return false;
      return (await store.listed(workspaceId, await namesOf(session, chatId))).length > 0;
    },
    async add(workspaceId, chatId, note) {
      const optOut: OptOut = { chatId, source: 'api', note, atMs: clock.now() };
      await store.add(workspaceId, optOut);
      return optOut;
    },
    remove: (workspaceId, chatId) => store.remove(workspaceId, chatId),
    page: (workspaceId, limit, after) => store.page(workspaceId, limit, after),
    async setWords(workspaceId, next) {
      await store.setWords(workspaceId, next);
      known.set(workspaceId, next);
    },
    listen: (events) =>
      events.onCommitted((batch) => {
        for (const event of batch.events) {
          if (event.event !== 'message.received') continue;
          hear(event).catch((error: unknown) => {
            logger.error({ err: error }, 'a stop word may have been missed');
          });
        }
      }),
  };
}

/** Letters and digits of a text, in lower case, single spaces between words. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
