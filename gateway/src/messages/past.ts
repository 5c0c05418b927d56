import type { IdentityStore } from '../contacts/store.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { PastMessage } from '../whatsapp/history.ts';
import { MAX_ENCODED_BYTES } from './inbound.ts';
import { reportOf } from './inbound-report.ts';
import { lidsIn, normalise } from './normalise/normalise.ts';
import type { Directory } from './normalise/people.ts';
import type { MessageRecord, MessageStore } from './store.ts';

/** Keeps messages from before the number was linked. They are read back like others; nobody is told. */
export interface Past {
  /**
   * Newest first. Resolves with how many were not there yet. What is about another message (edits,
   * votes, reactions) is passed over: phones hand it over with the message it is about, if at all.
   */
  record(session: SessionRecord, messages: readonly PastMessage[]): Promise<number>;
}

export function createPast(deps: {
  readonly store: Pick<MessageStore, 'recordPast'>;
  readonly identities: Pick<IdentityStore, 'phoneFor'>;
}): Past {
  const { store, identities } = deps;

  async function directoryOf(key: SessionKey, lids: readonly string[]): Promise<Directory> {
    const known = new Map<string, string>();
    for (const lid of lids) {
      const phone = await identities.phoneFor(key, lid);
      if (phone !== null) known.set(lid, phone);
    }
    return known;
  }

  return {
    async record(session, messages) {
      const own = { phone: session.phone, lid: session.lid };
      const records: MessageRecord[] = [];
      for (const { status, ...wire } of messages) {
        const directory = await directoryOf(session.key, lidsIn(wire, own));
        const meaning = normalise(wire, own, directory);
        if (meaning.kind !== 'message') continue;
        const encoded = wire.encoded.length > MAX_ENCODED_BYTES ? null : wire.encoded;
        const { message } = reportOf(wire, meaning, own, encoded);
        const data = { ...message.data, history: true };
        records.push({ ...message, status: status ?? message.status, data });
      }
      return records.length === 0 ? 0 : store.recordPast(session.key, records);
    },
  };
}
