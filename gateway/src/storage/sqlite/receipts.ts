import type { MessageStatus, ReceiptSource } from '../../messages/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Connection } from './connection.ts';

/** Keeps who received and read a message of ours. */
export interface ReceiptNotes {
  /** Within a write; true when it is news. Unknown messages and other statuses are none. */
  note(key: SessionKey, messageId: string, status: MessageStatus, by: ReceiptSource): boolean;
}

/** Who has read a message has received it, told or not; the first time told is kept. */
export function createReceiptNotes(db: Connection): ReceiptNotes {
  const upsert = (column: string, further: readonly string[]) =>
    db.prepare<[string, number, SessionKey, string]>(
      `INSERT INTO receipts (message_ref, person, ${column})
       SELECT id, ?, ? FROM messages WHERE session_key = ? AND message_id = ? AND from_me = 1
       ON CONFLICT (message_ref, person) DO UPDATE SET ${column} = excluded.${column}
         WHERE coalesce(${[column, ...further].join(', ')}, -1) = -1`,
    );
  const statements = {
    delivered: upsert('delivered_at_ms', ['read_at_ms', 'played_at_ms']),
    read: upsert('read_at_ms', ['played_at_ms']),
    played: upsert('played_at_ms', []),
  };
  return {
    note(key, messageId, status, { person, atMs }) {
      if (status !== 'delivered' && status !== 'read' && status !== 'played') return false;
      return statements[status].run(person, atMs, key, messageId).changes > 0;
    },
  };
}
