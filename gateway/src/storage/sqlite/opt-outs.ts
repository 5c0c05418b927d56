import type { OptOut, OptOutStore, OptOutWords } from '../../optout/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';

interface Row {
  chat_id: string;
  source: OptOut['source'];
  at_ms: number;
  note: Uint8Array | null;
}

const placeOf = (workspaceId: string, chatId: string) => ['opt_outs', workspaceId, chatId, 'note'];

export function createOptOutStore(context: SqliteContext): OptOutStore {
  const { write, read, sealer } = context;
  const sql = prepare(context);

  const toOptOut = (workspaceId: string, row: Row): OptOut => {
    const note = row.note && sealer.open(row.note, placeOf(workspaceId, row.chat_id));
    return {
      chatId: row.chat_id,
      source: row.source,
      note: note && Buffer.from(note).toString(),
      atMs: row.at_ms,
    };
  };

  return {
    listed: (workspaceId, chatIds) =>
      read(() => sql.listed.all(workspaceId, JSON.stringify(chatIds))),
    add: (workspaceId, { chatId, source, note, atMs }) =>
      write(() => {
        const sealed = note === null ? null : Buffer.from(note);
        const place = placeOf(workspaceId, chatId);
        sql.add.run(workspaceId, chatId, source, atMs, sealed && sealer.seal(sealed, place));
      }),
    remove: (workspaceId, chatId) => write(() => sql.remove.run(workspaceId, chatId).changes === 1),
    page: (workspaceId, limit, after) =>
      read(() =>
        sql.page.all(workspaceId, after ?? '', limit).map((row) => toOptOut(workspaceId, row)),
      ),
    words: (workspaceId) =>
      read(() => {
        const words = sql.words.get(workspaceId);
        return words === undefined ? null : (JSON.parse(words) as OptOutWords);
      }),
    setWords: (workspaceId, words) =>
      write(() => {
        sql.setWords.run(workspaceId, JSON.stringify(words));
      }),
  };
}

/** Within a write: who is listed under one address is listed under the other, as seen by one session. */
export function createOptOutMove({ writer, sealer }: Pick<SqliteContext, 'writer' | 'sealer'>) {
  const sql = {
    workspace: writer
      .prepare<[SessionKey], string>('SELECT workspace_id FROM sessions WHERE key = ?')
      .pluck(),
    take: writer.prepare<[string, string], Row>(
      `DELETE FROM opt_outs WHERE workspace_id = ? AND chat_id = ?
       RETURNING chat_id, source, at_ms, note`,
    ),
    put: writer.prepare(
      `INSERT INTO opt_outs (workspace_id, chat_id, source, at_ms, note) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (workspace_id, chat_id) DO NOTHING`,
    ),
  };
  return (key: SessionKey, from: string, to: string): void => {
    const workspaceId = sql.workspace.get(key);
    if (workspaceId === undefined) return;
    const row = sql.take.get(workspaceId, from);
    if (!row) return;
    const note = row.note && sealer.open(row.note, placeOf(workspaceId, from));
    const sealed = note && sealer.seal(note, placeOf(workspaceId, to));
    sql.put.run(workspaceId, to, row.source, row.at_ms, sealed);
  };
}

function prepare({ writer, reader }: SqliteContext) {
  return {
    listed: reader
      .prepare<[string, string], string>(
        `SELECT chat_id FROM opt_outs
         WHERE workspace_id = ? AND chat_id IN (SELECT value FROM json_each(?)) ORDER BY chat_id`,
      )
      .pluck(),
    add: writer.prepare(
      `INSERT INTO opt_outs (workspace_id, chat_id, source, at_ms, note) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (workspace_id, chat_id) DO UPDATE SET
         source = excluded.source, at_ms = excluded.at_ms, note = excluded.note`,
    ),
    remove: writer.prepare('DELETE FROM opt_outs WHERE workspace_id = ? AND chat_id = ?'),
    page: reader.prepare<[string, string, number], Row>(
      `SELECT chat_id, source, at_ms, note FROM opt_outs
       WHERE workspace_id = ? AND chat_id > ? ORDER BY chat_id LIMIT ?`,
    ),
    words: reader
      .prepare<[string], string>('SELECT words FROM opt_out_words WHERE workspace_id = ?')
      .pluck(),
    setWords: writer.prepare(
      `INSERT INTO opt_out_words (workspace_id, words) VALUES (?, ?)
       ON CONFLICT (workspace_id) DO UPDATE SET words = excluded.words`,
    ),
  };
}
