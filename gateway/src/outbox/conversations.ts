import type { EventBatch } from '../events/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Outbox } from './outbox.ts';

export interface ConversationsDeps {
  readonly events: { onCommitted(listener: (batch: EventBatch) => void): () => void };
  /** Null when the session is gone. */
  readonly session: (workspaceId: string, sessionId: string) => SessionRecord | null;
  readonly outbox: Pick<Outbox, 'heard'>;
}

/** Lets the outbox know of each chat that writes to us, until the returned function is called. */
export function followConversations({ events, session, outbox }: ConversationsDeps): () => void {
  return events.onCommitted((batch) => {
    for (const { event, workspaceId, sessionId, data } of batch.events) {
      if (event !== 'message.received' || data.fromMe === true) continue;
      if (typeof data.chatId !== 'string') continue;
      const record = session(workspaceId, sessionId);
      if (record) void outbox.heard(record.key, data.chatId);
    }
  });
}
