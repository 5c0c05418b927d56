import type { Migration } from '../migrate.ts';

/** What reading the history needs: chats in order, what belongs to a message, who received it. */
export const historySchema: Migration = {
  version: 4,
  name: 'history',
  up(db) {
    db.exec(`
-- The message that this one is about: edits, deletions, reactions, votes and pins.
ALTER TABLE messages ADD COLUMN target_id TEXT;
CREATE INDEX messages_chat ON messages (session_key, chat_id, id) WHERE target_id IS NULL;
CREATE INDEX messages_about ON messages (session_key, target_id, id) WHERE target_id IS NOT NULL;
CREATE INDEX messages_choices ON messages (session_key, chat_id, id)
  WHERE from_me = 1 AND type IN ('list', 'buttons');

CREATE TABLE receipts (
  message_ref INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  person TEXT NOT NULL,
  delivered_at_ms INTEGER,
  read_at_ms INTEGER,
  played_at_ms INTEGER,
  PRIMARY KEY (message_ref, person)
) STRICT, WITHOUT ROWID;
`);
  },
};
