import type { ProblemCode } from '../../kernel/errors.ts';
import type { MessageStatus } from '../../messages/store.ts';
import type { Occurrence, Schedule, ScheduleStore } from '../../schedule/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { createScheduleSteps } from './schedule-steps.ts';
import { openJson, type Sealer, sealJson } from './sealer.ts';

interface ScheduleRow {
  id: string;
  session_key: SessionKey;
  name: string | null;
  cron: string;
  time_zone: string;
  starts_at_ms: number | null;
  ends_at_ms: number | null;
  max_occurrences: number | null;
  enabled: number;
  recipient: string;
  next_at_ms: number | null;
  made: number;
  missed: number;
  revision: number;
  created_at_ms: number;
  updated_at_ms: number;
  idempotency_key: string | null;
  request_hash: string | null;
  content: Uint8Array;
}

interface OccurrenceRow {
  at_ms: number;
  message_id: string | null;
  code: ProblemCode | null;
  reason: string | null;
  message_status: MessageStatus | null;
}

export function createScheduleStore(context: SqliteContext): ScheduleStore {
  const { writer, read, write, sealer, requireSession, insertBatch } = context;
  const sql = prepare(context);
  const steps = createScheduleSteps(writer);
  const open = (row: ScheduleRow) => toSchedule(sealer, row);
  return {
    create: (schedule, most) =>
      write(() => {
        requireSession(schedule.sessionKey);
        if ((sql.count.get(schedule.sessionKey) ?? 0) >= most) return false;
        const { sessionKey, createdAtMs, idempotency } = schedule;
        const { key = null, requestHash = null } = idempotency ?? {};
        const once = { sessionKey, createdAtMs, key, requestHash };
        sql.create.run({ ...columns(sealer, schedule), ...once });
        return true;
      }),
    find: (id) =>
      read(() => {
        const row = sql.find.get(id);
        return row ? open(row) : null;
      }),
    remembered: (key, mark, sinceMs) =>
      read(() => {
        const row = sql.remembered.get(key, mark, sinceMs);
        return row ? { requestHash: row.request_hash, id: row.id } : null;
      }),
    list: (key, limit, after) => read(() => sql.list.all({ key, limit, after }).map(open)),
    change: (schedule) =>
      write(() => {
        const { revision } = schedule;
        return sql.change.run({ ...columns(sealer, schedule), revision }).changes > 0;
      }),
    remove: (id) => write(() => sql.remove.run(id).changes > 0),
    due: (nowMs, except, limit) =>
      read(() => sql.due.all(nowMs, JSON.stringify(except), limit).map(open)),
    nextAtMs: (except) => read(() => sql.next.get(JSON.stringify(except)) ?? null),
    advance: (id, revision, step, notMade, batch) =>
      write(() => {
        const occurrence = notMade && {
          atMs: notMade.atMs,
          messageId: null,
          fault: { code: notMade.code, reason: notMade.reason },
        };
        if (!steps.advance(id, revision, step, occurrence)) return false;
        insertBatch(batch);
        return true;
      }),
    occurrences: (id) => read(() => sql.occurrences.all(id).map(toOccurrence)),
  };
}

