import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { lidAddress, phoneAddress } from './address.ts';
import type { IdentityPair, IdentityStore } from './store.ts';

export interface ResolvingDeps {
  readonly store: IdentityStore;
  /** Null for a session that is being removed. */
  readonly sessionOf: (key: SessionKey) => SessionRecord | null;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
}

/** The identities of storage, telling consumers whose number became known: whoever learnt it. */
export function tellingIdentities({ store, sessionOf, events }: ResolvingDeps): IdentityStore {
  return {
    ...store,
    async learn(key, pairs) {
      const session = sessionOf(key);
      if (session === null) return store.learn(key, pairs);
      const planned: EventBatch[] = [];
      const learnt = await store.learn(key, pairs, (resolved) => {
        const others = resolved.filter(({ lid }) => lid !== session.lid);
        const batch = events.plan(others.map((pair) => resolvedDraft(session, pair)));
        planned.push(batch);
        return batch;
      });
      for (const batch of planned) events.committed(batch);
      return learnt;
    },
  };
}

/** Ordered behind what was told under the LID: from then on the chat goes by the number. */
function resolvedDraft(session: SessionRecord, { phone, lid }: IdentityPair): EventDraft {
  const { workspaceId, id: sessionId } = session;
  return {
    event: 'contact.identity_resolved',
    workspaceId,
    sessionId,
    orderKey: lidAddress(lid),
    data: { chatId: phoneAddress(phone), phone, lid: lidAddress(lid) },
  };
}
