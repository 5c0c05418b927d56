import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import { nextTurn } from '../kernel/next-turn.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { NamesNotice } from '../whatsapp/notice.ts';
import { lidAddress, lidOf, phoneOf } from './address.ts';
import type { ContactChange, ContactHeard, ContactStore } from './contact-store.ts';
import { displayName, isRenamed } from './names.ts';
import { pairsAmong, personOf } from './person.ts';
import type { IdentityStore } from './store.ts';

/** Keeps what people are called. */
export interface Contacts {
  /**
   * The phone or WhatsApp told names. What is news becomes `contact.updated`; what a phone hands over
   * when it is linked is none. Resolves when all of it is kept.
   */
  told(session: SessionRecord, notice: Omit<NamesNotice, 'type'>): Promise<void>;
  /** Messages came with the names that their authors go by. Nothing is written unless it is news. */
  heard(session: SessionRecord, authors: readonly Author[]): Promise<void>;
}

/** Who wrote a message, and under which name. */
export interface Author {
  /** Canonical address. */
  readonly chatId: string;
  readonly pushName: string;
}

export interface ContactsDeps {
  readonly store: ContactStore;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor' | 'learn'>;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
}

/** People kept per transaction: a phone hands over its whole address book, and messages come meanwhile. */
const AT_ONCE = 200;

/** Authors whose name is known to be kept; beyond it, the name that was learnt first is read again. */
const REMEMBERED = 10_000;

export function createContacts({ store, identities, events }: ContactsDeps): Contacts {
  const remembered = new Map<string, string>();

  function remember(key: SessionKey, chatId: string, pushName: string): void {
    const name = `${key} ${chatId}`;
    remembered.delete(name);
    remembered.set(name, pushName);
    const oldest = remembered.keys().next();
    if (remembered.size > REMEMBERED && !oldest.done) remembered.delete(oldest.value);
  }

  async function keep(session: SessionRecord, heard: readonly ContactHeard[], isNews: boolean) {
    const lids = isNews ? await lidsOf(session.key, heard) : new Map<string, string>();
    let planned: EventBatch | null = null;
    const report = (changed: readonly ContactChange[]) => {
      const renamed = changed.filter(({ before, names }) => isRenamed(before, names));
      planned = events.plan(renamed.map((change) => renamedDraft(session, change, lids)));
      return planned;
    };
    await store.hear(session.key, heard, isNews ? report : undefined);
    if (planned !== null) events.committed(planned);
  }

  async function lidsOf(key: SessionKey, heard: readonly ContactHeard[]) {
    const lids = new Map<string, string>();
    for (const { chatId } of heard) {
      const phone = phoneOf(chatId);
      const lid = phone === null ? null : await identities.lidFor(key, phone);
      if (lid !== null) lids.set(chatId, lidAddress(lid));
    }
    return lids;
  }

  return {
    async told(session, { people, isNews, isPast }) {
      for (let at = 0; at < people.length; at += AT_ONCE) {
        const some = people.slice(at, at + AT_ONCE);
        const pairs = pairsAmong(some.map(({ person }) => person));
        if (pairs.length > 0) await identities.learn(session.key, pairs);
        const heard: ContactHeard[] = [];
        for (const { person, ...names } of some) {
          const { chatId } = await personOf(identities, session.key, person);
          remembered.delete(`${session.key} ${chatId}`);
          heard.push({ chatId, names, isPast });
        }
        await keep(session, heard, isNews);
        await nextTurn();
      }
    },
    async heard(session, authors) {
      const { key } = session;
      const news = authors.filter(
        ({ chatId, pushName }) => remembered.get(`${key} ${chatId}`) !== pushName,
      );
      if (news.length === 0) return;
      const known = await store.names(
        key,
        news.map(({ chatId }) => chatId),
      );
      const heard = news
        .filter(({ chatId, pushName }) => known.get(chatId)?.push !== pushName)
        .map(({ chatId, pushName }) => ({ chatId, names: { push: pushName } }));
      if (heard.length > 0) await keep(session, heard, true);
      for (const { chatId, pushName } of news) remember(key, chatId, pushName);
    },
  };
}

function renamedDraft(
  { workspaceId, id: sessionId }: SessionRecord,
  { chatId, names }: ContactChange,
  lids: ReadonlyMap<string, string>,
): EventDraft {
  const isLid = lidOf(chatId) !== null;
  return {
    event: 'contact.updated',
    workspaceId,
    sessionId,
    orderKey: chatId,
    data: {
      chatId,
      phone: phoneOf(chatId),
      lid: isLid ? chatId : (lids.get(chatId) ?? null),
      changed: ['name'],
      name: displayName(names),
      savedName: names.saved,
      pushName: names.push,
      businessName: names.business,
    },
  };
}
