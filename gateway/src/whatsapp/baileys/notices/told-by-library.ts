import type { AuthenticationCreds, BaileysEventMap } from 'baileys';
import type { ContactNotice, HistoryNotice } from '../../notice.ts';
import { isPersonal, namedBy } from './stanza.ts';

/** How far the history has come with one more chunk. */
export function historyNotice({
  progress,
  chats,
  messages,
}: BaileysEventMap['messaging-history.set']): HistoryNotice {
  const percent = typeof progress === 'number' ? Math.min(100, Math.max(0, progress)) : null;
  return { type: 'history', percent, chats: chats.length, messages: messages.length };
}

/**
 * Names that somebody gave to people on the phone. The first synchronisation of a new device brings the
 * whole address book, which is no news.
 */
export function addressBookNotices(
  contacts: BaileysEventMap['contacts.upsert'],
  creds: Pick<AuthenticationCreds, 'accountSyncCounter'>,
  nowMs: number,
): ContactNotice[] {
  if (creds.accountSyncCounter === 0) return [];
  return contacts.flatMap(({ id, phoneNumber, lid, name }) => {
    const person = namedBy(id, phoneNumber, lid);
    if (!person || !isPersonal(person.address)) return [];
    const told = { noticeId: `name:${id}`, timestampMs: nowMs, delayed: false };
    return [{ type: 'contact', ...told, person, changed: 'name', value: name ?? null }];
  });
}
