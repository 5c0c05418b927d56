import type { Migration } from '../migrate.ts';

/** Messages from before a number was linked have ids below zero, so that all others stand above them. */
export const pastMessageSchema: Migration = {
  version: 16,
  name: 'past-messages',
  up(db) {
    db.exec('CREATE INDEX messages_past ON messages (stored_at_ms) WHERE id < 0');
  },
};
