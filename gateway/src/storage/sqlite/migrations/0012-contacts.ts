import type { Migration } from '../migrate.ts';

/** What people are called. */
export const contactSchema: Migration = {
  version: 12,
  name: 'contacts',
  up(db) {
    db.exec(`
-- Keyed by the canonical address: the number once it is known, else the LID. Names are sealed JSON.
CREATE TABLE contacts (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  chat_id TEXT NOT NULL,
  names BLOB NOT NULL,
  PRIMARY KEY (session_key, chat_id)
) STRICT, WITHOUT ROWID;
`);
  },
};
