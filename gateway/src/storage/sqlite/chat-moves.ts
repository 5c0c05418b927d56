import { lidAddress, phoneAddress, phoneOf } from '../../contacts/address.ts';
import type { IdentityPair } from '../../contacts/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { createChatStateMove } from './chats.ts';
import { createContactMove } from './contacts.ts';
import type { SqliteContext } from './context.ts';
import { identityOf, type MessageRow, messagePlace } from './message-rows.ts';
import { createOptOutMove } from './opt-outs.ts';
import { openJson, sealJson } from './sealer.ts';

/** Messages moved per transaction: some milliseconds, so that nobody else waits for long. */
const STEP_ROWS = 200;

/**
 * Brings together the two chats of a person who was known by LID first. Rows are rewritten rather than
 * read under two names: every reader then has one chat without knowing of the other, and the cost
 * arises once per person. What decides over sends moves in the transaction that keeps the pair, with
 * the newest messages; older ones follow in steps, which a restart goes on with.
 */
export interface ChatMoves {
  /** Within the write that keeps the pair. Answers whether `finish` has something left to do. */
  begin(key: SessionKey, pair: IdentityPair): boolean;
  /** Moves what is left of the chat of a LID; resolves when nothing is. */
  finish(key: SessionKey, lid: string): Promise<void>;
  /** Goes on with what an earlier process did not finish. */
  resume(): Promise<void>;
}

/** From one address of a person to the other. */
interface Move {
  readonly key: SessionKey;
  readonly lid: string;
  readonly phone: string;
}

type MoveContext = Pick<SqliteContext, 'writer' | 'write' | 'sealer'>;

export function createChatMoves(context: MoveContext): ChatMoves {
  const { writer, write, sealer } = context;
  const sql = { ...prepareMessages(writer), ...prepareQueue(writer) };
  const moveOptOut = createOptOutMove(context);
  const moveContact = createContactMove(context);
  const moveState = createChatStateMove(context);

  /** A message that is there under both addresses came twice: the one under the number stays. */
  function moveMessage({ lid, phone }: Move, row: MessageRow): void {
    const place = messagePlace(identityOf(row), 'data');
    const data = openJson(sealer, row.data, place) as Readonly<Record<string, unknown>>;
    const sealed = sealJson(sealer, renamed(data, lid, phone), place);
    const sender = row.sender_id === lid ? phone : row.sender_id;
    if (sql.move.run(phone, sender, sealed, row.id).changes === 0) sql.drop.run(row.id);
    else sql.receipts.run(phone, row.id, lid);
  }

  /** False when all are moved. */
  function moveSome(move: Move): boolean {
    const rows = sql.newest.all(move.key, move.lid, STEP_ROWS);
    for (const row of rows) moveMessage(move, row);
    return rows.length === STEP_ROWS;
  }

  /** Jobs keep their places in line; the first of the two chats together becomes its head. */
  function moveQueue(move: Move): void {
    for (const row of sql.queued.all(move.key, move.lid)) moveMessage(move, row);
    const jobs = sql.jobs.run(move).changes;
    const contacts = sql.contacts.run(move).changes;
    if (contacts > 0) {
      sql.forgetContacts.run(move);
      sql.sends.run(move);
    }
    if (jobs + contacts === 0) return;
    sql.behead.run(move);
    sql.head.run(move);
  }

  async function run(move: Move): Promise<void> {
    const step = () => {
      const more = moveSome(move);
      if (!more) sql.finished.run(move);
      return more;
    };
    while (await write(step));
  }

  return {
    begin(key, pair) {
      const move = { key, lid: lidAddress(pair.lid), phone: phoneAddress(pair.phone) };
      moveQueue(move);
      moveOptOut(key, move.lid, move.phone);
      moveContact(key, move.lid, move.phone);
      moveState(key, move.lid, move.phone);
      const more = moveSome(move);
      if (more) sql.note.run(move);
      return more;
    },
    async finish(key, lid) {
      const move = await write(() => sql.noted.get(key, lidAddress(lid)));
      if (move) await run(move);
    },
    async resume() {
      for (const move of sql.allNoted.all()) await run(move);
    },
  };
}

