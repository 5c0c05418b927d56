import type { Migration } from '../migrate.ts';

/** Up to where chats were marked as read. */
export const readMarkSchema: Migration = {
  version: 15,
  name: 'read-marks',
  up(db) {
    db.exec(`
-- The id of a message that may be gone by now.
ALTER TABLE chats ADD COLUMN read_up_to INTEGER;
`);
  },
};
