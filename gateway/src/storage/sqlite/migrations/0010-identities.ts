import type { Migration } from '../migrate.ts';

/** The two names of a person: which LIDs were resolved, and whose chats are being brought together. */
export const identitySchema: Migration = {
  version: 10,
  name: 'identities',
  up(db) {
    db.exec(`
-- LIDs whose number was told to consumers. A pair can be lost to a newer one; this is not.
CREATE TABLE resolved_lids (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  lid TEXT NOT NULL,
  PRIMARY KEY (session_key, lid)
) STRICT, WITHOUT ROWID;

-- Chats of which messages are still to be moved from the LID to the number, both as addresses.
CREATE TABLE chat_moves (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  lid TEXT NOT NULL,
  phone TEXT NOT NULL,
  PRIMARY KEY (session_key, lid)
) STRICT, WITHOUT ROWID;

-- Few people are known by LID only, so both indexes stay small.
CREATE INDEX messages_lid_chats ON messages (session_key, chat_id, id)
  WHERE substr(chat_id, -4) = '@lid';
CREATE INDEX messages_lid_senders ON messages (session_key, sender_id)
  WHERE substr(sender_id, -4) = '@lid';

INSERT INTO chat_moves (session_key, lid, phone)
  SELECT i.session_key, i.lid || '@lid', i.phone || '@s.whatsapp.net' FROM identities i
  WHERE EXISTS (SELECT 1 FROM messages m WHERE m.session_key = i.session_key
    AND m.chat_id = i.lid || '@lid' AND substr(m.chat_id, -4) = '@lid');
`);
  },
};
