import type { Logger } from '../../kernel/logger.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Arrived, DeviceHandlers, WireMessage } from '../port.ts';
import type { DeviceStore, JournalEntry } from '../store.ts';
import type { HistoryNotification } from './history/download.ts';

export type OnMessages = DeviceHandlers['onMessages'];

/** What is left to do with a journal row. */
export type RowContent =
  | { readonly kind: 'messages'; readonly messages: readonly WireMessage[] }
  /** A chunk of the phone's history, which takes its time and closes the row itself. */
  | { readonly kind: 'history'; readonly notification: HistoryNotification }
  /** Nothing for the user: the row is closed. */
  | { readonly kind: 'nothing' }
  /** Not what we understand: the row stays open, for a later version to read. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A row with what it holds, decoded once. `lane` is the chat: rows of one chat keep their order. */
export interface InboundRow {
  readonly id: number;
  readonly lane: string;
  readonly content: RowContent;
}

/** Decodes a row as the journal has it. Never rejects. */
export type ReadRow = (entry: JournalEntry) => Promise<InboundRow>;

export type Journal = Pick<DeviceStore, 'openJournal' | 'closeJournal'>;

export interface RowsDeps {
  readonly journal: Journal;
  readonly key: SessionKey;
  readonly onMessages: OnMessages;
  /** Takes over the chunk of history in a row; without it, it waits. Must not throw. */
  readonly onHistory?: (journalId: number) => void;
  readonly logger: Logger;
}

/**
 * Hands the messages of some rows of one chat to their recorder, which closes the rows; rows with nothing
 * in them are closed here, and those that cannot be read are logged and stay. Answers how many messages
 * there were. Rejects when not all is done: all rows are then to be handed in again.
 */
export async function recordRows(
  rows: readonly InboundRow[],
  { journal, key, onMessages, onHistory, logger }: RowsDeps,
): Promise<number> {
  const arrived = rows.flatMap(arrivedIn);
  if (arrived.length > 0) await onMessages(arrived);
  const empty = rows.filter(({ content }) => content.kind === 'nothing');
  if (empty.length > 0) {
    await journal.closeJournal(
      key,
      empty.map(({ id }) => id),
    );
  }
  for (const { id, content } of rows) {
    if (content.kind === 'history') onHistory?.(id);
    if (content.kind !== 'unreadable') continue;
    logger.error(
      { journalId: id, reason: content.reason },
      'a decrypted message cannot be read; it stays in the journal',
    );
  }
  return arrived.length;
}

/** The last message of a row closes it. */
function arrivedIn({ id, content }: InboundRow): Arrived[] {
  if (content.kind !== 'messages') return [];
  const last = content.messages.length - 1;
  return content.messages.map((message, index) => ({
    message,
    journalIds: index === last ? [id] : [],
  }));
}
