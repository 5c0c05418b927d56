import type { Outbox } from '../outbox/contract.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Bulk, BulkStore } from './store.ts';

export interface TakeBackDeps {
  readonly store: Pick<BulkStore, 'recipients' | 'move'>;
  readonly sessions: { recordOf(key: SessionKey): SessionRecord | null };
  readonly outbox: Pick<Outbox, 'withdraw'>;
}

/** Jobs looked at in one step. */
const PAGE = 200;

/**
 * Takes back what a paused or cancelled bulk send has in the outbox and was not tried yet: its
 * recipients wait again, or are cancelled. What is under way goes out; it may have reached WhatsApp.
 */
export async function takeBack(deps: TakeBackDeps, bulk: Bulk): Promise<void> {
  const { store, sessions, outbox } = deps;
  let after = 0;
  for (;;) {
    const page = await store.recipients(bulk.id, { state: 'queued', after, limit: PAGE });
    await Promise.all(
      page.map(async ({ sessionKey, messageId }) => {
        const session = sessionKey === null ? null : sessions.recordOf(sessionKey);
        if (session) await outbox.withdraw(session, messageId);
      }),
    );
    after = page.at(-1)?.position ?? after;
    if (page.length < PAGE) break;
  }
  // Those that were taken back wait again; nobody waits in a cancelled one.
  if (bulk.state === 'cancelled') await store.move(bulk.id, ['cancelled'], 'cancelled', NO_NEWS);
}

const NO_NEWS = { events: [], deliveries: [] };
