import type { Migration } from '../migrate.ts';

/**
 * Columns that hold what people wrote, keys or secrets are BLOBs: they are sealed when a data key is
 * set. Large columns stand last, so that reading the others does not touch their overflow pages.
 */
export const initialSchema: Migration = {
  version: 1,
  name: 'initial schema',
  up(db) {
    db.exec(GENERAL);
    db.exec(SESSIONS);
    db.exec(MESSAGES);
    db.exec(EVENTS);
    db.exec(WEBHOOKS);
  },
};

const GENERAL = `
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was removed for all to see and still has rows to be taken away, step by step.
CREATE TABLE purges (
  kind TEXT NOT NULL CHECK (kind IN ('session', 'endpoint')),
  ref INTEGER NOT NULL,
  PRIMARY KEY (kind, ref)
) STRICT, WITHOUT ROWID;
`;

const SESSIONS = `
-- AUTOINCREMENT: a key is never given out twice.
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL,
  id TEXT NOT NULL,
  desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped')),
  terminal TEXT,
  phone TEXT,
  lid TEXT,
  push_name TEXT,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (workspace_id, id)
) STRICT;

-- Two generations in two rows: writing one never touches the other.
CREATE TABLE credentials (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  slot INTEGER NOT NULL CHECK (slot IN (0, 1)),
  generation INTEGER NOT NULL CHECK (generation % 2 = slot),
  checksum BLOB NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (session_key, slot)
) STRICT;

CREATE TABLE records (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (session_key, type, id)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: closing by an old id must never close a newer entry.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  received_at_ms INTEGER NOT NULL,
  enc_index INTEGER NOT NULL,
  stanza BLOB NOT NULL,
  plaintext BLOB NOT NULL
) STRICT;
CREATE INDEX journal_session ON journal (session_key);

CREATE TABLE identities (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  lid TEXT NOT NULL,
  phone TEXT NOT NULL,
  PRIMARY KEY (session_key, lid),
  UNIQUE (session_key, phone)
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  phone TEXT NOT NULL,
  chat_id TEXT,
  lid TEXT,
  checked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (session_key, phone)
) STRICT, WITHOUT ROWID;
`;

const MESSAGES = `
-- No foreign key to sessions: a long history is purged in steps after its session is gone.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  session_key INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  chat_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  from_me INTEGER NOT NULL CHECK (from_me IN (0, 1)),
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  error BLOB,
  data BLOB NOT NULL,
  encoded BLOB
) STRICT;
-- Ids of others are theirs to choose, so they are unique per chat and sender only.
CREATE UNIQUE INDEX messages_id ON messages (session_key, message_id, from_me, chat_id, sender_id);
CREATE UNIQUE INDEX messages_own ON messages (session_key, message_id) WHERE from_me = 1;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  session_key INTEGER NOT NULL,
  message_ref INTEGER NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX jobs_session ON jobs (session_key);
`;

const EVENTS = `
CREATE TABLE event_seqs (
  workspace_id TEXT PRIMARY KEY,
  newest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  event TEXT NOT NULL,
  session_id TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  order_key TEXT NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (workspace_id, seq)
) STRICT;
`;

const WEBHOOKS = `
CREATE TABLE endpoints (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  url TEXT NOT NULL,
  form TEXT NOT NULL CHECK (form IN ('classic', 'standard')),
  events TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  created_at_ms INTEGER NOT NULL,
  private BLOB NOT NULL
) STRICT;

CREATE TABLE endpoint_healths (
  endpoint_id TEXT PRIMARY KEY,
  health TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Short stand-ins for endpoint ids, saved or not. Never reused: rows of a removed endpoint stay its own.
CREATE TABLE endpoint_refs (
  ref INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE
) STRICT;

-- head: 1 for the oldest pending delivery of each (endpoint, order key), and for no other.
CREATE TABLE deliveries (
  ref INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint_ref INTEGER NOT NULL,
  event_ref INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  order_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  head INTEGER NOT NULL CHECK (head IN (0, 1) AND (head = 0 OR state = 'pending')),
  attempts INTEGER NOT NULL,
  schedule_base INTEGER NOT NULL,
  queued_at_ms INTEGER NOT NULL,
  next_attempt_at_ms INTEGER,
  CHECK ((next_attempt_at_ms IS NOT NULL) = (state = 'pending'))
) STRICT;
-- What can go out now: only heads are in it, so what waits behind a blocked chat costs nothing.
CREATE INDEX deliveries_due ON deliveries (endpoint_ref, next_attempt_at_ms) WHERE head = 1;
-- Who comes next when a head is finished.
CREATE INDEX deliveries_waiting ON deliveries (endpoint_ref, order_key) WHERE state = 'pending';
CREATE INDEX deliveries_log ON deliveries (endpoint_ref, state);
CREATE INDEX deliveries_event ON deliveries (event_ref);

CREATE TABLE attempts (
  delivery_ref INTEGER NOT NULL REFERENCES deliveries (ref) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status INTEGER,
  error_stage TEXT,
  error TEXT,
  response_excerpt BLOB,
  PRIMARY KEY (delivery_ref, number)
) STRICT, WITHOUT ROWID;
`;
