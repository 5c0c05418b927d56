import { type BinaryNode, proto } from 'baileys';

/** What the `<message>` stanza must say of its content, besides the content. */
export interface StanzaExtras {
  readonly attributes: Record<string, string>;
  readonly nodes: BinaryNode[];
}

const { Type } = proto.Message.ProtocolMessage;

/**
 * The stanza attributes of edits (1), pins (2), own deletions (7), deletions by a group's admin (8), and
 * the marks of new polls and events. Servers and clients go by them; the library sets them only in
 * `sendMessage`, which is not used here because it does not take an encoded protobuf.
 */
export function stanzaExtras(message: proto.IMessage, chatId: string): StanzaExtras {
  const { protocolMessage } = message;
  if (protocolMessage?.type === Type.MESSAGE_EDIT || message.editedMessage) return edit('1');
  if (protocolMessage?.key && (protocolMessage.type ?? Type.REVOKE) === Type.REVOKE) {
    return edit(isAnothers(protocolMessage.key) ? '8' : '7');
  }
  if (message.pinInChatMessage) return edit('2');
  if (
    message.pollCreationMessage ||
    message.pollCreationMessageV2 ||
    message.pollCreationMessageV3
  ) {
    return mark({ polltype: 'creation' });
  }
  if (message.eventMessage) return mark({ event_type: 'creation' });
  if (message.interactiveMessage) return interactive(isDirect(chatId));
  return { attributes: {}, nodes: [] };
}

function isAnothers(key: proto.IMessageKey): boolean {
  return !key.fromMe && !!key.remoteJid?.endsWith('@g.us');
}

const isDirect = (chatId: string): boolean => /@(s\.whatsapp\.net|lid|c\.us)$/.test(chatId);

/**
 * Without this node the server takes an interactive message and no client shows it; with an empty
 * `<interactive>` it answers 479. In direct chats a mark of automated accounts stands beside it. (Reported
 * for linked devices in tulir/whatsmeow#1235 and oxidezap/baileyrs#7; not proven against WhatsApp here.)
 */
function interactive(direct: boolean): StanzaExtras {
  const flow: BinaryNode = { tag: 'native_flow', attrs: { v: '9', name: 'mixed' } };
  const attrs = { type: 'native_flow', v: '1' };
  const biz: BinaryNode = {
    tag: 'biz',
    attrs: {},
    content: [{ tag: 'interactive', attrs, content: [flow] }],
  };
  const bot: BinaryNode = { tag: 'bot', attrs: { biz_bot: '1' } };
  return { attributes: {}, nodes: direct ? [biz, bot] : [biz] };
}

function edit(kind: string): StanzaExtras {
  return { attributes: { edit: kind }, nodes: [] };
}

function mark(attrs: Record<string, string>): StanzaExtras {
  return { attributes: {}, nodes: [{ tag: 'meta', attrs }] };
}
