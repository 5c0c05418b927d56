import type { EventBatch } from '../events/store.ts';
import { RESTARTED } from '../sessions/state.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { Outbox } from './contract.ts';

export interface SessionNewsDeps {
  readonly events: { onCommitted(listener: (batch: EventBatch) => void): () => void };
  /** Null when the session is gone. */
  readonly session: (workspaceId: string, sessionId: string) => SessionRecord | null;
  readonly outbox: Pick<Outbox, 'heard' | 'disconnected'>;
}

/**
 * Lets the outbox know of each chat that writes to us and of each lost connection, until the returned
 * function is called.
 */
export function followSessions({ events, session, outbox }: SessionNewsDeps): () => void {
  return events.onCommitted((batch) => {
    for (const { event, workspaceId, sessionId, data } of batch.events) {
      const { chatId, fromMe, willReconnect, reason } = data;
      const heard = event === 'message.received' && fromMe !== true && typeof chatId === 'string';
      // Who stops a session, or connects it anew, asked for it.
      const asked = willReconnect !== true || reason === RESTARTED;
      const lost = event === 'session.disconnected' && !asked;
      if (!heard && !lost) continue;
      const record = session(workspaceId, sessionId);
      if (!record) continue;
      if (heard) void outbox.heard(record.key, chatId);
      else void outbox.disconnected(record);
    }
  });
}
