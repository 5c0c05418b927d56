import type { Migration } from '../migrate.ts';

/** Which settings of a chat were told, so that older word fills in the others only. */
export const settingsToldSchema: Migration = {
  version: 17,
  name: 'settings-told',
  up(db) {
    db.exec(`
-- Bits: 1 archived, 2 pinned, 4 unread, 8 muted. Of rows from before, all count as told.
ALTER TABLE chats ADD COLUMN told INTEGER NOT NULL DEFAULT 15;
`);
  },
};
