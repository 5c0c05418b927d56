import type { Migration } from '../migrate.ts';

/** One content to many people: who they are, and how far each has come. */
export const bulkSchema: Migration = {
  version: 8,
  name: 'bulk',
  up(db) {
    db.exec(`
CREATE TABLE bulks (
  ref INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL,
  pool TEXT NOT NULL,
  name TEXT,
  state TEXT NOT NULL CHECK (state IN ('preparing', 'running', 'paused', 'cancelled', 'finished')),
  start_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  idempotency_key TEXT,
  request_hash TEXT,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX bulks_session ON bulks (session_key, ref);
CREATE INDEX bulks_unfinished ON bulks (ref) WHERE finished_at_ms IS NULL;
CREATE INDEX bulks_over ON bulks (finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE INDEX bulks_idempotency ON bulks (session_key, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

-- No key to the message: it is only there once the job is, and goes with retention.
CREATE TABLE bulk_recipients (
  bulk_ref INTEGER NOT NULL REFERENCES bulks (ref) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  session_key INTEGER,
  chat_id TEXT,
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'queued', 'sent', 'failed', 'skipped', 'cancelled')),
  code TEXT,
  reason TEXT,
  variables BLOB NOT NULL,
  PRIMARY KEY (bulk_ref, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bulk_recipients_chat ON bulk_recipients (bulk_ref, chat_id)
  WHERE chat_id IS NOT NULL;
CREATE INDEX bulk_recipients_state ON bulk_recipients (bulk_ref, state, position);
`);
  },
};
