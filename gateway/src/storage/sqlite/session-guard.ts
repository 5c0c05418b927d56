import { Problem } from '../../kernel/errors.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Connection } from './connection.ts';

/** The session was removed, perhaps while the caller was at work. */
export const sessionGone = () => new Problem('session_not_found', 'The session was removed.');

/** Refuses work for a session that is gone, before anything is written. */
export function createSessionGuard(db: Connection): (key: SessionKey) => void {
  const exists = db.prepare<[SessionKey]>('SELECT 1 FROM sessions WHERE key = ?');
  return (key) => {
    if (!exists.get(key)) throw sessionGone();
  };
}
