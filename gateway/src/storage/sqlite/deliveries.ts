import type { StoredEvent } from '../../events/store.ts';
import type {
  AttemptRecord,
  DeliveryState,
  DueDelivery,
  WebhookStore,
} from '../../webhooks/store.ts';
import { eventPlace } from './batch.ts';
import type { SqliteContext } from './context.ts';
import { excerptPlace } from './delivery-log.ts';
import { createLanes, type Lane } from './lanes.ts';
import { openJson, type Sealer, sealOptional } from './sealer.ts';

interface DueRow {
  id: string;
  endpoint_id: string;
  order_key: string;
  attempts: number;
  schedule_base: number;
  queued_at_ms: number;
  event_id: string;
  event: string;
  workspace_id: string;
  session_id: string;
  timestamp_ms: number;
  data: Uint8Array;
}

interface QueuedRow extends Lane {
  ref: number;
  state: DeliveryState;
  head: 0 | 1;
  attempts: number;
}

type QueueMethods = Pick<
  WebhookStore,
  'due' | 'nextDueAtMs' | 'pendingInOrder' | 'recordAttempt' | 'recordAttempts' | 'hasten'
>;

/** Deliveries moved per transaction when an endpoint comes back to life. */
const HASTEN_STEP = 500;

/**
 * The queue side of deliveries. Every (endpoint, order key) is a lane of which only the head is in the
 * index that `due` reads, so a blocked chat with a million deliveries costs as much as one with a single.
 */
export function createDeliveryQueue(context: SqliteContext): QueueMethods {
  const { writer, write, read, sealer } = context;
  const sql = prepare(context);
  const lanes = createLanes(writer);

  function record({ deliveryId, attempt, after }: AttemptRecord): void {
    const row = sql.get.get(deliveryId);
    // Removed with its endpoint or its event, or written before by a call that seemed to fail.
    if (row?.state !== 'pending') return;
    if (attempt) {
      const excerpt =
        attempt.responseExcerpt === null ? null : Buffer.from(attempt.responseExcerpt);
      sql.addAttempt.run(
        row.ref,
        attempt.number,
        attempt.startedAtMs,
        Math.round(attempt.durationMs),
        attempt.status,
        attempt.errorStage,
        attempt.error,
        sealOptional(sealer, excerpt, excerptPlace(deliveryId, attempt.number)),
      );
    }
    const attempts = Math.max(row.attempts, attempt?.number ?? 0);
    const nextAttemptAtMs = after.state === 'pending' ? after.nextAttemptAtMs : null;
    const head = after.state === 'pending' ? row.head : 0;
    sql.move.run(after.state, head, attempts, nextAttemptAtMs, row.ref);
    if (row.head === 1 && head === 0) lanes.promote(row);
  }

  return {
    due: (endpointId, nowMs, limit) =>
      read(() => sql.due.all(endpointId, nowMs, limit).map((row) => toDue(sealer, row))),
    nextDueAtMs: (endpointId, afterMs = -Infinity) =>
      read(() => sql.nextDue.get(endpointId, afterMs) ?? null),
    pendingInOrder: (endpointId, orderKey, limit) =>
      read(() => sql.lane.all(endpointId, orderKey, limit).map((row) => toDue(sealer, row))),
    recordAttempt: (deliveryId, attempt, after) =>
      write(() => record({ deliveryId, attempt, after })),
    recordAttempts: (records) => write(() => records.forEach(record)),
    async hasten(endpointId, nowMs) {
      for (let hastened = 0; ; ) {
        const { changes } = await write(() => sql.hasten.run(nowMs, endpointId, nowMs));
        hastened += changes;
        if (changes < HASTEN_STEP) return hastened;
      }
    },
  };
}

const ENDPOINT = '(SELECT ref FROM endpoint_refs WHERE id = ?)';
const DUE_COLUMNS = `d.id, r.id AS endpoint_id, d.order_key, d.attempts, d.schedule_base,
  d.queued_at_ms, e.event_id, e.event, e.workspace_id, e.session_id, e.timestamp_ms, e.data`;

/** CROSS JOIN fixes the order of the loops: the queue's index first, then one event for each row. */
function prepare({ writer, reader }: SqliteContext) {
  return {
    due: reader.prepare<[string, number, number], DueRow>(
      `SELECT ${DUE_COLUMNS}
       FROM endpoint_refs r CROSS JOIN deliveries d INDEXED BY deliveries_due
         CROSS JOIN events e ON e.id = d.event_ref
       WHERE r.id = ? AND d.head = 1 AND d.endpoint_ref = r.ref AND d.next_attempt_at_ms <= ?
       ORDER BY d.next_attempt_at_ms, d.ref LIMIT ?`,
    ),
    nextDue: reader
      .prepare<[string, number], number | null>(
        `SELECT min(next_attempt_at_ms) FROM deliveries
         WHERE head = 1 AND endpoint_ref = ${ENDPOINT} AND next_attempt_at_ms > ?`,
      )
      .pluck(),
    lane: reader.prepare<[string, string, number], DueRow>(
      `SELECT ${DUE_COLUMNS}
       FROM endpoint_refs r CROSS JOIN deliveries d INDEXED BY deliveries_waiting
         CROSS JOIN events e ON e.id = d.event_ref
       WHERE r.id = ? AND d.endpoint_ref = r.ref AND d.order_key = ? AND d.state = 'pending'
       ORDER BY d.ref LIMIT ?`,
    ),
    get: writer.prepare<[string], QueuedRow>(
      'SELECT ref, endpoint_ref, order_key, state, head, attempts FROM deliveries WHERE id = ?',
    ),
    addAttempt: writer.prepare(
      `INSERT INTO attempts (delivery_ref, number, started_at_ms, duration_ms, status, error_stage,
         error, response_excerpt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (delivery_ref, number) DO NOTHING`,
    ),
    move: writer.prepare(
      `UPDATE deliveries SET state = ?, head = ?, attempts = ?, next_attempt_at_ms = ?
       WHERE ref = ?`,
    ),
    hasten: writer.prepare<[number, string, number]>(
      `UPDATE deliveries SET next_attempt_at_ms = ?, schedule_base = attempts WHERE ref IN
         (SELECT ref FROM deliveries INDEXED BY deliveries_due
          WHERE head = 1 AND endpoint_ref = ${ENDPOINT} AND next_attempt_at_ms > ?
          LIMIT ${HASTEN_STEP})`,
    ),
  };
}

function toDue(sealer: Sealer, row: DueRow): DueDelivery {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    orderKey: row.order_key,
    attempts: row.attempts,
    scheduleBase: row.schedule_base,
    firstQueuedAtMs: row.queued_at_ms,
    event: {
      id: row.event_id,
      event: row.event,
      workspaceId: row.workspace_id,
      sessionId: row.session_id,
      timestampMs: row.timestamp_ms,
      data: openJson(
        sealer,
        row.data,
        eventPlace(row.workspace_id, row.event_id),
      ) as StoredEvent['data'],
    },
  };
}
