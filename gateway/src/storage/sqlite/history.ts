import type { HistoryEntry, HistoryStore, PersonReceipt } from '../../messages/history-store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { type MessageRow, toMessage } from './message-rows.ts';

interface ReceiptRow {
  person: string;
  delivered_at_ms: number | null;
  read_at_ms: number | null;
  played_at_ms: number | null;
}

export function createHistoryStore(context: SqliteContext): HistoryStore {
  const { reader, read, sealer } = context;
  const sql = prepare(reader);
  const entry = (row: MessageRow): HistoryEntry => ({ ...toMessage(sealer, row), seq: row.id });

  return {
    chats: (key, { before, limit, archived = null }) =>
      read(() =>
        sql.chats
          .all({
            key,
            before: before ?? Number.MAX_SAFE_INTEGER,
            archived: archived === null ? null : Number(archived),
            limit,
          })
          .map(entry),
      ),
    messages: (key, chatId, { before, limit }) =>
      read(() =>
        sql.messages.all(key, chatId, before ?? Number.MAX_SAFE_INTEGER, limit).map(entry),
      ),
    message: (key, messageId) =>
      read(() => {
        const row = sql.message.get(key, messageId);
        return row ? entry(row) : null;
      }),
    about: (key, messageId, limit) => read(() => sql.about.all(key, messageId, limit).map(entry)),
    receipts: (key, messageId) => read(() => sql.receipts.all(key, messageId).map(toReceipt)),
    lastChoice: (key, chatId, sinceMs) =>
      read(() => {
        const row = sql.lastChoice.get(key, chatId);
        return row && row.timestamp_ms >= sinceMs ? toMessage(sealer, row) : null;
      }),
  };
}

function prepare(reader: SqliteContext['reader']) {
  return {
    // Jumps from chat to chat in the index, so that long chats cost no more than short ones.
    chats: reader.prepare<
      { key: SessionKey; before: number; archived: number | null; limit: number },
      MessageRow
    >(
      `WITH RECURSIVE chats (chat_id) AS (
         SELECT min(chat_id) FROM messages WHERE session_key = @key AND target_id IS NULL
         UNION ALL
         SELECT (SELECT min(m.chat_id) FROM messages m WHERE m.session_key = @key
                   AND m.target_id IS NULL AND m.chat_id > chats.chat_id)
         FROM chats WHERE chats.chat_id IS NOT NULL
       ), newest (id) AS (
         SELECT (SELECT max(m.id) FROM messages m WHERE m.session_key = @key
                   AND m.target_id IS NULL AND m.chat_id = chats.chat_id)
         FROM chats WHERE chats.chat_id IS NOT NULL
       )
       SELECT messages.* FROM newest JOIN messages ON messages.id = newest.id
       WHERE newest.id < @before AND (@archived IS NULL OR @archived = coalesce((
         SELECT archived FROM main.chats c
         WHERE c.session_key = @key AND c.chat_id = messages.chat_id), 0))
       ORDER BY newest.id DESC LIMIT @limit`,
    ),
    messages: reader.prepare<[SessionKey, string, number, number], MessageRow>(
      `SELECT * FROM messages WHERE session_key = ? AND chat_id = ? AND target_id IS NULL AND id < ?
       ORDER BY id DESC LIMIT ?`,
    ),
    message: reader.prepare<[SessionKey, string], MessageRow>(
      `SELECT * FROM messages WHERE session_key = ? AND message_id = ?
       ORDER BY from_me DESC, id DESC LIMIT 1`,
    ),
    about: reader.prepare<[SessionKey, string, number], MessageRow>(
      'SELECT * FROM messages WHERE session_key = ? AND target_id = ? ORDER BY id LIMIT ?',
    ),
    receipts: reader.prepare<[SessionKey, string], ReceiptRow>(
      `SELECT person, delivered_at_ms, read_at_ms, played_at_ms FROM receipts
       WHERE message_ref = (SELECT id FROM messages
         WHERE session_key = ? AND message_id = ? AND from_me = 1)
       ORDER BY person`,
    ),
    lastChoice: reader.prepare<[SessionKey, string], MessageRow>(
      `SELECT * FROM messages INDEXED BY messages_choices
       WHERE session_key = ? AND chat_id = ? AND from_me = 1 AND type IN ('list', 'buttons')
       ORDER BY id DESC LIMIT 1`,
    ),
  };
}

const toReceipt = (row: ReceiptRow): PersonReceipt => ({
  person: row.person,
  deliveredAtMs: row.delivered_at_ms,
  readAtMs: row.read_at_ms,
  playedAtMs: row.played_at_ms,
});