/** The fields of a payload that name the chat or its person. */
const NAMES = ['chatId', 'from', 'participant'];

function renamed(data: Readonly<Record<string, unknown>>, lid: string, phone: string) {
  const names = NAMES.filter((name) => data[name] === lid).map((name) => [name, phone] as const);
  return { ...data, ...Object.fromEntries(names), phone: phoneOf(phone), lid };
}

function prepareMessages(db: SqliteContext['writer']) {
  return {
    newest: db.prepare<[SessionKey, string, number], MessageRow>(
      `SELECT * FROM messages WHERE session_key = ? AND chat_id = ?
         AND substr(chat_id, -4) = '@lid' ORDER BY id DESC LIMIT ?`,
    ),
    queued: db.prepare<[SessionKey, string], MessageRow>(
      `SELECT m.* FROM jobs j JOIN messages m ON m.id = j.message_ref
       WHERE j.session_key = ? AND j.chat_id = ?`,
    ),
    move: db.prepare<[string, string, Uint8Array, number]>(
      'UPDATE OR IGNORE messages SET chat_id = ?, sender_id = ?, data = ? WHERE id = ?',
    ),
    drop: db.prepare<[number]>('DELETE FROM messages WHERE id = ?'),
    receipts: db.prepare<[string, number, string]>(
      'UPDATE OR IGNORE receipts SET person = ? WHERE message_ref = ? AND person = ?',
    ),
    note: db.prepare<Move>(
      'INSERT OR REPLACE INTO chat_moves (session_key, lid, phone) VALUES (@key, @lid, @phone)',
    ),
    noted: db.prepare<[SessionKey, string], Move>(
      'SELECT session_key AS key, lid, phone FROM chat_moves WHERE session_key = ? AND lid = ?',
    ),
    allNoted: db.prepare<[], Move>('SELECT session_key AS key, lid, phone FROM chat_moves'),
    finished: db.prepare<Move>('DELETE FROM chat_moves WHERE session_key = @key AND lid = @lid'),
  };
}

function prepareQueue(db: SqliteContext['writer']) {
  const ofPhone = 'session_key = @key AND chat_id = @phone';
  const ofLid = 'session_key = @key AND chat_id = @lid';
  const later = (column: string) =>
    `${column} = nullif(max(coalesce(${column}, -1), coalesce(excluded.${column}, -1)), -1)`;
  return {
    jobs: db.prepare<Move>(
      `UPDATE jobs SET chat_id = @phone, head = 0, rank = 1, heard_at_ms = NULL, wrote_at_ms = NULL
       WHERE ${ofLid}`,
    ),
    contacts: db.prepare<Move>(
      `INSERT INTO outbox_chats (session_key, chat_id, heard_at_ms, wrote_at_ms)
       SELECT session_key, @phone, heard_at_ms, wrote_at_ms FROM outbox_chats WHERE ${ofLid}
       ON CONFLICT (session_key, chat_id) DO UPDATE
       SET ${later('heard_at_ms')}, ${later('wrote_at_ms')}`,
    ),
    forgetContacts: db.prepare<Move>(`DELETE FROM outbox_chats WHERE ${ofLid}`),
    sends: db.prepare<Move>(`UPDATE outbox_sends SET chat_id = @phone WHERE ${ofLid}`),
    behead: db.prepare<Move>(`UPDATE jobs SET head = 0, rank = 1 WHERE ${ofPhone} AND head = 1`),
    head: db.prepare<Move>(
      `UPDATE jobs SET head = 1,
         rank = NOT EXISTS (SELECT 1 FROM jobs WHERE ${ofPhone} AND priority = 0),
         heard_at_ms = (SELECT heard_at_ms FROM outbox_chats WHERE ${ofPhone}),
         wrote_at_ms = (SELECT wrote_at_ms FROM outbox_chats WHERE ${ofPhone})
       WHERE id = (SELECT id FROM jobs WHERE ${ofPhone} ORDER BY due_at_ms, id LIMIT 1)`,
    ),
  };
}
