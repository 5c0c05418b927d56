import type { Migration } from '../migrate.ts';

/** People who do not want messages, and the words by which they say so. */
export const optOutSchema: Migration = {
  version: 6,
  name: 'opt-outs',
  up(db) {
    db.exec(`
      CREATE TABLE opt_outs (
        workspace_id TEXT NOT NULL,
        chat_id TEXT NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('stop_word', 'api')),
        at_ms INTEGER NOT NULL,
        note BLOB,
        PRIMARY KEY (workspace_id, chat_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE opt_out_words (
        workspace_id TEXT PRIMARY KEY,
        words TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
