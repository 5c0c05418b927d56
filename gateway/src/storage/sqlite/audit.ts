import type { Actor, AuditFilter, AuditRecord, AuditStore } from '../../access/store.ts';
import type { SqliteContext } from './context.ts';

interface Row {
  id: string;
  at_ms: number;
  workspace_id: string;
  actor: Actor['kind'];
  key_id: string | null;
  key_name: string | null;
  action: string;
  target: string;
  outcome: AuditRecord['outcome'];
  status: number;
  problem: string | null;
  address: string;
  request_id: string;
}

/** Absent parts of a filter are NULL and let everything pass. `GLOB` would give `*` inside a meaning. */
const READ = `
  SELECT * FROM audit
  WHERE workspace_id = @workspaceId
    AND (@before IS NULL OR id < @before)
    AND (@keyId IS NULL OR key_id = @keyId)
    AND (@actor IS NULL OR actor = @actor)
    AND (@action IS NULL OR action = @action)
    AND (@prefix IS NULL OR substr(action, 1, length(@prefix)) = @prefix)
    AND (@outcome IS NULL OR outcome = @outcome)
    AND (@fromMs IS NULL OR at_ms >= @fromMs)
    AND (@toMs IS NULL OR at_ms < @toMs)
  ORDER BY id DESC LIMIT @limit`;

export function createAuditStore(context: SqliteContext): AuditStore {
  const { writer, reader, write, read } = context;
  const sql = {
    insert: writer.prepare(
      `INSERT INTO audit (id, at_ms, workspace_id, actor, key_id, key_name, action, target, outcome,
         status, problem, address, request_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    read: reader.prepare<[Readonly<Record<string, unknown>>], Row>(READ),
    newestToGo: writer
      .prepare<[number], string>('SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ?')
      .pluck(),
    prune: writer.prepare(
      `DELETE FROM audit WHERE id IN (
         SELECT id FROM (SELECT id, at_ms FROM audit ORDER BY id LIMIT @limit)
         WHERE at_ms < @beforeMs OR id <= @newestToGo)`,
    ),
  };
  return {
    appendAudit: (entries) =>
      write(() => {
        for (const entry of entries) sql.insert.run(...toRow(entry));
      }),
    audit: (workspaceId, filter) =>
      read(() => sql.read.all({ workspaceId, ...parameters(filter) }).map(toRecord)),
    pruneAudit: ({ beforeMs, keepRows }, limit) =>
      write(() => {
        const newestToGo = sql.newestToGo.get(keepRows) ?? '';
        return sql.prune.run({ beforeMs, newestToGo, limit }).changes;
      }),
  };
}

function parameters(filter: AuditFilter & { readonly limit: number; readonly before?: string }) {
  const { action = null } = filter;
  const isPrefix = action?.endsWith('*') ?? false;
  return {
    limit: filter.limit,
    before: filter.before ?? null,
    keyId: filter.keyId ?? null,
    actor: filter.actor ?? null,
    action: isPrefix ? null : action,
    prefix: isPrefix ? (action?.slice(0, -1) ?? null) : null,
    outcome: filter.outcome ?? null,
    fromMs: filter.fromMs ?? null,
    toMs: filter.toMs ?? null,
  };
}

function toRow(entry: AuditRecord): readonly unknown[] {
  const { actor } = entry;
  return [
    entry.id,
    entry.atMs,
    entry.workspaceId,
    actor.kind,
    actor.kind === 'key' ? actor.keyId : null,
    actor.kind === 'key' ? actor.keyName : null,
    entry.action,
    JSON.stringify(entry.target),
    entry.outcome,
    entry.status,
    entry.problem,
    entry.address,
    entry.requestId,
  ];
}

function toRecord(row: Row): AuditRecord {
  return {
    id: row.id,
    atMs: row.at_ms,
    workspaceId: row.workspace_id,
    actor: toActor(row),
    action: row.action,
    target: JSON.parse(row.target),
    outcome: row.outcome,
    status: row.status,
    problem: row.problem,
    address: row.address,
    requestId: row.request_id,
  };
}

function toActor(row: Row): Actor {
  return row.actor === 'key'
    ? { kind: 'key', keyId: row.key_id ?? '', keyName: row.key_name ?? '' }
    : { kind: row.actor };
}
