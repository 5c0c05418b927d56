import {
  type ChatState,
  type ChatStore,
  type ChatTold,
  type ListedChat,
  PLAIN_CHAT,
} from '../../messages/chat-store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { type Place, type Sealer, sealOptional } from './sealer.ts';

interface Row {
  chat_id: string;
  subject: Uint8Array | null;
  archived: 0 | 1;
  pinned: 0 | 1;
  unread: 0 | 1;
  muted_until_ms: number | null;
  listed_at_ms: number | null;
  read_up_to: number | null;
  told: number;
}

const FOR_EVER = -1;

/** Ids above all that are kept are given again: a mark there says nothing of who has them next. */
const VALID_MARK = 'CASE WHEN read_up_to <= (SELECT max(id) FROM messages) THEN read_up_to END';

/** Bits of `told`. */
const BITS = { archived: 1, pinned: 2, unread: 4, mutedUntilMs: 8 } as const;
const SETTINGS = Object.keys(BITS) as (keyof typeof BITS)[];

const placeOf = (key: SessionKey, chatId: string): Place => ['chats', key, chatId, 'subject'];

export function createChatStore(context: SqliteContext): ChatStore {
  const { sealer, read, write, requireSession } = context;
  const sql = prepare(context);

  function put(key: SessionKey, news: ChatTold): void {
    const row = sql.one.get(key, news.chatId);
    const { chatId, listedAtMs, isPast: _, ...told } = news.isPast ? unknownOf(row, news) : news;
    const state = { ...(row ? open(sealer, key, row) : PLAIN_CHAT), ...told };
    const { subject, archived, pinned, unread, mutedUntilMs, readUpTo } = state;
    sql.put.run(
      key,
      chatId,
      sealOptional(sealer, subject === null ? null : Buffer.from(subject), placeOf(key, chatId)),
      Number(archived),
      Number(pinned),
      Number(unread),
      mutedUntilMs === 'forever' ? FOR_EVER : mutedUntilMs,
      Math.max(listedAtMs ?? 0, row?.listed_at_ms ?? 0) || null,
      readUpTo,
      SETTINGS.reduce((bits, name) => (name in told ? bits | BITS[name] : bits), row?.told ?? 0),
    );
  }

  return {
    note: (key, told) =>
      write(() => {
        requireSession(key);
        for (const one of told) put(key, one);
      }),
    unlist: (key, chatIds) =>
      write(() => {
        for (const chatId of chatIds) sql.unlist.run(key, chatId);
      }),
    states: (key, chatIds) =>
      read(() => {
        const rows = sql.some.all(key, JSON.stringify(chatIds));
        return new Map(rows.map((row) => [row.chat_id, open(sealer, key, row)]));
      }),
    listed: (key, { behind, limit, archived }) =>
      read(() =>
        sql.listed.all({
          key,
          atMs: behind?.listedAtMs ?? Number.MAX_SAFE_INTEGER,
          chatId: behind?.chatId ?? '',
          archived: archived === null ? null : Number(archived),
          limit,
        }),
      ),
  };
}

/**
 * Within a write: what is known of the chat of a LID is of the number's chat, unless that has its own.
 * Of two chats made one it is not known up to where all was read. Subjects, which are sealed to their
 * chat, stay behind: people have none.
 */
export function createChatStateMove({ writer }: Pick<SqliteContext, 'writer'>) {
  const sql = {
    move: writer.prepare(
      `UPDATE OR IGNORE chats SET chat_id = ?, subject = NULL
       WHERE session_key = ? AND chat_id = ?`,
    ),
    drop: writer.prepare('DELETE FROM chats WHERE session_key = ? AND chat_id = ?'),
    unread: writer.prepare(
      'UPDATE chats SET read_up_to = NULL WHERE session_key = ? AND chat_id = ?',
    ),
  };
  return (key: SessionKey, from: string, to: string): void => {
    sql.move.run(to, key, from);
    sql.drop.run(key, from);
    sql.unread.run(key, to);
  };
}

/** What of older word is not known yet. Pure. */
function unknownOf(row: Row | undefined, news: ChatTold): ChatTold {
  const known = new Set<string>(SETTINGS.filter((name) => ((row?.told ?? 0) & BITS[name]) !== 0));
  if (row?.subject) known.add('subject');
  const left = Object.entries(news).filter(([name]) => !known.has(name));
  return { ...Object.fromEntries(left), chatId: news.chatId };
}

function open(sealer: Sealer, key: SessionKey, row: Row): ChatState {
  const { subject, muted_until_ms: until } = row;
  const opened = subject && Buffer.from(sealer.open(subject, placeOf(key, row.chat_id)));
  return {
    subject: opened && opened.toString(),
    archived: row.archived === 1,
    pinned: row.pinned === 1,
    unread: row.unread === 1,
    mutedUntilMs: until === FOR_EVER ? 'forever' : until,
    readUpTo: row.read_up_to,
  };
}

function prepare({ reader, writer }: SqliteContext) {
  return {
    one: writer.prepare<[SessionKey, string], Row>(
      'SELECT * FROM chats WHERE session_key = ? AND chat_id = ?',
    ),
    some: reader.prepare<[SessionKey, string], Row>(
      `SELECT chat_id, subject, archived, pinned, unread, muted_until_ms, listed_at_ms,
         ${VALID_MARK} AS read_up_to
       FROM chats WHERE session_key = ? AND chat_id IN (SELECT value FROM json_each(?))`,
    ),
    put: writer.prepare(
      `INSERT INTO chats (session_key, chat_id, subject, archived, pinned, unread, muted_until_ms,
         listed_at_ms, read_up_to, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_key, chat_id) DO UPDATE SET subject = excluded.subject,
         archived = excluded.archived, pinned = excluded.pinned, unread = excluded.unread,
         muted_until_ms = excluded.muted_until_ms, listed_at_ms = excluded.listed_at_ms,
         read_up_to = excluded.read_up_to, told = excluded.told`,
    ),
    unlist: writer.prepare(
      `UPDATE chats SET archived = 0, pinned = 0, unread = 0, muted_until_ms = NULL,
         listed_at_ms = NULL, told = 15 WHERE session_key = ? AND chat_id = ?`,
    ),
    listed: reader.prepare<
      { key: SessionKey; atMs: number; chatId: string; archived: number | null; limit: number },
      ListedChat
    >(
      `SELECT chat_id AS chatId, listed_at_ms AS listedAtMs FROM chats c
       WHERE session_key = @key
         AND (listed_at_ms < @atMs OR (listed_at_ms = @atMs AND chat_id > @chatId))
         AND (@archived IS NULL OR archived = @archived)
         AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.session_key = @key
           AND m.chat_id = c.chat_id AND m.target_id IS NULL)
       ORDER BY listed_at_ms DESC, chat_id LIMIT @limit`,
    ),
  };
}
