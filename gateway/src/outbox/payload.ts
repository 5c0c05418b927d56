import { isSharedChat, phoneAddress } from '../contacts/address.ts';
import type { ResolvedRecipient } from '../contacts/recipients.ts';
import type { Envelope } from '../messages/normalise/payload.ts';
import type { Shown } from '../messages/shown.ts';
import type { SessionRecord } from '../sessions/store.ts';

/** The flat payload of a message that was sent through the API; the same fields as a received one. */
export function outgoingPayload(
  session: SessionRecord,
  recipient: ResolvedRecipient,
  shown: Shown,
  messageId: string,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const from = session.phone === null ? recipient.chatId : phoneAddress(session.phone);
  const { text, hasMedia, ...rest } = shown;
  const envelope: Envelope = {
    from,
    pushName: session.pushName,
    messageId,
    text,
    hasMedia,
    timestamp: Math.floor(nowMs / 1000),
    chatId: recipient.chatId,
    phone: recipient.phone,
    lid: recipient.lid,
    isGroup: recipient.chatId.endsWith('@g.us'),
    participant: isSharedChat(recipient.chatId) ? from : null,
    fromMe: true,
    source: 'api',
    delayed: false,
  };
  return { ...envelope, ...rest };
}
