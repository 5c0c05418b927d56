import type { StoredTemplate, TemplateStore } from '../../messages/templates/store.ts';
import type { Template } from '../../messages/templates/template.ts';
import type { SqliteContext } from './context.ts';

interface TemplateRow {
  name: string;
  language: string;
  created_at_ms: number;
  updated_at_ms: number;
  body: string;
}

export function createTemplateStore(context: SqliteContext): TemplateStore {
  const { reader, writer, read, write } = context;
  const sql = {
    list: reader.prepare<[string], TemplateRow>(
      'SELECT * FROM templates WHERE workspace_id = ? ORDER BY name, language',
    ),
    find: reader.prepare<[string, string, string], TemplateRow>(
      'SELECT * FROM templates WHERE workspace_id = ? AND name = ? AND language = ?',
    ),
    save: writer.prepare<[string, string, string, number, number, string], TemplateRow>(
      `INSERT INTO templates (workspace_id, name, language, created_at_ms, updated_at_ms, body)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (workspace_id, name, language) DO UPDATE SET
         updated_at_ms = excluded.updated_at_ms, body = excluded.body
       RETURNING *`,
    ),
    remove: writer.prepare<[{ workspaceId: string; name: string; language: string | null }]>(
      `DELETE FROM templates WHERE workspace_id = @workspaceId AND name = @name
         AND (@language IS NULL OR language = @language)`,
    ),
  };
  return {
    list: (workspaceId) => read(() => sql.list.all(workspaceId).map(toTemplate)),
    find: (workspaceId, name, language) =>
      read(() => {
        const row = sql.find.get(workspaceId, name, language);
        return row ? toTemplate(row) : null;
      }),
    save: (workspaceId, { name, language, ...body }, nowMs) =>
      write(() => {
        const { description, variables, content } = body;
        const json = JSON.stringify({ description, variables, content });
        const row = sql.save.get(workspaceId, name, language, nowMs, nowMs, json);
        if (!row) throw new Error('an upsert returns its row');
        return toTemplate(row);
      }),
    remove: (workspaceId, name, language) =>
      write(() => sql.remove.run({ workspaceId, name, language }).changes),
  };
}

function toTemplate(row: TemplateRow): StoredTemplate {
  const body = JSON.parse(row.body) as Pick<Template, 'description' | 'variables' | 'content'>;
  return {
    name: row.name,
    language: row.language,
    ...body,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
