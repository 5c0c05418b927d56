import type { Migration } from '../migrate.ts';

/** A queue that can be paced: places in line, heads of chats, and what was sent lately. */
export const outboxSchema: Migration = {
  version: 2,
  name: 'outbox',
  up(db) {
    db.exec('ALTER TABLE jobs RENAME TO jobs_before; DROP INDEX jobs_session;');
    db.exec(CHATS);
    db.exec(JOBS);
    db.exec(HEADS);
    db.exec(`
      INSERT INTO jobs (id, session_key, message_ref, chat_id, due_at_ms, attempts, created_at_ms,
        priority, content)
      SELECT j.id, j.session_key, j.message_ref, m.chat_id, j.created_at_ms, j.attempts,
        j.created_at_ms, 0, j.content
      FROM jobs_before j JOIN messages m ON m.id = j.message_ref ORDER BY j.id;
      DROP TABLE jobs_before;
    `);
    db.exec(PACING);
  },
};

const CHATS = `
-- When a chat last wrote to us, and we to it.
CREATE TABLE outbox_chats (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  chat_id TEXT NOT NULL,
  heard_at_ms INTEGER,
  wrote_at_ms INTEGER,
  PRIMARY KEY (session_key, chat_id)
) STRICT, WITHOUT ROWID;
`;

const JOBS = `
-- head: 1 for the first of each chat by (due_at_ms, id), and for no other. Only heads can be next, so
-- only they carry the chat's rank (its most urgent priority) and its last contacts.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  session_key INTEGER NOT NULL,
  message_ref INTEGER NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
  chat_id TEXT NOT NULL,
  due_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  priority INTEGER NOT NULL CHECK (priority IN (0, 1)),
  head INTEGER NOT NULL DEFAULT 0 CHECK (head IN (0, 1)),
  rank INTEGER NOT NULL DEFAULT 1,
  heard_at_ms INTEGER,
  wrote_at_ms INTEGER,
  attempts INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  text_key TEXT,
  effort TEXT NOT NULL DEFAULT 'none' CHECK (effort IN ('typed', 'spoken', 'none')),
  effort_size INTEGER NOT NULL DEFAULT 0,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX jobs_line ON jobs (session_key, due_at_ms, id);
CREATE INDEX jobs_chat ON jobs (session_key, chat_id, due_at_ms, id);
CREATE INDEX jobs_direct ON jobs (session_key, chat_id) WHERE priority = 0;
CREATE UNIQUE INDEX jobs_head_of_chat ON jobs (session_key, chat_id) WHERE head = 1;
CREATE INDEX jobs_heads ON jobs (session_key, rank, due_at_ms, id) WHERE head = 1;
-- Chats that had contact: a few among many, found without reading the rest.
CREATE INDEX jobs_known_heads ON jobs (session_key, rank, due_at_ms, id)
  WHERE head = 1 AND (heard_at_ms IS NOT NULL OR wrote_at_ms IS NOT NULL);
CREATE INDEX jobs_expiry ON jobs (session_key, expires_at_ms) WHERE expires_at_ms IS NOT NULL;
`;

/**
 * Jobs also end by receipts, by retention and with their session: triggers keep the heads true whoever
 * does it. Group chats count as heard of; who knows that is the program, which writes it to `heard_at_ms`.
 */
const HEADS = `
CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
  UPDATE jobs SET head = 0, rank = 1
    WHERE session_key = NEW.session_key AND chat_id = NEW.chat_id AND head = 1
      AND (due_at_ms, id) > (NEW.due_at_ms, NEW.id);
  UPDATE jobs SET rank = min(rank, NEW.priority)
    WHERE session_key = NEW.session_key AND chat_id = NEW.chat_id AND head = 1;
  UPDATE jobs SET head = 1,
      rank = NOT EXISTS (SELECT 1 FROM jobs
        WHERE session_key = NEW.session_key AND chat_id = NEW.chat_id AND priority = 0),
      heard_at_ms = coalesce(NEW.heard_at_ms, (SELECT heard_at_ms FROM outbox_chats
        WHERE session_key = NEW.session_key AND chat_id = NEW.chat_id)),
      wrote_at_ms = (SELECT wrote_at_ms FROM outbox_chats
        WHERE session_key = NEW.session_key AND chat_id = NEW.chat_id)
    WHERE id = NEW.id AND NOT EXISTS (SELECT 1 FROM jobs
      WHERE session_key = NEW.session_key AND chat_id = NEW.chat_id AND head = 1);
END;

CREATE TRIGGER jobs_ended AFTER DELETE ON jobs WHEN OLD.head = 1 BEGIN
  UPDATE jobs SET head = 1,
      rank = NOT EXISTS (SELECT 1 FROM jobs
        WHERE session_key = OLD.session_key AND chat_id = OLD.chat_id AND priority = 0),
      heard_at_ms = coalesce(heard_at_ms, (SELECT heard_at_ms FROM outbox_chats
        WHERE session_key = OLD.session_key AND chat_id = OLD.chat_id)),
      wrote_at_ms = (SELECT wrote_at_ms FROM outbox_chats
        WHERE session_key = OLD.session_key AND chat_id = OLD.chat_id)
    WHERE id = (SELECT id FROM jobs
      WHERE session_key = OLD.session_key AND chat_id = OLD.chat_id
      ORDER BY due_at_ms, id LIMIT 1);
END;
`;

const PACING = `
CREATE TABLE outbox_sends (
  id INTEGER PRIMARY KEY,
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  chat_id TEXT NOT NULL,
  budget TEXT NOT NULL CHECK (budget IN ('warm', 'cold')),
  text_key TEXT
) STRICT;
CREATE INDEX outbox_sends_time ON outbox_sends (session_key, at_ms, id);

CREATE TABLE pacing (
  session_key INTEGER PRIMARY KEY REFERENCES sessions (key) ON DELETE CASCADE,
  record TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency_keys (
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  message_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (session_key, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at_ms);
`;
