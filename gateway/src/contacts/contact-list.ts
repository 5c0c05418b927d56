import { z } from 'zod';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { lidAddress, lidOf, phoneOf } from './address.ts';
import type { ContactRecord, ContactStore } from './contact-store.ts';
import { displayName, NAMELESS, type Names } from './names.ts';
import { type Person, personFields } from './person.ts';
import type { IdentityStore } from './store.ts';

/** Somebody with what they are called. */
export interface Contact extends Person, NamesView {}

export interface NamesView {
  /** The best of the three; null when there is none. */
  readonly name: string | null;
  readonly savedName: string | null;
  readonly pushName: string | null;
  readonly businessName: string | null;
}

/** Names in answers. */
export const nameFields = {
  name: z
    .string()
    .nullable()
    .describe('What to call them: the first of the three names below that is known'),
  savedName: z.string().nullable().describe("In the address book of the number's phone"),
  businessName: z.string().nullable().describe('Of a business, verified by WhatsApp'),
  pushName: z.string().nullable().describe('What they call themselves'),
};

export const contactSchema = z.object({ ...personFields, ...nameFields }).meta({
  id: 'Contact',
  examples: [
    {
      chatId: '5511888888888@s.whatsapp.net',
      phone: '5511888888888',
      lid: '84912345678901@lid',
      name: 'John (baker)',
      savedName: 'John (baker)',
      businessName: null,
      pushName: 'John',
    },
  ],
});

export interface ContactQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after: string | null;
  /** Part of a name or number. */
  readonly search: string | null;
}

/** The session whose contacts are meant, with its own number as far as known. */
export type ContactOwner = Pick<SessionRecord, 'key' | 'phone' | 'lid'>;

/** Everybody whose name a session knows. */
export interface ContactList {
  /**
   * By address, without the session's own number. A page of a search may be short, even empty, and not
   * the last.
   */
  page(
    owner: ContactOwner,
    query: ContactQuery,
  ): Promise<{ readonly items: readonly Contact[]; readonly next: string | null }>;
  namesOf(key: SessionKey, chatId: string): Promise<NamesView>;
}

/** Names are sealed on disk, so a search reads them one by one: at most this many per request. */
const MAX_SEARCHED = 2_000;
const READ_AT_ONCE = 500;

export function createContactList(deps: {
  readonly store: Pick<ContactStore, 'contacts' | 'names'>;
  readonly identities: Pick<IdentityStore, 'lidFor'>;
}): ContactList {
  const { store, identities } = deps;

  async function view(key: SessionKey, { chatId, names }: ContactRecord): Promise<Contact> {
    const phone = phoneOf(chatId);
    if (phone === null) return { chatId, phone, lid: chatId, ...viewNames(names) };
    const lid = await identities.lidFor(key, phone);
    return { chatId, phone, lid: lid && lidAddress(lid), ...viewNames(names) };
  }

  /** The contacts that fit, and the last address that was looked at; null: there are no more. */
  async function find(owner: ContactOwner, { limit, search, ...page }: ContactQuery) {
    const { key } = owner;
    const isMeant = search === null ? () => true : matcher(search);
    const found: ContactRecord[] = [];
    let { after } = page;
    for (let searched = 0; searched < MAX_SEARCHED; ) {
      const step = search === null ? limit : READ_AT_ONCE;
      const contacts = await store.contacts(key, { after, limit: step });
      for (const contact of contacts) {
        after = contact.chatId;
        if (isMeant(contact) && !isOwn(owner, contact)) found.push(contact);
        if (found.length === limit) return { found, after };
      }
      searched += step;
      if (contacts.length < step) return { found, after: null };
    }
    return { found, after };
  }

  return {
    async page(owner, query) {
      const { found, after } = await find(owner, query);
      return { items: await Promise.all(found.map((one) => view(owner.key, one))), next: after };
    },
    namesOf: async (key, chatId) =>
      viewNames((await store.names(key, [chatId])).get(chatId) ?? NAMELESS),
  };
}

/** The phone's address book and its history name the own number too. Pure. */
function isOwn({ phone, lid }: ContactOwner, { chatId }: ContactRecord): boolean {
  return (phone !== null && phoneOf(chatId) === phone) || (lid !== null && lidOf(chatId) === lid);
}

/** Whether somebody is meant by a part of a name, accents and case aside, or of a number. Pure. */
export function matcher(search: string): (contact: ContactRecord) => boolean {
  const wanted = fold(search);
  const digits = /^[\d\s()+.-]+$/.test(search) ? search.replace(/\D/g, '') : '';
  return ({ chatId, names }) =>
    Object.values(names).some(
      (name: string | null) => name !== null && fold(name).includes(wanted),
    ) ||
    (digits !== '' && (phoneOf(chatId)?.includes(digits) ?? false));
}

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

const viewNames = (names: Names): NamesView => ({
  name: displayName(names),
  savedName: names.saved,
  businessName: names.business,
  pushName: names.push,
});
