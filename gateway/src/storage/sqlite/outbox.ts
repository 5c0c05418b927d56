import { isSharedChat } from '../../contacts/address.ts';
import { Problem } from '../../kernel/errors.ts';
import type { MessageRecord, MessageStatus } from '../../messages/store.ts';
import type { Job, JobPlan, OutboxStore, Queued } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { mayBecome } from '../message-status.ts';
import type { SqliteContext } from './context.ts';
import { createMessageInsert, messagePlace } from './message-rows.ts';
import { createOrders } from './orders.ts';
import { openJson, type Sealer, sealJson, sealOptional } from './sealer.ts';

export interface JobRow {
  session_key: SessionKey;
  message_id: string;
  chat_id: string;
  sender_id: string;
  content: Uint8Array;
  data: Uint8Array;
  encoded: Uint8Array | null;
  attempts: number;
  created_at_ms: number;
}

/** An unfinished job and how far its message has come. */
interface OpenJob {
  job: number;
  message: number;
  status: MessageStatus;
}

/** How long a request is recognised when it comes again. */
const IDEMPOTENCY_MS = 24 * 3_600_000;

export function createOutboxStore(context: SqliteContext): OutboxStore {
  const { writer, write, read, sealer, clock, requireSession, insertBatch } = context;
  const sql = prepare(context);
  const insertMessage = createMessageInsert(writer, sealer);
  const orders = createOrders(context);
  const own = (sessionKey: SessionKey, messageId: string) => ({
    sessionKey,
    messageId,
    fromMe: true,
  });

  return {
    enqueue: (job, plan = plainPlan(job)) =>
      write(() => {
        requireSession(job.sessionKey);
        if (plan.order) orders.fill(plan.order, job);
        const message = insertMessage(job.sessionKey, messageOf(job), clock.now());
        if (message === null) throw new Error('the session already has a message with this id');
        const place = messagePlace(own(job.sessionKey, job.messageId), 'content');
        const content = sealJson(sealer, job.content, place);
        addJob(sql, job, plan, message, content);
        if (plan.batch) insertBatch(plan.batch);
        return inLine(job, plan, sql.chat.get(job.sessionKey, job.chatId) ?? STRANGER);
      }),
    pending: (key, limit) =>
      read(() => sql.pending.all(key, limit).map((row) => toJob(sealer, row))),
    sessionsWithPending: () => read(() => sql.sessions.all()),
    markSending: (key, messageId, encoded, send) =>
      write(() => {
        requireSession(key);
        const open = sql.open.get(key, messageId);
        if (!open) throw new Problem('message_not_found', 'The send is over or was removed.');
        const place = messagePlace(own(key, messageId), 'encoded');
        const status = mayBecome(open.status, 'sending') ? 'sending' : open.status;
        sql.countAttempt.run(open.job);
        sql.markSending.run(status, sealOptional(sealer, encoded, place), open.message);
        if (!send) return;
        sql.addSend.run(key, send.atMs, send.chatId, send.budget, send.textKey);
        sql.wrote.run(key, send.chatId, send.atMs);
      }),
    finish: (key, messageId, { status, error }, batch, visible) =>
      write(() => {
        const open = sql.open.get(key, messageId);
        if (!open) return false;
        sql.end.run(open.job);
        // A receipt can overtake the ack: it has told that the message was sent.
        if (!mayBecome(open.status, status)) return false;
        const place = messagePlace(own(key, messageId), 'error');
        sql.finish.run(status, error ? sealJson(sealer, error, place) : null, open.message);
        insertBatch(batch);
        return true;
      }, visible),
  };
}

/** Shared chats are never cold: their people chose to be there. */
const ALWAYS_HEARD_MS = Number.MAX_SAFE_INTEGER;

function addJob(
  sql: ReturnType<typeof prepare>,
  job: Job,
  plan: JobPlan,
  message: number | bigint,
  content: Uint8Array,
): void {
  const { sessionKey, chatId, createdAtMs } = job;
  sql.add.run(
    sessionKey,
    message,
    chatId,
    plan.dueAtMs,
    plan.expiresAtMs,
    plan.priority === 'direct' ? 0 : 1,
    isSharedChat(chatId) ? ALWAYS_HEARD_MS : null,
    job.attempts,
    createdAtMs,
    plan.textKey,
    ...effortColumns(plan.effort),
    content,
  );
  if (!plan.idempotency) return;
  const { key, requestHash } = plan.idempotency;
  sql.forgetKeys.run(createdAtMs - IDEMPOTENCY_MS);
  sql.addKey.run(sessionKey, key, requestHash, job.messageId, createdAtMs);
}

interface ChatRow {
  readonly heard_at_ms: number | null;
  readonly wrote_at_ms: number | null;
}

const STRANGER: ChatRow = { heard_at_ms: null, wrote_at_ms: null };

