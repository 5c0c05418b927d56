import type { Migration } from '../migrate.ts';

/** What a repeated request for a schedule is recognised by. */
export const scheduleRequestSchema: Migration = {
  version: 13,
  name: 'schedule-requests',
  up(db) {
    db.exec(`
ALTER TABLE schedules ADD COLUMN idempotency_key TEXT;
ALTER TABLE schedules ADD COLUMN request_hash TEXT;
CREATE INDEX schedules_idempotency ON schedules (session_key, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
`);
  },
};