function prepare({ writer, reader }: SqliteContext) {
  return {
    count: writer
      .prepare<[SessionKey], number>('SELECT count(*) FROM schedules WHERE session_key = ?')
      .pluck(),
    create: writer.prepare(
      `INSERT INTO schedules (id, session_key, name, cron, time_zone, starts_at_ms, ends_at_ms,
         max_occurrences, enabled, recipient, next_at_ms, created_at_ms, updated_at_ms, content,
         idempotency_key, request_hash)
       VALUES (@id, @sessionKey, @name, @cron, @timeZone, @startsAtMs, @endsAtMs,
         @maxOccurrences, @enabled, @to, @nextAtMs, @createdAtMs, @updatedAtMs, @content,
         @key, @requestHash)`,
    ),
    change: writer.prepare(
      `UPDATE schedules SET name = @name, cron = @cron, time_zone = @timeZone,
         starts_at_ms = @startsAtMs, ends_at_ms = @endsAtMs, max_occurrences = @maxOccurrences,
         enabled = @enabled, recipient = @to, next_at_ms = @nextAtMs, updated_at_ms = @updatedAtMs,
         content = @content, revision = revision + 1
       WHERE id = @id AND revision = @revision`,
    ),
    remove: writer.prepare<[string]>('DELETE FROM schedules WHERE id = ?'),
    find: reader.prepare<[string], ScheduleRow>('SELECT * FROM schedules WHERE id = ?'),
    remembered: reader.prepare<[SessionKey, string, number], { request_hash: string; id: string }>(
      `SELECT request_hash, id FROM schedules
       WHERE session_key = ? AND idempotency_key = ? AND created_at_ms > ?
       ORDER BY ref DESC LIMIT 1`,
    ),
    list: reader.prepare<{ key: SessionKey; limit: number; after: string | null }, ScheduleRow>(
      `SELECT * FROM schedules
       WHERE session_key = @key
         AND (@after IS NULL OR ref < coalesce(
           (SELECT ref FROM schedules WHERE id >= @after ORDER BY id LIMIT 1), 9007199254740991))
       ORDER BY ref DESC LIMIT @limit`,
    ),
    due: reader.prepare<[number, string, number], ScheduleRow>(
      `SELECT * FROM schedules
       WHERE next_at_ms <= ? AND id NOT IN (SELECT value FROM json_each(?))
       ORDER BY next_at_ms LIMIT ?`,
    ),
    next: reader
      .prepare<[string], number>(
        `SELECT next_at_ms FROM schedules
         WHERE next_at_ms IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?))
         ORDER BY next_at_ms LIMIT 1`,
      )
      .pluck(),
    occurrences: reader.prepare<[string], OccurrenceRow>(
      `SELECT o.*, m.status AS message_status
       FROM schedules s JOIN schedule_occurrences o ON o.schedule_ref = s.ref
       LEFT JOIN messages m
         ON m.session_key = s.session_key AND m.message_id = o.message_id AND m.from_me = 1
       WHERE s.id = ? ORDER BY o.at_ms DESC`,
    ),
  };
}

/** Texts are sealed like those of messages. */
const placeOf = (id: string) => ['schedules', id, 'content'];

const columns = (sealer: Sealer, schedule: Schedule) => ({
  id: schedule.id,
  name: schedule.name,
  ...schedule.rhythm,
  maxOccurrences: schedule.maxOccurrences,
  enabled: schedule.enabled ? 1 : 0,
  to: schedule.to,
  nextAtMs: schedule.nextAtMs,
  updatedAtMs: schedule.updatedAtMs,
  content: sealJson(sealer, schedule.content, placeOf(schedule.id)),
});

function toSchedule(sealer: Sealer, row: ScheduleRow): Schedule {
  const { idempotency_key: key, request_hash: requestHash } = row;
  return {
    id: row.id,
    sessionKey: row.session_key,
    name: row.name,
    rhythm: {
      cron: row.cron,
      timeZone: row.time_zone,
      startsAtMs: row.starts_at_ms,
      endsAtMs: row.ends_at_ms,
    },
    maxOccurrences: row.max_occurrences,
    enabled: row.enabled === 1,
    to: row.recipient,
    content: openJson(sealer, row.content, placeOf(row.id)) as Schedule['content'],
    nextAtMs: row.next_at_ms,
    made: row.made,
    missed: row.missed,
    revision: row.revision,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    idempotency: key !== null && requestHash !== null ? { key, requestHash } : null,
  };
}

const toOccurrence = (row: OccurrenceRow): Occurrence => ({
  atMs: row.at_ms,
  messageId: row.message_id,
  fault: row.code === null ? null : { code: row.code, reason: row.reason ?? '' },
  messageStatus: row.message_status,
});
