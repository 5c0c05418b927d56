import { passes } from '../../events/selection.ts';
import type { EventStore, StoredEvent } from '../../events/store.ts';
import { nextTurn } from '../../kernel/next-turn.ts';
import { eventPlace } from './batch.ts';
import type { SqliteContext } from './context.ts';
import { createEventPruner } from './event-pruner.ts';
import { openJson, type Sealer } from './sealer.ts';

interface Row {
  seq: number;
  event_id: string;
  workspace_id: string;
  event: string;
  session_id: string;
  timestamp_ms: number;
  order_key: string;
  data: Uint8Array;
}

/** Events looked at without letting others run, when a filter lets only few of them pass. */
const WINDOW = 500;

export function createEventStore(context: SqliteContext): EventStore {
  const { reader, write, readKept, sealer, insertBatch } = context;
  const sql = {
    after: reader.prepare<[string, number, number], Row>(
      `SELECT seq, event_id, workspace_id, event, session_id, timestamp_ms, order_key, data
       FROM events WHERE workspace_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    ),
    newest: reader
      .prepare<[string], number>('SELECT newest FROM event_seqs WHERE workspace_id = ?')
      .pluck(),
    oldest: reader
      .prepare<[string], number | null>('SELECT min(seq) FROM events WHERE workspace_id = ?')
      .pluck(),
  };

  return {
    append: (batch) => write(() => insertBatch(batch)),
    async read(workspaceId, after, limit, filter = {}) {
      const all = filter.events === undefined && filter.sessionId === undefined;
      const window = all ? Math.min(limit, WINDOW) : WINDOW;
      const found: StoredEvent[] = [];
      for (let cursor = after; ; await nextTurn()) {
        const rows = await readKept(() => sql.after.all(workspaceId, cursor, window));
        const fitting = rows.filter((row) =>
          passes(filter, { event: row.event, sessionId: row.session_id }),
        );
        for (const row of fitting.slice(0, limit - found.length)) found.push(toEvent(sealer, row));
        const last = rows.at(-1);
        if (!last || rows.length < window || found.length >= limit) return found;
        cursor = last.seq;
      }
    },
    bounds: (workspaceId) =>
      readKept(() => {
        const newest = sql.newest.get(workspaceId) ?? 0;
        return { oldest: sql.oldest.get(workspaceId) ?? newest + 1, newest };
      }),
    prune: createEventPruner(context),
  };
}

function toEvent(sealer: Sealer, row: Row): StoredEvent {
  return {
    seq: row.seq,
    id: row.event_id,
    event: row.event,
    workspaceId: row.workspace_id,
    sessionId: row.session_id,
    timestampMs: row.timestamp_ms,
    orderKey: row.order_key,
    data: openJson(
      sealer,
      row.data,
      eventPlace(row.workspace_id, row.event_id),
    ) as StoredEvent['data'],
  };
}
