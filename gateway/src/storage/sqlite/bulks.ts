import type { Acquaintance, BulkStore, RecipientCounts } from '../../bulk/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import {
  type BulkRow,
  type RecipientRow,
  sealVariables,
  toBulk,
  toRecipient,
} from './bulk-rows.ts';
import type { SqliteContext } from './context.ts';
import { messagePlace } from './message-rows.ts';
import { openJson, sealJson } from './sealer.ts';

/** A queued recipient whose message has ended, or is no more. */
interface EndedRow {
  position: number;
  session_key: SessionKey;
  message_id: string;
  status: string | null;
  error: Uint8Array | null;
}

const NOBODY: RecipientCounts = {
  waiting: 0,
  queued: 0,
  sent: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
};

export function createBulkStore(context: SqliteContext): BulkStore {
  const sql = prepare(context);
  return { ...bulkStore(context, sql), ...recipientStore(context, sql) };
}

type Statements = ReturnType<typeof prepare>;
type RecipientMethods =
  | 'addRecipients'
  | 'recipients'
  | 'counts'
  | 'backlog'
  | 'giveUp'
  | 'giveUpWaiting'
  | 'settle'
  | 'acquaintances';

function bulkStore(context: SqliteContext, sql: Statements): Omit<BulkStore, RecipientMethods> {
  const { read, write, sealer, requireSession, insertBatch } = context;
  return {
    create: (bulk) =>
      write(() => {
        requireSession(bulk.sessionKey);
        sql.create.run({
          id: bulk.id,
          sessionKey: bulk.sessionKey,
          workspaceId: bulk.workspaceId,
          pool: JSON.stringify(bulk.pool),
          name: bulk.name,
          state: bulk.state,
          startAtMs: bulk.startAtMs,
          expiresAtMs: bulk.expiresAtMs,
          createdAtMs: bulk.createdAtMs,
          key: bulk.idempotency?.key ?? null,
          hash: bulk.idempotency?.requestHash ?? null,
          content: sealJson(sealer, bulk.content, ['bulks', bulk.id, 'content']),
        });
      }),
    forgetUnprepared: () => write(() => void sql.forgetUnprepared.run()),
    find: (id) =>
      read(() => {
        const row = sql.find.get(id);
        return row ? toBulk(sealer, row) : null;
      }),
    list: (key, limit, after) =>
      read(() => sql.list.all({ key, limit, after }).map((row) => toBulk(sealer, row))),
    unfinished: () => read(() => sql.unfinished.all().map((row) => toBulk(sealer, row))),
    remembered: (key, mark, sinceMs) =>
      read(() => {
        const row = sql.remembered.get(key, mark, sinceMs);
        return row ? { requestHash: row.request_hash, id: row.id } : null;
      }),
    move: (id, from, to, batch) =>
      write(() => {
        if (sql.move.run(to, id, JSON.stringify(from)).changes === 0) return false;
        if (to === 'cancelled') sql.cancelWaiting.run(id);
        insertBatch(batch);
        return true;
      }),
    finish: (id, from, atMs, batch) =>
      write(() => {
        if (sql.finish.run(atMs, id, from).changes === 0) return false;
        insertBatch(batch);
        return true;
      }),
    prune: (beforeMs, limit) =>
      write(() => {
        const gone = sql.pruneRecipients.run(beforeMs, limit).changes;
        return gone > 0 ? gone : sql.pruneBulks.run(beforeMs, limit).changes;
      }),
  };
}

