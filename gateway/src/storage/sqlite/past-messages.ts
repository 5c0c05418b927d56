import type { MessageRecord } from '../../messages/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { createMessageInsert } from './message-rows.ts';

/**
 * Messages from before a number was linked. Their ids count down from -1, so that in every list they
 * stand behind what came since. Each method runs within a write.
 */
export function createPastMessages({
  writer,
  sealer,
  clock,
}: Pick<SqliteContext, 'writer' | 'sealer' | 'clock'>) {
  const insert = createMessageInsert(writer, sealer);
  const sql = {
    lowest: writer.prepare<[], number | null>('SELECT min(id) FROM messages').pluck(),
    giveWay: writer.prepare<[SessionKey, string, number, number, string, string]>(
      `DELETE FROM messages WHERE id < 0 AND session_key = ? AND message_id = ? AND from_me = ?
         AND (? = 1 OR (chat_id = ? AND sender_id = ?))`,
    ),
  };
  return {
    /** Puts messages, newest first, below all that are kept; answers how many were not there yet. */
    add(key: SessionKey, messages: readonly MessageRecord[]): number {
      let id = Math.min(0, sql.lowest.get() ?? 0);
      let added = 0;
      for (const message of messages) {
        const storedAtMs = Math.min(message.timestampMs, clock.now());
        if (insert(key, message, storedAtMs, id - 1) === null) continue;
        id--;
        added++;
      }
      return added;
    },
    /** A message that came itself takes the place of its copy in the history; false: there is none. */
    replace(key: SessionKey, message: MessageRecord): boolean {
      const { messageId, chatId, senderId } = message;
      const fromMe = Number(message.fromMe);
      const gone = sql.giveWay.run(key, messageId, fromMe, fromMe, chatId, senderId).changes;
      return gone > 0 && insert(key, message, clock.now()) !== null;
    },
  };
}
