import type { SessionKey } from '../../sessions/store.ts';
import type { DeviceHandlers, WireMessage } from '../port.ts';
import type { DeviceStore, JournalEntry } from '../store.ts';

export type OnMessage = DeviceHandlers['onMessage'];

/** What is left to do with a journal row. */
export type RowContent =
  | { readonly kind: 'messages'; readonly messages: readonly WireMessage[] }
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

/**
 * Hands a row's messages to their recorder, which closes it; a row with nothing in it is closed here.
 * Answers how many messages there were, or why the row cannot be read. Rejects when it was not recorded.
 */
export async function recordRow(
  row: InboundRow,
  journal: Journal,
  key: SessionKey,
  onMessage: OnMessage,
): Promise<number | { readonly unreadable: string }> {
  const { content, id } = row;
  switch (content.kind) {
    case 'messages': {
      const last = content.messages.length - 1;
      for (const [index, message] of content.messages.entries()) {
        await onMessage(message, index === last ? [id] : []);
      }
      return content.messages.length;
    }
    case 'nothing':
      await journal.closeJournal(key, [id]);
      return 0;
    case 'unreadable':
      return { unreadable: content.reason };
  }
}
