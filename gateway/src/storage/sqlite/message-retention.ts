import type { MessageRetention } from '../../messages/store.ts';
import type { SqliteContext } from './context.ts';

/** By id, which follows the order of storing; messages from before a link have an index of their own. */
export function createMessageRetention({
  writer,
  write,
}: Pick<SqliteContext, 'writer' | 'write'>): MessageRetention {
  const sql = {
    past: writer
      .prepare<[number, number], number>(
        `SELECT id FROM messages INDEXED BY messages_past
         WHERE id < 0 AND stored_at_ms < ? ORDER BY stored_at_ms LIMIT ?`,
      )
      .pluck(),
    oldest: writer.prepare<[], { id: number; stored_at_ms: number; job: number | null }>(
      `SELECT m.id, m.stored_at_ms, j.id AS job
       FROM messages m LEFT JOIN jobs j ON j.message_ref = m.id WHERE m.id >= 0 ORDER BY m.id`,
    ),
    remove: writer.prepare<[number]>('DELETE FROM messages WHERE id = ?'),
  };
  return {
    prune: (beforeMs, limit) =>
      write(() => {
        const old = sql.past.all(beforeMs, limit);
        for (const row of sql.oldest.iterate()) {
          if (row.stored_at_ms >= beforeMs || old.length >= limit) break;
          if (row.job === null) old.push(row.id);
        }
        for (const id of old) sql.remove.run(id);
        return old.length;
      }),
  };
}
