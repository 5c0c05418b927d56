import type { EventBatch, EventRecord, NewDelivery } from '../../events/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Connection } from './connection.ts';
import { type Sealer, sealJson } from './sealer.ts';

export const eventPlace = (workspaceId: string, eventId: string) => [
  'events',
  workspaceId,
  eventId,
];

/**
 * Writes events and deliveries into the running transaction: what they report and they themselves exist
 * together or not at all. Ids that are already there are passed over, so a batch can be written again.
 */
export function createBatchInsert(
  db: Connection,
  sealer: Sealer,
  clock: Clock,
): (batch: EventBatch) => void {
  const sql = prepare(db);

  /** Numbers the events of a workspace without gaps: a number counts only when its row went in. */
  function insertEvents(events: readonly EventRecord[], nowMs: number): void {
    const newest = new Map<string, number>();
    for (const event of events) {
      const { workspaceId } = event;
      const seq = (newest.get(workspaceId) ?? sql.newestSeq.get(workspaceId) ?? 0) + 1;
      const { changes } = sql.insertEvent.run(
        event.id,
        workspaceId,
        seq,
        event.event,
        event.sessionId,
        event.timestampMs,
        nowMs,
        event.orderKey,
        sealJson(sealer, event.data, eventPlace(workspaceId, event.id)),
      );
      if (changes === 1) newest.set(workspaceId, seq);
    }
    for (const [workspaceId, seq] of newest) sql.setNewestSeq.run(workspaceId, seq);
  }

  function endpointRef(endpointId: string): number | bigint {
    return sql.endpointRef.get(endpointId) ?? sql.addEndpointRef.run(endpointId).lastInsertRowid;
  }

  function insertDelivery(delivery: NewDelivery, nowMs: number): void {
    const eventRef = sql.eventRef.get(delivery.eventId);
    if (eventRef === undefined) throw new Error('a delivery names an event that is not kept');
    const endpoint = endpointRef(delivery.endpointId);
    const head = sql.anyWaiting.get(endpoint, delivery.orderKey) === undefined;
    sql.insertDelivery.run(
      delivery.id,
      endpoint,
      eventRef,
      delivery.orderKey,
      Number(head),
      nowMs,
      delivery.notBeforeMs ?? nowMs,
    );
  }

  return ({ events, deliveries }) => {
    const nowMs = clock.now();
    insertEvents(events, nowMs);
    for (const delivery of deliveries) insertDelivery(delivery, nowMs);
  };
}

function prepare(db: Connection) {
  return {
    newestSeq: db
      .prepare<[string], number>('SELECT newest FROM event_seqs WHERE workspace_id = ?')
      .pluck(),
    setNewestSeq: db.prepare(
      `INSERT INTO event_seqs (workspace_id, newest) VALUES (?, ?)
       ON CONFLICT (workspace_id) DO UPDATE SET newest = excluded.newest`,
    ),
    insertEvent: db.prepare(
      `INSERT INTO events (event_id, workspace_id, seq, event, session_id, timestamp_ms,
         stored_at_ms, order_key, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`,
    ),
    eventRef: db.prepare<[string], number>('SELECT id FROM events WHERE event_id = ?').pluck(),
    endpointRef: db.prepare<[string], number>('SELECT ref FROM endpoint_refs WHERE id = ?').pluck(),
    addEndpointRef: db.prepare<[string]>('INSERT INTO endpoint_refs (id) VALUES (?)'),
    anyWaiting: db
      .prepare<[number | bigint, string], number>(
        `SELECT ref FROM deliveries
         WHERE endpoint_ref = ? AND order_key = ? AND state = 'pending' LIMIT 1`,
      )
      .pluck(),
    insertDelivery: db.prepare(
      `INSERT INTO deliveries (id, endpoint_ref, event_ref, order_key, state, head, attempts,
         schedule_base, queued_at_ms, next_attempt_at_ms)
       VALUES (?, ?, ?, ?, 'pending', ?, 0, 0, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
  };
}
