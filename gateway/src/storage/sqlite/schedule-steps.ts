import type { Occurrence, Step } from '../../schedule/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Connection } from './connection.ts';

/** Occurrences kept of each schedule. */
const KEPT_OCCURRENCES = 20;

/** How a schedule moves on, within the transaction of whatever moves it. */
export interface ScheduleSteps {
  /**
   * Moves on, and keeps the occurrence. False, and nothing is written, when the schedule is no more at
   * that revision, or belongs to another session than `owner`.
   */
  advance(
    id: string,
    revision: number,
    step: Step,
    occurrence: Omit<Occurrence, 'messageStatus'> | null,
    owner?: SessionKey,
  ): boolean;
}

export function createScheduleSteps(writer: Connection): ScheduleSteps {
  const sql = {
    advance: writer.prepare(
      `UPDATE schedules SET next_at_ms = @nextAtMs, made = made + @made, missed = missed + @missed,
         revision = revision + 1
       WHERE id = @id AND revision = @revision AND (@owner IS NULL OR session_key = @owner)`,
    ),
    // The same instant comes again when the clock of the machine was set back.
    add: writer.prepare(
      `INSERT OR REPLACE INTO schedule_occurrences (schedule_ref, at_ms, message_id, code, reason)
       SELECT ref, ?, ?, ?, ? FROM schedules WHERE id = ?`,
    ),
    forget: writer.prepare(
      `DELETE FROM schedule_occurrences
       WHERE schedule_ref = (SELECT ref FROM schedules WHERE id = @id) AND at_ms <=
         (SELECT o.at_ms FROM schedules s JOIN schedule_occurrences o ON o.schedule_ref = s.ref
          WHERE s.id = @id ORDER BY o.at_ms DESC LIMIT 1 OFFSET ${KEPT_OCCURRENCES})`,
    ),
  };
  return {
    advance(id, revision, { nextAtMs, missed }, occurrence, owner) {
      const made = occurrence === null || occurrence.messageId === null ? 0 : 1;
      const moved = sql.advance.run({ id, revision, nextAtMs, made, missed, owner: owner ?? null });
      if (moved.changes === 0) return false;
      if (occurrence === null) return true;
      const { atMs, messageId, fault } = occurrence;
      sql.add.run(atMs, messageId, fault?.code ?? null, fault?.reason ?? null, id);
      sql.forget.run({ id });
      return true;
    },
  };
}
