import type { Migration } from '../migrate.ts';

/** Chats as the phone lists them. */
export const chatSchema: Migration = {
  version: 14,
  name: 'chats',
  up(db) {
    db.exec(`
-- Muted until: -1 for ever. Listed at: when the phone saw the last message; null when only its settings
-- are known.
CREATE TABLE chats (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  chat_id TEXT NOT NULL,
  subject BLOB,
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
  unread INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
  muted_until_ms INTEGER,
  listed_at_ms INTEGER,
  PRIMARY KEY (session_key, chat_id)
) STRICT, WITHOUT ROWID;
`);
  },
};
