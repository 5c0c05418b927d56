import { type Caller, seesChat, seesSession } from '../access/caller.ts';
import { pageAfter } from '../http/paging.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Bulks } from './bulks.ts';

/** Recipients read at a time. */
const PAGE = 1_000;

/** A key that is bound to sessions does not send through others: throws `session_not_allowed`. */
export function requireSession(caller: Caller, sessionId: string): void {
  if (seesSession(caller, sessionId)) return;
  throw new Problem('session_not_allowed', `This key may not use the session "${sessionId}".`);
}

/**
 * Whether a key that is bound to chats is bound to all chats of a bulk send; looks no further than the
 * first that it is not. Throws `bulk_not_found`.
 */
export async function seesBulk(
  bulks: Pick<Bulks, 'recipients'>,
  caller: Caller,
  session: SessionRecord,
  bulkId: string,
): Promise<boolean> {
  if (caller.permissions.bindings.chats === null) return true;
  for (let after: number | null = 0; after !== null; ) {
    const page = await bulks.recipients(session, bulkId, { state: null, after, limit: PAGE });
    if (!page.every(({ to }) => seesChat(caller, to))) return false;
    after = pageAfter(page, PAGE, ({ position }) => position);
  }
  return true;
}

/** Throws `chat_not_allowed` where `seesBulk` says no. */
export async function requireBulk(...of: Parameters<typeof seesBulk>): Promise<void> {
  if (await seesBulk(...of)) return;
  throw new Problem(
    'chat_not_allowed',
    'This bulk send goes to chats that this key is not bound to.',
  );
}
