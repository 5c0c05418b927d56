import type { AuthenticationCreds, Contact } from 'baileys';
import type { HistoryNotice, NamesNotice } from '../../notice.ts';
import { isPersonal, namedBy } from './stanza.ts';

/** How far the history has come with one more chunk. */
export function historyNotice(
  progress: number | null | undefined,
  chats: number,
  messages: number,
): HistoryNotice {
  const percent = typeof progress === 'number' ? Math.min(100, Math.max(0, progress)) : null;
  return { type: 'history', percent, chats, messages };
}

/**
 * Names in the library's words. `contacts.upsert` tells those of the address book, where a missing name
 * was taken away; elsewhere `name` is missing because nobody told it. The first synchronisation of a new
 * device brings the whole address book, which is no news. Null when nobody is named.
 */
export function namesNotice(
  contacts: readonly Partial<Contact>[],
  source: 'address_book' | 'elsewhere' | 'history',
  { accountSyncCounter }: Pick<AuthenticationCreds, 'accountSyncCounter'>,
): NamesNotice | null {
  const people = contacts.flatMap(({ id, phoneNumber, lid, name, notify, verifiedName }) => {
    const person = namedBy(id, phoneNumber, lid);
    if (!person || !isPersonal(person.address)) return [];
    const saved = source === 'address_book' ? (name ?? null) : name;
    const names = {
      ...(saved === undefined ? {} : { saved }),
      ...(notify === undefined ? {} : { push: notify }),
      ...(verifiedName === undefined ? {} : { business: verifiedName }),
    };
    return Object.keys(names).length === 0 ? [] : [{ person, ...names }];
  });
  if (people.length === 0) return null;
  const isPast = source === 'history';
  return { type: 'names', people, isNews: !isPast && accountSyncCounter > 0, isPast };
}
