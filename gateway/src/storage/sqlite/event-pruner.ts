import type { EventStore } from '../../events/store.ts';
import type { SqliteContext } from './context.ts';
import { createLanes, type Lane } from './lanes.ts';

/** Events looked at per transaction when most of them may not go yet. */
const WINDOW = 1_000;

interface Step {
  readonly removed: number;
  /** Nothing is left that the rule would remove. */
  readonly done: boolean;
}

type Rule = Parameters<EventStore['prune']>[0];

/** Retention of the event log; the contract is at `EventStore.prune`. */
export function createEventPruner(context: SqliteContext): EventStore['prune'] {
  const { writer, write } = context;
  const sql = prepare(context);
  const lanes = createLanes(writer);
  // How far each workspace was looked through since `done`: events that must stay (a long backlog of
  // pending deliveries) are then visited once per run, not once per step.
  const visited = new Map<string, number>();

  function remove(id: number): void {
    const headless = sql.heads.all(id);
    sql.remove.run(id);
    for (const lane of headless) lanes.promote(lane);
  }

  /** Rows are in the order of their writing, so the first one young enough ends the search. */
  function byAge(beforeMs: number, limit: number): number {
    const rows = sql.oldest.all(limit);
    const young = rows.findIndex((row) => row.stored_at_ms >= beforeMs);
    const old = young === -1 ? rows : rows.slice(0, young);
    for (const { id } of old) remove(id);
    return old.length;
  }

  function byRows(keepRows: number, limit: number): Step {
    for (const { workspace_id, newest } of sql.workspaces.all()) {
      const from = visited.get(workspace_id) ?? 0;
      const rows = sql.surplus.all(workspace_id, from, newest - keepRows, WINDOW);
      let removed = 0;
      for (const { id, seq } of rows) {
        if (removed === limit) break;
        visited.set(workspace_id, seq);
        if (sql.pending.get(id) !== undefined) continue;
        remove(id);
        removed++;
      }
      if (rows.length > 0) return { removed, done: false };
    }
    visited.clear();
    return { removed: 0, done: true };
  }

  function step({ beforeMs, keepRows }: Rule, limit: number): Step {
    const removed = byAge(beforeMs, limit);
    return removed > 0 ? { removed, done: false } : byRows(keepRows, limit);
  }

  return async (rule, limit) => {
    try {
      for (;;) {
        const { removed, done } = await write(() => step(rule, limit));
        if (removed > 0 || done) return removed;
      }
    } catch (error) {
      // What was marked as visited has not been removed after all.
      visited.clear();
      throw error;
    }
  };
}

function prepare({ writer }: SqliteContext) {
  return {
    oldest: writer.prepare<[number], { id: number; stored_at_ms: number }>(
      'SELECT id, stored_at_ms FROM events ORDER BY id LIMIT ?',
    ),
    workspaces: writer.prepare<[], { workspace_id: string; newest: number }>(
      'SELECT workspace_id, newest FROM event_seqs',
    ),
    surplus: writer.prepare<[string, number, number, number], { id: number; seq: number }>(
      `SELECT id, seq FROM events
       WHERE workspace_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    ),
    pending: writer.prepare<[number]>(
      `SELECT 1 FROM deliveries WHERE event_ref = ? AND state = 'pending' LIMIT 1`,
    ),
    heads: writer.prepare<[number], Lane>(
      'SELECT endpoint_ref, order_key FROM deliveries WHERE event_ref = ? AND head = 1',
    ),
    remove: writer.prepare<[number]>('DELETE FROM events WHERE id = ?'),
  };
}
