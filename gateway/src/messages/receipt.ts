import { isSharedChat } from '../contacts/address.ts';
import type { EventDraft } from '../events/plan.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { WireReceipt } from '../whatsapp/port.ts';
import type { MessageRecord } from './store.ts';

/**
 * The event of a message of ours that moved forward; `timestamp` is that of the receipt. In groups each
 * person is told of, once per step: `participant` says who it was.
 */
export function receiptDraft(
  session: SessionRecord,
  message: MessageRecord,
  receipt: WireReceipt,
  by: string,
): EventDraft {
  return {
    event: `message.${receipt.status}`,
    workspaceId: session.workspaceId,
    sessionId: session.id,
    orderKey: message.chatId,
    data: {
      ...message.data,
      status: receipt.status,
      timestamp: Math.floor(receipt.timestampMs / 1000),
      participant: isSharedChat(message.chatId) ? by : null,
    },
  };
}
