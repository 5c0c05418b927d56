import type { WorkspaceRecord, WorkspaceStore } from '../../access/store.ts';
import type { SqliteContext } from './context.ts';

interface Row {
  id: string;
  name: string;
  created_at_ms: number;
}

export function createWorkspaceStore(context: SqliteContext): WorkspaceStore {
  const { writer, reader, write, read } = context;
  const sql = {
    all: reader.prepare<[], Row>(
      `SELECT id, name, created_at_ms FROM workspaces WHERE removed_at_ms IS NULL
       ORDER BY id <> 'default', created_at_ms, id`,
    ),
    get: reader.prepare<[string], Row>(
      'SELECT id, name, created_at_ms FROM workspaces WHERE id = ? AND removed_at_ms IS NULL',
    ),
    insert: writer.prepare(
      `INSERT INTO workspaces (id, name, created_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    ),
    rename: writer.prepare('UPDATE workspaces SET name = ? WHERE id = ? AND removed_at_ms IS NULL'),
    remove: writer.prepare(
      `UPDATE workspaces SET removed_at_ms = ?
       WHERE id = ? AND removed_at_ms IS NULL AND id <> 'default'`,
    ),
    removeKeys: writer.prepare('DELETE FROM api_keys WHERE workspace_id = ?'),
  };
  return {
    workspaces: () => read(() => sql.all.all().map(toRecord)),
    workspace: (id) =>
      read(() => {
        const row = sql.get.get(id);
        return row ? toRecord(row) : null;
      }),
    createWorkspace: ({ id, name, createdAtMs }) =>
      write(() => sql.insert.run(id, name, createdAtMs).changes === 1),
    renameWorkspace: (id, name) => write(() => sql.rename.run(name, id).changes === 1),
    removeWorkspace: (id, atMs) =>
      write(() => {
        if (sql.remove.run(atMs, id).changes === 0) return false;
        sql.removeKeys.run(id);
        return true;
      }),
  };
}

const toRecord = (row: Row): WorkspaceRecord => ({
  id: row.id,
  name: row.name,
  createdAtMs: row.created_at_ms,
});
