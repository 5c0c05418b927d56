import { Problem } from '../../kernel/errors.ts';
import { type Job, type JobOrder, OrderOver } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { createScheduleSteps } from './schedule-steps.ts';

/** Standing orders that make jobs, within the transaction that makes or takes back the job. */
export interface Orders {
  /**
   * Notes that the order has its job. Throws `OrderOver` when it has one already, or wants none, and
   * `duplicate_recipient` when another recipient of the same bulk send has the same chat.
   */
  fill(order: JobOrder, job: Pick<Job, 'sessionKey' | 'messageId' | 'chatId'>): void;
  /** The job was taken back: whoever ordered it waits again. */
  reopen(sessionKey: SessionKey, messageId: string): void;
}

export function createOrders({ writer }: Pick<SqliteContext, 'writer'>): Orders {
  const sql = {
    sameChat: writer
      .prepare<[string, string], number>(
        `SELECT position FROM bulk_recipients
         WHERE bulk_ref = (SELECT ref FROM bulks WHERE id = ?) AND chat_id = ?`,
      )
      .pluck(),
    fillBulk: writer.prepare<[SessionKey, string, string, number, string]>(
      `UPDATE bulk_recipients SET state = 'queued', session_key = ?, chat_id = ?
       WHERE bulk_ref = (SELECT ref FROM bulks WHERE id = ? AND state = 'running')
         AND position = ? AND state = 'waiting' AND message_id = ?`,
    ),
    reopenBulk: writer.prepare<[SessionKey, string]>(
      `UPDATE bulk_recipients SET state = 'waiting', session_key = NULL, chat_id = NULL
       WHERE session_key = ? AND message_id = ? AND state = 'queued'`,
    ),
  };
  const schedules = createScheduleSteps(writer);
  return {
    fill(order, { sessionKey, messageId, chatId }) {
      if (order.kind === 'schedule') {
        const { scheduleId, revision, occurrenceMs, step } = order;
        const occurrence = { atMs: occurrenceMs, messageId, fault: null };
        if (schedules.advance(scheduleId, revision, step, occurrence, sessionKey)) return;
        throw new OrderOver('the schedule was changed or removed');
      }
      const { bulkId, position } = order;
      // Numbers that are written differently can be the same person's.
      const same = sql.sameChat.get(bulkId, chatId);
      if (same !== undefined && same !== position) {
        throw new Problem(
          'duplicate_recipient',
          `On WhatsApp it is the same as recipient ${same}.`,
        );
      }
      const filled = sql.fillBulk.run(sessionKey, chatId, bulkId, position, messageId).changes;
      if (filled === 0) throw new OrderOver('the bulk send wants nothing for this recipient');
    },
    reopen(sessionKey, messageId) {
      sql.reopenBulk.run(sessionKey, messageId);
    },
  };
}
