import { isSharedChat } from '../../contacts/address.ts';
import {
  type InboundEntry,
  type MessageStatus,
  type MessageStore,
  type MovedMessage,
  UNCONFIRMED,
} from '../../messages/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { mayBecome } from '../message-status.ts';
import type { SqliteContext } from './context.ts';
import {
  createMessageInsert,
  identityOf,
  type MessageRow,
  messagePlace,
  toMessage,
} from './message-rows.ts';
import { createPastMessages } from './past-messages.ts';
import { createReceiptNotes } from './receipts.ts';

export function createMessageStore(context: SqliteContext): MessageStore {
  const { writer, write, read, sealer, clock, requireSession, insertBatch } = context;
  const sql = prepare(context);
  const insertMessage = createMessageInsert(writer, sealer);
  const receipts = createReceiptNotes(writer);
  const past = createPastMessages(context);

  /** Answers how many of the entries were still open. */
  function closeJournal(key: SessionKey, ids: readonly number[]): number {
    let closed = 0;
    for (const id of ids) closed += sql.closeJournal.run(id, key).changes;
    return closed;
  }

  function record(key: SessionKey, { journalIds, message, batch }: InboundEntry) {
    const closed = closeJournal(key, journalIds);
    const isNew = message
      ? insertMessage(key, message, clock.now()) !== null || past.replace(key, message)
      : journalIds.length === 0 || closed > 0;
    if (!isNew) return 'duplicate';
    insertBatch(batch);
    return 'stored';
  }

  /** Moves one message of ours; null when it is unknown or may not go there. */
  function move(key: SessionKey, messageId: string, status: MessageStatus): MovedMessage | null {
    const row = sql.own.get(key, messageId);
    if (!row) return null;
    const { error, ...message } = toMessage(sealer, row);
    if (!mayBecome(row.status, status, error?.code === UNCONFIRMED)) return null;
    sql.setStatus.run(status, row.id);
    // Consumers are told that it failed, so it must not go out any more.
    if (status === 'failed') sql.endJob.run(row.id);
    return { ...message, status, before: row.status };
  }

  /** A message of ours to several people, each of whom has a say of their own. */
  function shared(key: SessionKey, messageId: string): MovedMessage | null {
    const row = sql.own.get(key, messageId);
    if (!row || !isSharedChat(row.chat_id)) return null;
    return { ...toMessage(sealer, row), before: row.status };
  }

  return {
    recordInbound: (key, entries) =>
      write(() => {
        requireSession(key);
        return entries.map((entry) => record(key, entry));
      }),
    recordPast: (key, messages) =>
      write(() => {
        requireSession(key);
        return past.add(key, messages);
      }),
    advance: (key, messageIds, status, events, by) =>
      write(() => {
        requireSession(key);
        const moved = messageIds.flatMap((messageId) => {
          const message = move(key, messageId, status);
          const news = by !== undefined && receipts.note(key, messageId, status, by);
          return message ?? (news ? (shared(key, messageId) ?? []) : []);
        });
        if (moved.length > 0) insertBatch(events(moved));
        return moved.length;
      }),
    find: (key, messageId) =>
      read(() => {
        const row = sql.find.get(key, messageId);
        return row ? toMessage(sealer, row) : null;
      }),
    encoded: (key, messageId) =>
      read(() => {
        const row = sql.encoded.get(key, messageId);
        if (!row) return null;
        const identity = { sessionKey: key, messageId, fromMe: row.from_me === 1 };
        return sealer.open(row.encoded, messagePlace(identity, 'encoded'));
      }),
    replaceEncoded: (key, messageId, encoded) =>
      write(() => {
        const row = sql.newest.get(key, messageId);
        if (!row) return;
        const sealed = sealer.seal(encoded, messagePlace(identityOf(row), 'encoded'));
        sql.setEncoded.run(sealed, row.id);
      }),
  };
}

/** A message of ours before one of others with the same id, the newest of several. */
const FIND = `SELECT * FROM messages WHERE session_key = ? AND message_id = ?
  ORDER BY from_me DESC, id DESC LIMIT 1`;

function prepare({ writer, reader }: SqliteContext) {
  return {
    closeJournal: writer.prepare<[number, SessionKey]>(
      'DELETE FROM journal WHERE id = ? AND session_key = ?',
    ),
    own: writer.prepare<[SessionKey, string], MessageRow>(
      'SELECT * FROM messages WHERE session_key = ? AND message_id = ? AND from_me = 1',
    ),
    setStatus: writer.prepare('UPDATE messages SET status = ?, error = NULL WHERE id = ?'),
    endJob: writer.prepare<[number]>('DELETE FROM jobs WHERE message_ref = ?'),
    find: reader.prepare<[SessionKey, string], MessageRow>(FIND),
    newest: writer.prepare<[SessionKey, string], MessageRow>(FIND),
    setEncoded: writer.prepare<[Uint8Array, number]>(
      'UPDATE messages SET encoded = ? WHERE id = ?',
    ),
    encoded: reader.prepare<[SessionKey, string], { from_me: 0 | 1; encoded: Uint8Array }>(
      `SELECT from_me, encoded FROM messages
       WHERE session_key = ? AND message_id = ? AND encoded IS NOT NULL
       ORDER BY from_me DESC, id DESC LIMIT 1`,
    ),
  };
}
