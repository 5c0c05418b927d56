import type { MessageRecord, MessageStatus } from '../../messages/store.ts';
import type { JobError } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Connection } from './connection.ts';
import { openJson, type Place, type Sealer, sealJson, sealOptional } from './sealer.ts';

/** A row of `messages`, the sealed columns unopened. */
export interface MessageRow {
  id: number;
  session_key: SessionKey;
  message_id: string;
  chat_id: string;
  sender_id: string;
  from_me: 0 | 1;
  type: string;
  status: MessageStatus;
  timestamp_ms: number;
  target_id: string | null;
  error: Uint8Array | null;
  data: Uint8Array;
  encoded: Uint8Array | null;
}

/** Which message a sealed column belongs to. */
interface Identity {
  readonly sessionKey: SessionKey;
  readonly messageId: string;
  readonly fromMe: boolean;
}

type SealedColumn = 'data' | 'encoded' | 'error' | 'content';

/** Where a sealed value of a message, or of its job, belongs. */
export function messagePlace(message: Identity, column: SealedColumn): Place {
  return ['messages', message.sessionKey, Number(message.fromMe), message.messageId, column];
}

/** Which message a row is. */
export const identityOf = (row: MessageRow): Identity => ({
  sessionKey: row.session_key,
  messageId: row.message_id,
  fromMe: row.from_me === 1,
});

/** Opens the sealed columns. */
export function toMessage(sealer: Sealer, row: MessageRow): MessageRecord {
  const identity = identityOf(row);
  const record = {
    messageId: row.message_id,
    chatId: row.chat_id,
    senderId: row.sender_id,
    fromMe: identity.fromMe,
    type: row.type,
    status: row.status,
    timestampMs: row.timestamp_ms,
    data: openJson(sealer, row.data, messagePlace(identity, 'data')) as MessageRecord['data'],
    encoded: row.encoded && sealer.open(row.encoded, messagePlace(identity, 'encoded')),
    ...(row.target_id === null ? {} : { targetId: row.target_id }),
  };
  if (!row.error) return record;
  const error = openJson(sealer, row.error, messagePlace(identity, 'error')) as JobError;
  return { ...record, error };
}

/** Above all others, and never below zero: ids of the past count down from there. */
const NEXT_ID = '1 + max(0, coalesce((SELECT max(id) FROM messages), 0))';

/**
 * Inserts messages; answers the row's id, or null when the message is already there. Without an id of
 * its own a row gets `NEXT_ID`: see `createPastMessages`.
 */
export function createMessageInsert(db: Connection, sealer: Sealer) {
  const insert = db.prepare(
    `INSERT INTO messages (id, session_key, message_id, chat_id, sender_id, from_me, type, status,
       timestamp_ms, stored_at_ms, data, encoded, target_id)
     VALUES (coalesce(?, ${NEXT_ID}), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  return (
    sessionKey: SessionKey,
    message: MessageRecord,
    nowMs: number,
    id: number | null = null,
  ) => {
    const identity = { sessionKey, messageId: message.messageId, fromMe: message.fromMe };
    const result = insert.run(
      id,
      sessionKey,
      message.messageId,
      message.chatId,
      message.senderId,
      Number(message.fromMe),
      message.type,
      message.status,
      message.timestampMs,
      nowMs,
      sealJson(sealer, message.data, messagePlace(identity, 'data')),
      sealOptional(sealer, message.encoded, messagePlace(identity, 'encoded')),
      message.targetId ?? null,
    );
    return result.changes === 1 ? result.lastInsertRowid : null;
  };
}
