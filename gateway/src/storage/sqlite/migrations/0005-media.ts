import type { Migration } from '../migrate.ts';

/** What a session wants fetched of the media that comes in. */
export const mediaSchema: Migration = {
  version: 5,
  name: 'media',
  up(db) {
    db.exec(`
CREATE TABLE media_policies (
  session_key INTEGER PRIMARY KEY REFERENCES sessions (key) ON DELETE CASCADE,
  policy TEXT NOT NULL
) STRICT;
`);
  },
};
