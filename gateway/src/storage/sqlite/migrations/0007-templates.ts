import type { Migration } from '../migrate.ts';

/** Stored texts. They are written by the operator's people, not by contacts, so they are not sealed. */
export const templateSchema: Migration = {
  version: 7,
  name: 'templates',
  up(db) {
    db.exec(`
CREATE TABLE templates (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (workspace_id, name, language)
) STRICT;
`);
  },
};