function recipientStore(
  context: SqliteContext,
  sql: Statements,
): Pick<BulkStore, RecipientMethods> {
  const { read, write, sealer } = context;
  const settleOne = createSettling(context, sql);
  return {
    addRecipients: (id, recipients) =>
      write(() => {
        for (const { position, to, variables, messageId, fault } of recipients) {
          const added = sql.add.run({
            id,
            position,
            to,
            messageId,
            state: fault ? 'skipped' : 'waiting',
            code: fault?.code ?? null,
            reason: fault?.reason ?? null,
            variables: sealVariables(sealer, messageId, variables),
          });
          // The session, and the bulk send with it, may have been removed in the meantime.
          if (added.changes === 0) throw new Error('the bulk send is gone');
        }
      }),
    recipients: (id, { state, after, limit }) =>
      read(() => {
        const rows =
          state === null
            ? sql.recipients.all(id, after, limit)
            : sql.recipientsIn.all(id, state, after, limit);
        return rows.map((row) => toRecipient(sealer, row));
      }),
    counts: (id) =>
      read(() => ({
        ...NOBODY,
        ...Object.fromEntries(sql.counts.all(id).map(({ state, count }) => [state, count])),
      })),
    backlog: (id) =>
      read(
        () => new Map(sql.backlog.all(id).map(({ session_key, count }) => [session_key, count])),
      ),
    giveUp: (id, position, as, { code, reason }) =>
      write(() => void sql.giveUp.run(as, code, reason, id, position)),
    giveUpWaiting: (id, { code, reason }) =>
      write(() => void sql.giveUpWaiting.run(code, reason, id)),
    settle: (id) =>
      write(() => {
        const ended = sql.ended.all(id);
        for (const row of ended) settleOne(id, row);
        return ended.length;
      }),
    acquaintances: (keys, chatIds) =>
      read(() =>
        sql.acquaintances.all(JSON.stringify(keys), JSON.stringify(chatIds)).map(
          (row): Acquaintance => ({
            sessionKey: row.session_key,
            chatId: row.chat_id,
            heardAtMs: row.heard_at_ms,
            wroteAtMs: row.wrote_at_ms,
          }),
        ),
      ),
  };
}

/** What a message's end means for its recipient. A message that is gone went with its session. */
function createSettling({ sealer }: SqliteContext, sql: Statements) {
  return (id: string, { position, session_key, message_id, status, error }: EndedRow): void => {
    if (status !== null && status !== 'failed') {
      sql.settle.run('sent', null, null, id, position);
      return;
    }
    const place = messagePlace(
      { sessionKey: session_key, messageId: message_id, fromMe: true },
      'error',
    );
    const opened = error && (openJson(sealer, error, place) as { code: string; message: string });
    const { code, message } = opened ?? {
      code: 'session_not_found',
      message: 'The session was removed.',
    };
    sql.settle.run('failed', code, message, id, position);
  };
}

const REF = '(SELECT ref FROM bulks WHERE id = ?)';
const RECIPIENTS = `SELECT r.*, m.status AS message_status
  FROM bulk_recipients r LEFT JOIN messages m
    ON m.session_key = r.session_key AND m.message_id = r.message_id AND m.from_me = 1
  WHERE r.bulk_ref = ${REF}`;

