import type { EventBatch } from '../events/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Outbox } from './outbox.ts';

export interface ConversationsDeps {
  readonly events: { onCommitted(listener: (batch: EventBatch) => void): () => void };
  readonly sessions: {
    /** Null when the session is gone. */
    recordNamed(workspaceId: string, sessionId: string): SessionRecord | null;
  };
  readonly outbox: Pick<Outbox, 'heard'>;
}

/** Lets the outbox know of each chat that writes to us, until the returned function is called. */
export function followConversations({ events, sessions, outbox }: ConversationsDeps): () => void {
  return events.onCommitted((batch) => {
    for (const { event, workspaceId, sessionId, data } of batch.events) {
      if (event !== 'message.received' || data.fromMe === true) continue;
      if (typeof data.chatId !== 'string') continue;
      const session = sessions.recordNamed(workspaceId, sessionId);
      if (session) void outbox.heard(session.key, data.chatId);
    }
  });
}
