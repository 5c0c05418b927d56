import { lidOf, phoneOf } from '../../contacts/address.ts';
import type { Contacts } from '../../contacts/contacts.ts';
import type { IdentityPair, IdentityStore } from '../../contacts/store.ts';
import type { EventDraft } from '../../events/plan.ts';
import type { EventBatch } from '../../events/store.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { Notice, WireChat } from '../../whatsapp/notice.ts';
import type { ChatNotes } from '../chat-notes.ts';
import type { Directory } from '../normalise/people.ts';
import type { MessageStore } from '../store.ts';
import { peopleIn, reportOfNotice } from './report.ts';

/** Records what WhatsApp tells besides messages. */
export interface Notices {
  /**
   * Writes the event, with the row of the history where there is one, in one transaction; a notice with
   * a row that is there already changes nothing. Resolves after the commit, rejects when storage does.
   */
  record(session: SessionRecord, notice: Notice): Promise<void>;
}

export interface NoticesDeps {
  readonly store: Pick<MessageStore, 'recordInbound' | 'find'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'learn'>;
  readonly contacts: Pick<Contacts, 'told'>;
  readonly chats: ChatNotes;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
}

export function createNotices({
  store,
  identities,
  contacts,
  chats,
  events,
}: NoticesDeps): Notices {
  /** Who is who among the people of a notice; what it says about that itself is kept. */
  async function directoryFor(session: SessionRecord, notice: Notice): Promise<Directory> {
    const known = new Map<string, string>();
    const news: IdentityPair[] = [];
    for (const { address, alt } of peopleIn(notice)) {
      const lid = lidOf(address) ?? lidOf(alt);
      if (lid === null) continue;
      const kept = await identities.phoneFor(session.key, lid);
      const told = phoneOf(address) ?? phoneOf(alt);
      if (told !== null && told !== kept) news.push({ lid, phone: told });
      const phone = told ?? kept;
      if (phone !== null) known.set(lid, phone);
    }
    if (news.length > 0) await identities.learn(session.key, news);
    return known;
  }

  return {
    async record(session, notice) {
      if (notice.type === 'names') return contacts.told(session, notice);
      if (notice.type === 'chats') return chats.told(session.key, notice);
      const directory = await directoryFor(session, notice);
      if (notice.type === 'identity') return;
      const isLaterStep = notice.type === 'call' && notice.state !== 'offer';
      const { orderKey, message, event, data } = reportOfNotice(notice, {
        own: { phone: session.phone, lid: session.lid },
        directory,
        offer: isLaterStep ? await store.find(session.key, notice.callId) : null,
      });
      const { workspaceId, id: sessionId } = session;
      const batch = events.plan([{ workspaceId, sessionId, orderKey, event, data }]);
      const entry = { journalIds: [], message, batch };
      const [outcome] = await store.recordInbound(session.key, [entry]);
      if (outcome === 'stored') events.committed(batch);
      const named = subjectIn(notice);
      if (named !== null)
        await chats.told(session.key, { chats: [named], gone: [], isPast: false });
    },
  };
}

/** What a group is called from now on; null when the notice does not say. */
function subjectIn(notice: Notice): WireChat | null {
  if (notice.type !== 'group') return null;
  const { group, change } = notice;
  const chat = { address: group, alt: null };
  if (change.kind === 'joined') return { chat, subject: change.subject };
  const isSubject = change.kind === 'property' && change.name === 'subject';
  return isSubject && typeof change.value === 'string' ? { chat, subject: change.value } : null;
}