function prepare({ writer, reader }: SqliteContext) {
  return {
    ...prepareReading(reader),
    create: writer.prepare(
      `INSERT INTO bulks (id, session_key, workspace_id, pool, name, state, start_at_ms,
         expires_at_ms, created_at_ms, idempotency_key, request_hash, content)
       VALUES (@id, @sessionKey, @workspaceId, @pool, @name, @state, @startAtMs,
         @expiresAtMs, @createdAtMs, @key, @hash, @content)`,
    ),
    add: writer.prepare(
      `INSERT INTO bulk_recipients (bulk_ref, position, recipient, message_id, state, code, reason,
         variables)
       SELECT ref, @position, @to, @messageId, @state, @code, @reason, @variables
       FROM bulks WHERE id = @id`,
    ),
    forgetUnprepared: writer.prepare("DELETE FROM bulks WHERE state = 'preparing'"),
    move: writer.prepare(
      `UPDATE bulks SET state = ?
       WHERE id = ? AND finished_at_ms IS NULL AND state IN (SELECT value FROM json_each(?))`,
    ),
    finish: writer.prepare(
      `UPDATE bulks SET finished_at_ms = ?,
         state = CASE state WHEN 'cancelled' THEN state ELSE 'finished' END
       WHERE id = ? AND finished_at_ms IS NULL AND state = ?`,
    ),
    cancelWaiting: writer.prepare(
      `UPDATE bulk_recipients SET state = 'cancelled'
       WHERE bulk_ref = ${REF} AND state = 'waiting'`,
    ),
    giveUp: writer.prepare(
      `UPDATE bulk_recipients SET state = ?, code = ?, reason = ?
       WHERE bulk_ref = ${REF} AND position = ? AND state = 'waiting'`,
    ),
    giveUpWaiting: writer.prepare(
      `UPDATE bulk_recipients SET state = 'failed', code = ?, reason = ?
       WHERE bulk_ref = ${REF} AND state = 'waiting'`,
    ),
    // Read where it is changed at once: the writer sees what the same transaction did before.
    ended: writer.prepare<[string], EndedRow>(
      `SELECT r.position, r.session_key, r.message_id, m.status, m.error
       FROM bulk_recipients r LEFT JOIN messages m
         ON m.session_key = r.session_key AND m.message_id = r.message_id AND m.from_me = 1
       WHERE r.bulk_ref = ${REF} AND r.state = 'queued'
         AND (m.status IS NULL OR m.status NOT IN ('queued', 'sending'))`,
    ),
    settle: writer.prepare(
      `UPDATE bulk_recipients SET state = ?, code = ?, reason = ?
       WHERE bulk_ref = ${REF} AND position = ?`,
    ),
    pruneRecipients: writer.prepare(
      `DELETE FROM bulk_recipients WHERE (bulk_ref, position) IN
         (SELECT r.bulk_ref, r.position FROM bulks b JOIN bulk_recipients r ON r.bulk_ref = b.ref
          WHERE b.finished_at_ms < ? LIMIT ?)`,
    ),
    pruneBulks: writer.prepare(
      `DELETE FROM bulks WHERE ref IN (SELECT ref FROM bulks WHERE finished_at_ms < ? LIMIT ?)`,
    ),
  };
}

function prepareReading(reader: SqliteContext['reader']) {
  return {
    find: reader.prepare<[string], BulkRow>('SELECT * FROM bulks WHERE id = ?'),
    list: reader.prepare<{ key: SessionKey; limit: number; after: string | null }, BulkRow>(
      `SELECT * FROM bulks
       WHERE session_key = @key AND state <> 'preparing'
         AND (@after IS NULL OR ref < coalesce(
           (SELECT ref FROM bulks WHERE id >= @after ORDER BY id LIMIT 1), 9007199254740991))
       ORDER BY ref DESC LIMIT @limit`,
    ),
    unfinished: reader.prepare<[], BulkRow>(
      `SELECT * FROM bulks WHERE finished_at_ms IS NULL AND state <> 'preparing' ORDER BY ref`,
    ),
    remembered: reader.prepare<[SessionKey, string, number], { request_hash: string; id: string }>(
      `SELECT request_hash, id FROM bulks
       WHERE session_key = ? AND idempotency_key = ? AND created_at_ms > ?
         AND state <> 'preparing' ORDER BY ref DESC LIMIT 1`,
    ),
    recipients: reader.prepare<[string, number, number], RecipientRow>(
      `${RECIPIENTS} AND r.position > ? ORDER BY r.position LIMIT ?`,
    ),
    recipientsIn: reader.prepare<[string, string, number, number], RecipientRow>(
      `${RECIPIENTS} AND r.state = ? AND r.position > ? ORDER BY r.position LIMIT ?`,
    ),
    counts: reader.prepare<[string], { state: string; count: number }>(
      `SELECT state, count(*) AS count FROM bulk_recipients WHERE bulk_ref = ${REF} GROUP BY state`,
    ),
    backlog: reader.prepare<[string], { session_key: SessionKey; count: number }>(
      `SELECT session_key, count(*) AS count FROM bulk_recipients
       WHERE bulk_ref = ${REF} AND state = 'queued' GROUP BY session_key`,
    ),
    acquaintances: reader.prepare<
      [string, string],
      {
        session_key: SessionKey;
        chat_id: string;
        heard_at_ms: number | null;
        wrote_at_ms: number | null;
      }
    >(
      `SELECT c.* FROM json_each(?) k JOIN json_each(?) p JOIN outbox_chats c
         ON c.session_key = k.value AND c.chat_id = p.value
       ORDER BY max(coalesce(c.heard_at_ms, 0), coalesce(c.wrote_at_ms, 0)) DESC`,
    ),
  };
}
