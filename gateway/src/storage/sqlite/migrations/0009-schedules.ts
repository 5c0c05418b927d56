import type { Migration } from '../migrate.ts';

/** Messages that are sent again and again, and their last occurrences. */
export const scheduleSchema: Migration = {
  version: 9,
  name: 'schedules',
  up(db) {
    db.exec(`
CREATE TABLE schedules (
  ref INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_key INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
  name TEXT,
  cron TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  starts_at_ms INTEGER,
  ends_at_ms INTEGER,
  max_occurrences INTEGER,
  enabled INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  next_at_ms INTEGER,
  made INTEGER NOT NULL DEFAULT 0,
  missed INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX schedules_session ON schedules (session_key, ref);
CREATE INDEX schedules_next ON schedules (next_at_ms) WHERE next_at_ms IS NOT NULL;

-- No key to the message: it goes with retention.
CREATE TABLE schedule_occurrences (
  schedule_ref INTEGER NOT NULL REFERENCES schedules (ref) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  message_id TEXT,
  code TEXT,
  reason TEXT,
  PRIMARY KEY (schedule_ref, at_ms)
) STRICT, WITHOUT ROWID;
`);
  },
};
