import type { BinaryNode } from 'baileys';
import type { Envelope } from './envelope.ts';
import { isLidServer, isPhoneServer } from './jid.ts';
import { payloadNodes } from './journal.ts';

/**
 * Whether a receipt is all that is due for a message once its payloads are kept: somebody else wrote it,
 * to us or to a group, and it came for the first time. What our own devices send, what is asked for
 * again, the status feed and channels take more, which the library knows.
 */
export function isPlainDelivery(stanza: BinaryNode, { fromMe, category, chat }: Envelope): boolean {
  const server = chat.slice(chat.indexOf('@') + 1);
  const isChat = server === 'g.us' || isPhoneServer(server) || isLidServer(server);
  const isAskedFor = payloadNodes(stanza).some(({ attrs }) => attrs['count'] !== undefined);
  return isChat && !fromMe && !category && !isAskedFor;
}

/**
 * The receipt of a plain delivery, as the library words it: `inactive` while the number is not shown as
 * online, so that the phone goes on ringing.
 */
export function deliveryReceipt({ attrs }: BinaryNode, isOnline: boolean): BinaryNode {
  const { id = '', from = '', participant } = attrs;
  return {
    tag: 'receipt',
    attrs: {
      id,
      to: from,
      ...(participant ? { participant } : {}),
      ...(isOnline ? {} : { type: 'inactive' }),
    },
  };
}
