import { normalizeMessageContent, type proto } from 'baileys';

/** What the server is told about an encrypted message, in the clear. */
export interface StanzaType {
  /** The `type` attribute of `<message>`. */
  readonly type: 'text' | 'media' | 'poll' | 'reaction' | 'event';
  /** The `mediatype` attribute of `<enc>`. */
  readonly mediaType: string | null;
}

const MEDIA_TYPES: readonly (readonly [keyof proto.IMessage, string])[] = [
  ['imageMessage', 'image'],
  ['videoMessage', 'video'],
  ['audioMessage', 'audio'],
  ['documentMessage', 'document'],
  ['stickerMessage', 'sticker'],
  ['contactMessage', 'vcard'],
  ['contactsArrayMessage', 'contact_array'],
  ['liveLocationMessage', 'livelocation'],
  ['listMessage', 'list'],
  ['listResponseMessage', 'list_response'],
  ['buttonsResponseMessage', 'buttons_response'],
  ['interactiveResponseMessage', 'native_flow_response'],
  ['groupInviteMessage', 'url'],
];

/** As WhatsApp's clients name what they send. */
export function stanzaTypeOf(message: proto.IMessage): StanzaType {
  const content = normalizeMessageContent(message);
  if (!content) return { type: 'text', mediaType: null };
  if (content.reactionMessage) return { type: 'reaction', mediaType: null };
  if (
    content.pollCreationMessage ||
    content.pollCreationMessageV2 ||
    content.pollCreationMessageV3
  ) {
    return { type: 'poll', mediaType: null };
  }
  if (content.pollUpdateMessage) return { type: 'poll', mediaType: null };
  if (content.eventMessage) return { type: 'event', mediaType: null };
  const media = MEDIA_TYPES.find(([field]) => content[field] != null)?.[1] ?? null;
  if (media === 'audio' && content.audioMessage?.ptt) return { type: 'media', mediaType: 'ptt' };
  if (media === 'video' && content.videoMessage?.gifPlayback) {
    return { type: 'media', mediaType: 'gif' };
  }
  return { type: media === null ? 'text' : 'media', mediaType: media };
}
