import type { Effort, Priority } from '../../outbox/pacing/pace.ts';
import type { Head, JobSummary, LinePlace, Queued, QueueStore } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { createOrders } from './orders.ts';
import { JOB_COLUMNS, type JobRow, toJob } from './outbox.ts';

interface HeadRow {
  message_id: string;
  chat_id: string;
  due_at_ms: number;
  rank: 0 | 1;
  heard_at_ms: number | null;
  wrote_at_ms: number | null;
  text_key: string | null;
  effort: Effort['kind'];
  effort_size: number;
  attempts: number;
}

type QueuedRow = JobRow & HeadRow & { expires_at_ms: number | null };

interface SummaryRow {
  serial: number;
  message_id: string;
  chat_id: string;
  type: string;
  priority: 0 | 1;
  created_at_ms: number;
  due_at_ms: number;
  expires_at_ms: number | null;
  attempts: number;
}

export function createQueueStore(context: SqliteContext): QueueStore {
  const { read, write, sealer } = context;
  const sql = prepare(context);
  const orders = createOrders(context);
  const toQueued = (row: QueuedRow): Queued => ({
    job: toJob(sealer, row),
    head: toHead(row),
    expiresAtMs: row.expires_at_ms,
  });

  return {
    heads: (key, { dueByMs, heardSinceMs, wroteSinceMs, perKind }) =>
      read(() => {
        const rows: HeadRow[] = [];
        for (const rank of [0, 1]) {
          rows.push(...sql.heard.all(key, rank, dueByMs, heardSinceMs, perKind));
          rows.push(...sql.wrote.all(key, rank, dueByMs, heardSinceMs, wroteSinceMs, perKind));
          rows.push(...sql.strangers.all(key, rank, dueByMs, heardSinceMs, wroteSinceMs, perKind));
        }
        return rows.map(toHead);
      }),
    due: (key, { dueByMs, exceptChats, exceptMessages, limit }) =>
      read(() => {
        const except = [exceptChats, exceptMessages].map((ids) => JSON.stringify(ids));
        return sql.due.all(key, dueByMs, ...except, limit).map(toQueued);
      }),
    find: (key, messageId) =>
      read(() => {
        const row = sql.find.get(key, messageId);
        return row ? toQueued(row) : null;
      }),
    withdraw: (key, messageId) =>
      write(() => {
        // The job goes with its message.
        if (sql.withdraw.run(key, messageId).changes === 0) return false;
        orders.reopen(key, messageId);
        return true;
      }),
    ahead: (key, messageId, most) => read(() => sql.ahead.get({ key, messageId, most }) ?? 0),
    nextChange: (key, nowMs) =>
      read(() => sql.nextChange.get({ key, nowMs }) ?? { dueAtMs: null, expiresAtMs: null }),
    expired: (key, nowMs, limit) =>
      read(() => sql.expired.all(key, nowMs, limit).map((row) => toJob(sealer, row))),
    list: (key, limit, after) =>
      read(() => {
        const rows =
          after === null ? sql.first.all(key, limit) : sql.next.all({ key, ...after, limit });
        return rows.map(toSummary);
      }),
    counts: (key, nowMs) =>
      read(() => {
        const { total, due, bulk, tried } = sql.counts.get(nowMs, key) ?? NONE;
        return { total, due, scheduled: total - due, bulk, tried };
      }),
    remembered: (key, mark, sinceMs) =>
      read(() => {
        const row = sql.remembered.get(key, mark, sinceMs);
        return row ? { requestHash: row.request_hash, id: row.message_id } : null;
      }),
  };
}

const NONE = { total: 0, due: 0, bulk: 0, tried: 0 };

const HEAD_COLUMNS = `m.message_id, j.chat_id, j.due_at_ms, j.rank, j.heard_at_ms, j.wrote_at_ms,
  j.text_key, j.effort, j.effort_size, j.attempts`;
const SUMMARY_COLUMNS = `j.id AS serial, m.message_id, m.chat_id, m.type, j.priority, j.created_at_ms, j.due_at_ms,
  j.expires_at_ms, j.attempts`;
/** Of any job, head of its chat or not. */
const QUEUED_COLUMNS = `${JOB_COLUMNS}, j.due_at_ms, j.expires_at_ms, j.rank, j.text_key, j.effort,
  j.effort_size, coalesce(j.heard_at_ms, c.heard_at_ms) AS heard_at_ms, c.wrote_at_ms
  FROM jobs j JOIN messages m ON m.id = j.message_ref
  LEFT JOIN outbox_chats c ON c.session_key = j.session_key AND c.chat_id = j.chat_id`;
const JOBS = 'FROM jobs j JOIN messages m ON m.id = j.message_ref';
/** Where a message stands in line; nowhere once its job is over. */
const PLACE = `SELECT p.due_at_ms, p.id FROM jobs p JOIN messages q ON q.id = p.message_ref
  WHERE q.session_key = @key AND q.message_id = @messageId AND q.from_me = 1`;
const KNOWN = '(j.heard_at_ms IS NOT NULL OR j.wrote_at_ms IS NOT NULL)';