function inLine(job: Job, plan: JobPlan, chat: ChatRow): Queued {
  const { messageId, chatId, attempts } = job;
  const { dueAtMs, expiresAtMs, priority, textKey, effort } = plan;
  const heardAtMs = isSharedChat(chatId) ? ALWAYS_HEARD_MS : chat.heard_at_ms;
  const times = { dueAtMs, heardAtMs, wroteAtMs: chat.wrote_at_ms };
  return {
    job,
    head: { messageId, chatId, attempts, priority, textKey, effort, ...times },
    expiresAtMs,
  };
}

const effortColumns = (effort: JobPlan['effort']): [string, number] => {
  switch (effort.kind) {
    case 'typed':
      return ['typed', effort.characters];
    case 'spoken':
      return ['spoken', Math.round(effort.ms)];
    case 'none':
      return ['none', 0];
  }
};

const plainPlan = (job: Job): JobPlan => ({
  dueAtMs: job.createdAtMs,
  expiresAtMs: null,
  priority: 'direct',
  textKey: null,
  effort: { kind: 'none' },
});

/** Columns of a job and its message, for `toJob`. */
export const JOB_COLUMNS = `j.session_key, m.message_id, m.chat_id, m.sender_id, j.content, m.data,
  m.encoded, j.attempts, j.created_at_ms`;

function prepare({ writer, reader }: SqliteContext) {
  return {
    add: writer.prepare(
      `INSERT INTO jobs (session_key, message_ref, chat_id, due_at_ms, expires_at_ms, priority,
         heard_at_ms, attempts, created_at_ms, text_key, effort, effort_size, content)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // A few at a time: more than one goes for each that comes.
    forgetKeys: writer.prepare<[number]>(
      `DELETE FROM idempotency_keys WHERE (session_key, key) IN
         (SELECT session_key, key FROM idempotency_keys WHERE created_at_ms < ?
          ORDER BY created_at_ms LIMIT 3)`,
    ),
    addKey: writer.prepare(
      `INSERT INTO idempotency_keys (session_key, key, request_hash, message_id, created_at_ms)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    chat: writer.prepare<[SessionKey, string], ChatRow>(
      'SELECT heard_at_ms, wrote_at_ms FROM outbox_chats WHERE session_key = ? AND chat_id = ?',
    ),
    addSend: writer.prepare(
      `INSERT INTO outbox_sends (session_key, at_ms, chat_id, budget, text_key)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    wrote: writer.prepare<[SessionKey, string, number]>(
      `INSERT INTO outbox_chats (session_key, chat_id, wrote_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (session_key, chat_id) DO UPDATE SET wrote_at_ms = excluded.wrote_at_ms`,
    ),
    pending: reader.prepare<[SessionKey, number], JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs j JOIN messages m ON m.id = j.message_ref
       WHERE j.session_key = ? ORDER BY j.due_at_ms, j.id LIMIT ?`,
    ),
    sessions: reader
      .prepare<[], SessionKey>(
        `SELECT key FROM sessions s
         WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.session_key = s.key) ORDER BY key`,
      )
      .pluck(),
    // A session that is gone has no open jobs, even while its messages are still being purged.
    open: writer.prepare<[SessionKey, string], OpenJob>(
      `SELECT j.id AS job, m.id AS message, m.status
       FROM messages m JOIN jobs j ON j.message_ref = m.id JOIN sessions s ON s.key = m.session_key
       WHERE m.session_key = ? AND m.message_id = ? AND m.from_me = 1`,
    ),
    countAttempt: writer.prepare<[number]>('UPDATE jobs SET attempts = attempts + 1 WHERE id = ?'),
    markSending: writer.prepare('UPDATE messages SET status = ?, encoded = ? WHERE id = ?'),
    finish: writer.prepare('UPDATE messages SET status = ?, error = ? WHERE id = ?'),
    end: writer.prepare<[number]>('DELETE FROM jobs WHERE id = ?'),
  };
}

/** A list is kept as what it is, although it goes out as text. */
const messageOf = (job: Job): MessageRecord => ({
  messageId: job.messageId,
  chatId: job.chatId,
  senderId: job.senderId,
  fromMe: true,
  type: typeof job.data['type'] === 'string' ? job.data['type'] : job.content.type,
  status: 'queued',
  timestampMs: job.createdAtMs,
  data: job.data,
  encoded: job.encoded,
  ...('target' in job.content ? { targetId: job.content.target.messageId } : {}),
});

/** Opens the sealed columns. */
export function toJob(sealer: Sealer, row: JobRow): Job {
  const message = { sessionKey: row.session_key, messageId: row.message_id, fromMe: true };
  return {
    messageId: row.message_id,
    sessionKey: row.session_key,
    chatId: row.chat_id,
    senderId: row.sender_id,
    content: openJson(sealer, row.content, messagePlace(message, 'content')) as Job['content'],
    data: openJson(sealer, row.data, messagePlace(message, 'data')) as Job['data'],
    encoded: row.encoded && sealer.open(row.encoded, messagePlace(message, 'encoded')),
    attempts: row.attempts,
    createdAtMs: row.created_at_ms,
  };
}
