import type { EventEmitter } from 'node:events';
import type { BinaryNode } from 'baileys';
import type { Logger } from '../../../kernel/logger.ts';
import type { Named, Notice, WireChat } from '../../notice.ts';
import { type Device, ownAddresses } from '../device.ts';
import { onEmitted } from '../emitted.ts';
import { offer, stepInFront } from '../gate.ts';
import type { LibrarySocket } from '../wiring.ts';
import { readCall } from './call.ts';
import { toldOfChat } from './chats.ts';
import { readGroupNotice } from './group.ts';
import { readContactNotice, readPresence } from './person.ts';
import { namedBy } from './stanza.ts';
import { namesNotice } from './told-by-library.ts';
import { readPlaceholder } from './unreadable.ts';

export interface NoticeListener {
  readonly now: () => number;
  readonly onNotice: (notice: Notice) => Promise<void>;
  readonly logger: Logger;
}

/** Chats whose last presence is remembered; the oldest gives way. */
const PRESENCES = 1_000;

/**
 * Hands over all that WhatsApp tells besides messages and receipts: see `Notice` for what is guaranteed.
 * The library confirms calls and notifications only once they are recorded.
 */
export function listenForNotices(
  socket: LibrarySocket,
  { auth: { creds }, lidMapping, groups }: Pick<Device, 'auth' | 'lidMapping' | 'groups'>,
  { now, onNotice, logger }: NoticeListener,
): void {
  const client = socket.ws as unknown as EventEmitter;
  const record = (notice: Notice | null) => notice && offer(() => onNotice(notice), logger);
  const tell = (notice: Notice) => {
    onNotice(notice).catch((error: unknown) => {
      logger.warn({ err: error, notice: notice.type }, 'a notice was not recorded');
    });
  };
  stepInFront(client, 'CB:message', (stanza) =>
    record(readPlaceholder(stanza, ownAddresses(creds), now())),
  );
  stepInFront(client, 'CB:call', (stanza) => record(readCall(stanza, now())));
  stepInFront(client, 'CB:notification', (stanza) =>
    record(readGroupNotice(stanza, now()) ?? readContactNotice(stanza, now())),
  );
  const presence = createPresenceFilter(tell);
  client.on('CB:presence', presence);
  client.on('CB:chatstate', presence);
  lidMapping.onLearnt = (pairs) => {
    tell({ type: 'identity', people: pairs.map(({ pn, lid }) => ({ address: lid, alt: pn })) });
  };
  const tellChats = (chats: readonly (WireChat | null)[], gone: readonly (Named | null)[] = []) => {
    const told = chats.filter((chat) => chat !== null);
    const away = gone.filter((chat) => chat !== null);
    if (told.length + away.length > 0) {
      tell({ type: 'chats', chats: told, gone: away, isPast: false });
    }
  };
  groups.onLearnt = ({ chatId, subject }) => {
    tellChats([{ chat: { address: chatId, alt: null }, subject }]);
  };
  const tellNames = (notice: Notice | null) => notice && tell(notice);
  onEmitted(socket.ev, {
    'chats.update': (chats) => tellChats(chats.map(toldOfChat)),
    'chats.delete': (ids) =>
      tellChats(
        [],
        ids.map((id) => namedBy(id)),
      ),
    'contacts.upsert': (contacts) => tellNames(namesNotice(contacts, 'address_book', creds)),
    'contacts.update': (contacts) => tellNames(namesNotice(contacts, 'elsewhere', creds)),
  });
}

/** WhatsApp repeats what somebody does every few seconds; only what is news is told. */
function createPresenceFilter(tell: (notice: Notice) => void) {
  const last = new Map<string, string>();
  return (stanza: BinaryNode) => {
    const notice = readPresence(stanza);
    if (!notice) return;
    const who = `${notice.chat}/${notice.participant ?? ''}`;
    if (last.get(who) === notice.presence) return;
    last.delete(who);
    last.set(who, notice.presence);
    const [oldest] = last.keys();
    if (last.size > PRESENCES && oldest !== undefined) last.delete(oldest);
    tell(notice);
  };
}
