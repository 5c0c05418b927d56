import type { Migration } from '../migrate.ts';

/** Workspaces, their keys, and who did what. */
export const accessSchema: Migration = {
  version: 3,
  name: 'access',
  up: (db) => db.exec(WORKSPACES + KEYS + AUDIT),
};

const WORKSPACES = `
-- A row stays when its workspace is removed: the id is never given out twice.
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  removed_at_ms INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO workspaces (id, name, created_at_ms) VALUES ('default', 'Default', 0);
`;

const KEYS = `
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  previous_prefix TEXT,
  previous_hash BLOB CHECK (length(previous_hash) = 32),
  previous_until_ms INTEGER,
  scopes TEXT NOT NULL,
  bindings TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  last_used_at_ms INTEGER,
  CHECK ((previous_prefix IS NULL) = (previous_hash IS NULL)),
  CHECK ((previous_prefix IS NULL) = (previous_until_ms IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_prefix ON api_keys (prefix);
CREATE INDEX api_keys_previous ON api_keys (previous_prefix) WHERE previous_prefix IS NOT NULL;
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, id);
`;

const AUDIT = `
-- Ids grow with time, so the primary key is the order in which entries are read and pruned.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  actor TEXT NOT NULL CHECK (actor IN ('key', 'operator', 'local', 'anonymous')),
  key_id TEXT,
  key_name TEXT,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  status INTEGER NOT NULL,
  problem TEXT,
  address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  CHECK ((actor = 'key') = (key_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_workspace ON audit (workspace_id, id);
`;
