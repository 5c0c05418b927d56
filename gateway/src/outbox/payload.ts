import type { ResolvedRecipient } from '../contacts/recipients.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';

/** The flat payload of a message that was sent through the API; the same fields as a received one. */
export function outgoingPayload(
  session: SessionRecord,
  recipient: ResolvedRecipient,
  content: OutgoingContent,
  messageId: string,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const media = 'file' in content ? { mimetype: content.mimetype } : null;
  return {
    from: session.phone ? `${session.phone}@s.whatsapp.net` : null,
    pushName: session.pushName,
    messageId,
    text: textOf(content),
    hasMedia: media !== null,
    timestamp: Math.floor(nowMs / 1000),
    chatId: recipient.chatId,
    phone: recipient.phone,
    lid: recipient.lid,
    isGroup: recipient.chatId.endsWith('@g.us'),
    participant: null,
    fromMe: true,
    source: 'api',
    type: content.type,
    media,
  };
}

function textOf(content: OutgoingContent): string {
  switch (content.type) {
    case 'text':
    case 'edit':
      return content.text;
    case 'image':
    case 'video':
    case 'document':
      return content.caption ?? '';
    case 'poll':
      return content.question;
    case 'reaction':
      return content.emoji;
    case 'location':
    case 'event':
      return content.name ?? '';
    case 'contact':
      return content.contacts.map((card) => card.displayName).join(', ');
    case 'audio':
    case 'sticker':
    case 'delete':
    case 'pin':
    case 'forward':
      return '';
  }
}
