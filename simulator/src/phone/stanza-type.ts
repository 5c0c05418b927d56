import { normalizeMessageContent, proto } from 'baileys';

/** What the server is told about an encrypted message, in the clear. */
export interface StanzaType {
  /** The `type` attribute of `<message>`. */
  readonly type: 'text' | 'media' | 'poll' | 'reaction' | 'event';
  /** The `edit` attribute: 1 edit, 2 pin, 7 delete, 8 delete by an admin. */
  readonly edit: string | null;
  /** The `mediatype` attribute of `<enc>`. */
  readonly mediaType: string | null;
  /** Attributes of `<meta>`. */
  readonly meta: Readonly<Record<string, string>> | null;
  /** What cannot be read is not worth a line "waiting for this message". */
  readonly hideWhenUnreadable: boolean;
}

const MEDIA_TYPES: readonly (readonly [keyof proto.IMessage, string])[] = [
  ['imageMessage', 'image'],
  ['videoMessage', 'video'],
  ['ptvMessage', 'video'],
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

const PLAIN: StanzaType = {
  type: 'text',
  edit: null,
  mediaType: null,
  meta: null,
  hideWhenUnreadable: false,
};

const { EVENT_EDIT, MESSAGE_EDIT } = proto.Message.SecretEncryptedMessage.SecretEncType;

/** As WhatsApp's clients name what they send. */
export function stanzaTypeOf(message: proto.IMessage): StanzaType {
  const content = normalizeMessageContent(message);
  if (!content) return PLAIN;
  if (content.reactionMessage ?? content.encReactionMessage)
    return { ...PLAIN, type: 'reaction', hideWhenUnreadable: true };
  if (content.pinInChatMessage) return { ...PLAIN, edit: '2', hideWhenUnreadable: true };
  if (content.pollUpdateMessage) return { ...PLAIN, type: 'poll', meta: { polltype: 'vote' } };
  const isPoll =
    content.pollCreationMessage ?? content.pollCreationMessageV2 ?? content.pollCreationMessageV3;
  if (isPoll) return { ...PLAIN, type: 'poll', meta: { polltype: 'creation' } };
  if (content.eventMessage) {
    return { ...PLAIN, type: 'event', meta: { event_type: 'creation' } };
  }
  if (content.encEventResponseMessage) {
    return { ...PLAIN, type: 'event', meta: { event_type: 'response' } };
  }
  const { secretEncType } = content.secretEncryptedMessage ?? {};
  if (secretEncType === EVENT_EDIT) return { ...PLAIN, type: 'event', edit: '1' };
  if (secretEncType === MESSAGE_EDIT) return { ...PLAIN, edit: '1' };
  const edit = editOf(content);
  if (edit !== null) return { ...PLAIN, edit };
  const mediaType = mediaTypeOf(content);
  return { ...PLAIN, type: mediaType === null ? 'text' : 'media', mediaType };
}

function editOf({ protocolMessage: protocol }: proto.IMessage): string | null {
  const { REVOKE } = proto.Message.ProtocolMessage.Type;
  if (protocol?.editedMessage) return '1';
  // REVOKE is also the protobuf's default: it counts only with a key beside it.
  if (protocol?.type === REVOKE && protocol.key) return protocol.key.fromMe === false ? '8' : '7';
  return null;
}

function mediaTypeOf(content: proto.IMessage): string | null {
  const media = MEDIA_TYPES.find(([field]) => content[field] != null)?.[1] ?? null;
  if (media === 'audio' && content.audioMessage?.ptt) return 'ptt';
  if (media === 'video' && content.videoMessage?.gifPlayback) return 'gif';
  return media;
}