function prepare({ reader, writer }: SqliteContext) {
  const heads = (condition: string) =>
    reader.prepare<number[], HeadRow>(
      `SELECT ${HEAD_COLUMNS} ${JOBS}
       WHERE j.session_key = ? AND j.rank = ? AND j.head = 1 AND j.due_at_ms <= ? AND ${condition}
       ORDER BY j.due_at_ms, j.id LIMIT ?`,
    );
  const one = 'm.session_key = ? AND m.message_id = ? AND m.from_me = 1';
  return {
    heard: heads(`${KNOWN} AND j.heard_at_ms > ?`),
    wrote: heads(`${KNOWN} AND coalesce(j.heard_at_ms, 0) <= ? AND j.wrote_at_ms > ?`),
    strangers: heads(`coalesce(j.heard_at_ms, 0) <= ? AND coalesce(j.wrote_at_ms, 0) <= ?`),
    due: reader.prepare<[SessionKey, number, ...string[], number], QueuedRow>(
      `SELECT ${QUEUED_COLUMNS}
       WHERE j.session_key = ? AND j.due_at_ms <= ?
         AND j.chat_id NOT IN (SELECT value FROM json_each(?))
         AND m.message_id NOT IN (SELECT value FROM json_each(?))
       ORDER BY j.due_at_ms, j.id LIMIT ?`,
    ),
    find: reader.prepare<[SessionKey, string], QueuedRow>(`SELECT ${QUEUED_COLUMNS} WHERE ${one}`),
    withdraw: writer.prepare<[SessionKey, string]>(
      `DELETE FROM messages WHERE session_key = ? AND message_id = ? AND from_me = 1
         AND EXISTS (SELECT 1 FROM jobs j WHERE j.message_ref = messages.id AND j.attempts = 0)`,
    ),
    ahead: reader
      .prepare<{ key: SessionKey; messageId: string; most: number }, number>(
        `SELECT count(*) FROM (SELECT 1 FROM jobs j
         WHERE j.session_key = @key AND (j.due_at_ms, j.id) < (${PLACE}) LIMIT @most)`,
      )
      .pluck(),
    nextChange: reader.prepare<
      { key: SessionKey; nowMs: number },
      { dueAtMs: number | null; expiresAtMs: number | null }
    >(
      `SELECT
         (SELECT min(due_at_ms) FROM jobs WHERE session_key = @key AND due_at_ms > @nowMs) AS dueAtMs,
         (SELECT min(expires_at_ms) FROM jobs
          WHERE session_key = @key AND expires_at_ms IS NOT NULL) AS expiresAtMs`,
    ),
    expired: reader.prepare<[SessionKey, number, number], JobRow>(
      `SELECT ${JOB_COLUMNS} ${JOBS} WHERE j.session_key = ? AND j.expires_at_ms <= ?
       ORDER BY j.expires_at_ms LIMIT ?`,
    ),
    first: reader.prepare<[SessionKey, number], SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} ${JOBS} WHERE j.session_key = ?
       ORDER BY j.due_at_ms, j.id LIMIT ?`,
    ),
    next: reader.prepare<LinePlace & { key: SessionKey; limit: number }, SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} ${JOBS}
       WHERE j.session_key = @key AND (j.due_at_ms, j.id) > (@dueAtMs, @serial)
       ORDER BY j.due_at_ms, j.id LIMIT @limit`,
    ),
    counts: reader.prepare<
      [number, SessionKey],
      { total: number; due: number; bulk: number; tried: number }
    >(
      `SELECT count(*) AS total, coalesce(sum(due_at_ms <= ?), 0) AS due,
         coalesce(sum(priority), 0) AS bulk, coalesce(sum(attempts > 0), 0) AS tried
       FROM jobs WHERE session_key = ?`,
    ),
    remembered: reader.prepare<
      [SessionKey, string, number],
      { request_hash: string; message_id: string }
    >(
      `SELECT request_hash, message_id FROM idempotency_keys
       WHERE session_key = ? AND key = ? AND created_at_ms > ?`,
    ),
  };
}

function toHead(row: HeadRow): Head {
  return {
    messageId: row.message_id,
    chatId: row.chat_id,
    dueAtMs: row.due_at_ms,
    priority: priorityOf(row.rank),
    heardAtMs: row.heard_at_ms,
    wroteAtMs: row.wrote_at_ms,
    textKey: row.text_key,
    effort: effortOf(row.effort, row.effort_size),
    attempts: row.attempts,
  };
}

function toSummary(row: SummaryRow): JobSummary {
  return {
    serial: row.serial,
    messageId: row.message_id,
    chatId: row.chat_id,
    type: row.type,
    priority: priorityOf(row.priority),
    createdAtMs: row.created_at_ms,
    dueAtMs: row.due_at_ms,
    expiresAtMs: row.expires_at_ms,
    attempts: row.attempts,
  };
}

const priorityOf = (value: number): Priority => (value === 0 ? 'direct' : 'bulk');

function effortOf(kind: Effort['kind'], size: number): Effort {
  switch (kind) {
    case 'typed':
      return { kind, characters: size };
    case 'spoken':
      return { kind, ms: size };
    case 'none':
      return { kind };
  }
}
