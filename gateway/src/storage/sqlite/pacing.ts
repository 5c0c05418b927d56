import type { PastSend } from '../../outbox/pacing/history.ts';
import type { PacingRecord, PacingStore, Replies } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';

interface SendRow {
  at_ms: number;
  chat_id: string;
  budget: PastSend['budget'];
  text_key: string | null;
}

export function createPacingStore(context: SqliteContext): PacingStore {
  const { write, read, requireSession, insertBatch } = context;
  const sql = prepare(context);

  return {
    load: (key) =>
      read(() => {
        const record = sql.load.get(key);
        return record === undefined ? null : (JSON.parse(record) as PacingRecord);
      }),
    restricted: () => read(() => sql.restricted.all()),
    save: (key, record, batch) =>
      write(() => {
        requireSession(key);
        sql.save.run(key, JSON.stringify(record));
        insertBatch(batch);
      }),
    heard: (key, chatId, atMs) =>
      write(() => {
        requireSession(key);
        if (sql.heard.run(key, chatId, atMs).changes === 1) sql.headHeard.run(atMs, key, chatId);
      }),
    sends: (key, sinceMs, limit) =>
      read(() => {
        const rows = sql.sends.all(key, sinceMs, limit);
        if (rows.length === 0) rows.push(...sql.sends.all(key, Number.MIN_SAFE_INTEGER, 1));
        return rows.reverse().map(toSend);
      }),
    replies: (key, sinceMs) =>
      read(() => sql.replies.get(key, sinceMs) ?? { begun: 0, answered: 0 }),
    forgetSends: (key, beforeMs, keep) =>
      write(() => {
        const beyond = sql.nth.get(key, keep) ?? Number.MIN_SAFE_INTEGER;
        const newest = sql.nth.get(key, 0);
        if (newest === undefined) return;
        sql.forget.run(key, Math.max(beforeMs, beyond), newest);
      }),
  };
}

function prepare({ writer, reader }: SqliteContext) {
  return {
    load: reader
      .prepare<[SessionKey], string>('SELECT record FROM pacing WHERE session_key = ?')
      .pluck(),
    restricted: reader
      .prepare<[], SessionKey>(
        `SELECT session_key FROM pacing
         WHERE coalesce(record ->> '$.restrictions.cold', record ->> '$.restrictions.all') IS NOT NULL`,
      )
      .pluck(),
    save: writer.prepare(
      `INSERT INTO pacing (session_key, record) VALUES (?, ?)
       ON CONFLICT (session_key) DO UPDATE SET record = excluded.record`,
    ),
    heard: writer.prepare<[SessionKey, string, number]>(
      `INSERT INTO outbox_chats (session_key, chat_id, heard_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (session_key, chat_id) DO UPDATE SET heard_at_ms = excluded.heard_at_ms
       WHERE heard_at_ms IS NULL OR heard_at_ms < excluded.heard_at_ms`,
    ),
    headHeard: writer.prepare<[number, SessionKey, string]>(
      `UPDATE jobs SET heard_at_ms = max(coalesce(heard_at_ms, 0), ?)
       WHERE session_key = ? AND chat_id = ? AND head = 1`,
    ),
    sends: reader.prepare<[SessionKey, number, number], SendRow>(
      `SELECT at_ms, chat_id, budget, text_key FROM outbox_sends
       WHERE session_key = ? AND at_ms > ? ORDER BY at_ms DESC, id DESC LIMIT ?`,
    ),
    replies: reader.prepare<[SessionKey, number], Replies>(
      `SELECT count(*) AS begun, count(CASE WHEN c.heard_at_ms >= s.first_ms THEN 1 END) AS answered
       FROM (SELECT session_key, chat_id, min(at_ms) AS first_ms FROM outbox_sends
             WHERE session_key = ? AND at_ms > ? AND budget = 'cold' GROUP BY chat_id) s
       LEFT JOIN outbox_chats c ON c.session_key = s.session_key AND c.chat_id = s.chat_id`,
    ),
    nth: writer
      .prepare<[SessionKey, number], number>(
        `SELECT at_ms FROM outbox_sends WHERE session_key = ?
         ORDER BY at_ms DESC, id DESC LIMIT 1 OFFSET ?`,
      )
      .pluck(),
    forget: writer.prepare<[SessionKey, number, number]>(
      'DELETE FROM outbox_sends WHERE session_key = ? AND at_ms <= ? AND at_ms < ?',
    ),
  };
}

const toSend = (row: SendRow): PastSend => ({
  atMs: row.at_ms,
  chatId: row.chat_id,
  budget: row.budget,
  textKey: row.text_key,
});
