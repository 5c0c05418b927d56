import type { SessionKey, SessionRecord, SessionStore } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { sessionGone } from './session-guard.ts';

interface Row {
  key: SessionKey;
  workspace_id: string;
  id: string;
  desired: SessionRecord['desired'];
  terminal: string | null;
  phone: string | null;
  lid: string | null;
  push_name: string | null;
  created_at_ms: number;
}

export function createSessionStore(context: SqliteContext): SessionStore {
  const { writer, reader, write, read, purger, insertBatch } = context;
  const sql = {
    all: reader.prepare<[], Row>('SELECT * FROM sessions ORDER BY key'),
    get: writer.prepare<[SessionKey], Row>('SELECT * FROM sessions WHERE key = ?'),
    insert: writer.prepare(
      `INSERT INTO sessions (workspace_id, id, desired, created_at_ms) VALUES (?, ?, 'running', ?)
       ON CONFLICT (workspace_id, id) DO NOTHING`,
    ),
    byId: writer.prepare<[string, string], Row>(
      'SELECT * FROM sessions WHERE workspace_id = ? AND id = ?',
    ),
    update: writer.prepare(
      `UPDATE sessions SET desired = ?, terminal = ?, phone = ?, lid = ?, push_name = ?
       WHERE key = ?`,
    ),
    remove: writer.prepare<[SessionKey]>('DELETE FROM sessions WHERE key = ?'),
  };

  return {
    all: () => read(() => sql.all.all().map(toRecord)),
    create: (workspaceId, id, createdAtMs) =>
      write(() => {
        sql.insert.run(workspaceId, id, createdAtMs);
        const row = sql.byId.get(workspaceId, id);
        if (!row) throw new Error('the session that was just made is not there');
        return toRecord(row);
      }),
    update: (key, change, batch) =>
      write(() => {
        const row = sql.get.get(key);
        if (!row) throw sessionGone();
        const next = { ...toRecord(row), ...change };
        const terminal = next.terminal && JSON.stringify(next.terminal);
        sql.update.run(next.desired, terminal, next.phone, next.lid, next.pushName, key);
        insertBatch(batch);
      }),
    async remove(key, batch) {
      const found = await write(() => {
        if (sql.remove.run(key).changes === 0) return false;
        purger.note('session', key);
        insertBatch(batch);
        return true;
      });
      if (found) await purger.run('session', key);
    },
  };
}

function toRecord(row: Row): SessionRecord {
  return {
    key: row.key,
    workspaceId: row.workspace_id,
    id: row.id,
    desired: row.desired,
    terminal: row.terminal === null ? null : JSON.parse(row.terminal),
    phone: row.phone,
    lid: row.lid,
    pushName: row.push_name,
    createdAtMs: row.created_at_ms,
  };
}
