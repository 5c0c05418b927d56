import { Problem } from '../../kernel/errors.ts';
import type { MessageStatus } from '../../messages/store.ts';
import type { Job, OutboxStore } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { mayBecome } from '../message-status.ts';
import type { SqliteContext } from './context.ts';
import { createMessageInsert, messagePlace } from './message-rows.ts';
import { openJson, type Sealer, sealJson, sealOptional } from './sealer.ts';

interface JobRow {
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

export function createOutboxStore(context: SqliteContext): OutboxStore {
  const { writer, write, read, sealer, clock, requireSession, insertBatch } = context;
  const sql = prepare(context);
  const insertMessage = createMessageInsert(writer, sealer);
  const own = (sessionKey: SessionKey, messageId: string) => ({
    sessionKey,
    messageId,
    fromMe: true,
  });

  return {
    enqueue: (job) =>
      write(() => {
        requireSession(job.sessionKey);
        const message = insertMessage(job.sessionKey, messageOf(job), clock.now());
        if (message === null) throw new Error('the session already has a message with this id');
        const place = messagePlace(own(job.sessionKey, job.messageId), 'content');
        const content = sealJson(sealer, job.content, place);
        sql.add.run(job.sessionKey, message, job.attempts, job.createdAtMs, content);
      }),
    pending: (key, limit) =>
      read(() => sql.pending.all(key, limit).map((row) => toJob(sealer, row))),
    sessionsWithPending: () => read(() => sql.sessions.all()),
    markSending: (key, messageId, encoded) =>
      write(() => {
        requireSession(key);
        const open = sql.open.get(key, messageId);
        if (!open) throw new Problem('message_not_found', 'The send is over or was removed.');
        const place = messagePlace(own(key, messageId), 'encoded');
        const status = mayBecome(open.status, 'sending') ? 'sending' : open.status;
        sql.countAttempt.run(open.job);
        sql.markSending.run(status, sealOptional(sealer, encoded, place), open.message);
      }),
    finish: (key, messageId, { status, error }, batch) =>
      write(() => {
        const open = sql.open.get(key, messageId);
        if (!open) return;
        sql.end.run(open.job);
        const moves = mayBecome(open.status, status);
        if (moves) {
          const place = messagePlace(own(key, messageId), 'error');
          sql.finish.run(status, error ? sealJson(sealer, error, place) : null, open.message);
        }
        // A receipt can overtake the ack: `sent` is then still news. `failed` would be wrong.
        if (moves || status === 'sent') insertBatch(batch);
      }),
  };
}

function prepare({ writer, reader }: SqliteContext) {
  return {
    add: writer.prepare(
      `INSERT INTO jobs (session_key, message_ref, attempts, created_at_ms, content)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    pending: reader.prepare<[SessionKey, number], JobRow>(
      `SELECT j.session_key, m.message_id, m.chat_id, m.sender_id, j.content, m.data, m.encoded,
         j.attempts, j.created_at_ms
       FROM jobs j JOIN messages m ON m.id = j.message_ref
       WHERE j.session_key = ? ORDER BY j.id LIMIT ?`,
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

const messageOf = (job: Job) => ({
  messageId: job.messageId,
  chatId: job.chatId,
  senderId: job.senderId,
  fromMe: true,
  type: job.content.type,
  status: 'queued' as const,
  timestampMs: job.createdAtMs,
  data: job.data,
  encoded: job.encoded,
});

function toJob(sealer: Sealer, row: JobRow): Job {
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
