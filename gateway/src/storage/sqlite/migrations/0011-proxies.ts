import type { Migration } from '../migrate.ts';

/** The proxy that a session takes to WhatsApp: its URL, which holds credentials and is sealed. */
export const proxySchema: Migration = {
  version: 11,
  name: 'proxies',
  up(db) {
    db.exec(`
CREATE TABLE proxies (
  session_key INTEGER PRIMARY KEY REFERENCES sessions (key) ON DELETE CASCADE,
  url BLOB NOT NULL
) STRICT;
`);
  },
};
