import type { KeyRecord, KeyStore } from '../../access/store.ts';
import { Problem } from '../../kernel/errors.ts';
import type { SqliteContext } from './context.ts';

interface Row {
  id: string;
  workspace_id: string;
  name: string;
  prefix: string;
  hash: Uint8Array;
  previous_prefix: string | null;
  previous_hash: Uint8Array | null;
  previous_until_ms: number | null;
  scopes: string;
  bindings: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  last_used_at_ms: number | null;
}

export function createKeyStore(context: SqliteContext): KeyStore {
  const { writer, reader, write, read } = context;
  const sql = {
    list: reader.prepare<[string], Row>(
      'SELECT * FROM api_keys WHERE workspace_id = ? ORDER BY id',
    ),
    get: reader.prepare<[string, string], Row>(
      'SELECT * FROM api_keys WHERE workspace_id = ? AND id = ?',
    ),
    byPrefix: reader.prepare<[string, string], Row>(
      'SELECT * FROM api_keys WHERE prefix = ? OR previous_prefix = ?',
    ),
    workspace: writer.prepare<[string]>(
      'SELECT 1 FROM workspaces WHERE id = ? AND removed_at_ms IS NULL',
    ),
    save: writer.prepare(
      `INSERT INTO api_keys (id, workspace_id, name, prefix, hash, previous_prefix, previous_hash,
         previous_until_ms, scopes, bindings, created_at_ms, expires_at_ms, last_used_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, prefix = excluded.prefix,
         hash = excluded.hash, previous_prefix = excluded.previous_prefix,
         previous_hash = excluded.previous_hash, previous_until_ms = excluded.previous_until_ms,
         scopes = excluded.scopes, bindings = excluded.bindings,
         expires_at_ms = excluded.expires_at_ms`,
    ),
    remove: writer.prepare('DELETE FROM api_keys WHERE workspace_id = ? AND id = ?'),
    touch: writer.prepare(
      `UPDATE api_keys SET last_used_at_ms = @atMs
       WHERE id = @keyId AND (last_used_at_ms IS NULL OR last_used_at_ms < @atMs)`,
    ),
  };
  return {
    keys: (workspaceId) => read(() => sql.list.all(workspaceId).map(toRecord)),
    key: (workspaceId, keyId) =>
      read(() => {
        const row = sql.get.get(workspaceId, keyId);
        return row ? toRecord(row) : null;
      }),
    keysByPrefix: (prefix) => read(() => sql.byPrefix.all(prefix, prefix).map(toRecord)),
    saveKey: (key) =>
      write(() => {
        if (!sql.workspace.get(key.workspaceId)) {
          throw new Problem('workspace_not_found', 'The workspace was removed.');
        }
        sql.save.run(
          key.id,
          key.workspaceId,
          key.name,
          key.secret.prefix,
          key.secret.hash,
          key.previous?.prefix ?? null,
          key.previous?.hash ?? null,
          key.previous?.untilMs ?? null,
          JSON.stringify(key.scopes),
          JSON.stringify(key.bindings),
          key.createdAtMs,
          key.expiresAtMs,
          key.lastUsedAtMs,
        );
      }),
    removeKey: (workspaceId, keyId) =>
      write(() => sql.remove.run(workspaceId, keyId).changes === 1),
    touchKeys: (uses) =>
      write(() => {
        for (const use of uses) sql.touch.run(use);
      }),
  };
}

function toRecord(row: Row): KeyRecord {
  const { previous_prefix: prefix, previous_hash: hash, previous_until_ms: untilMs } = row;
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    secret: { prefix: row.prefix, hash: row.hash },
    previous:
      prefix === null || hash === null || untilMs === null ? null : { prefix, hash, untilMs },
    scopes: JSON.parse(row.scopes),
    bindings: JSON.parse(row.bindings),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
  };
}
