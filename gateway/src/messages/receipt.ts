import { isSharedChat } from '../contacts/address.ts';
import type { EventDraft } from '../events/plan.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { WireReceipt } from '../whatsapp/port.ts';
import type { MessageRecord, MessageStatus, MovedMessage } from './store.ts';

/**
 * The events of a message of ours that moved forward. A receipt can overtake WhatsApp's answer to the
 * send; that the message was sent is then told first, so that consumers see no status go back.
 */
export function receiptDrafts(
  session: SessionRecord,
  message: MovedMessage,
  receipt: WireReceipt,
  by: string,
): EventDraft[] {
  const told = receiptDraft(session, message, receipt, by);
  if (!NOT_TOLD.has(message.before)) return [told];
  const data = { ...message.data, status: 'sent' };
  return [{ ...told, event: 'message.sent', data }, told];
}

/** Of these messages nobody has heard yet that they were sent. */
const NOT_TOLD: ReadonlySet<MessageStatus> = new Set<MessageStatus>([
  'queued',
  'sending',
  'failed',
]);

/**
 * The event of a message of ours that moved forward; `timestamp` is that of the receipt. In groups each
 * person is told of, once per step: `participant` says who it was.
 */
function receiptDraft(
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
