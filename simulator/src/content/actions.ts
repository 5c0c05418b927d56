import { proto } from 'baileys';
import type {
  Content,
  DeleteContent,
  EditContent,
  PinContent,
  ReactionContent,
} from './content.ts';
import { composeTarget, readTarget } from './frame.ts';
import { given } from './given.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

const Type = proto.Message.ProtocolMessage.Type;
const Pin = proto.Message.PinInChatMessage.Type;

/** A day, a week and thirty days are what clients offer; this is their first choice. */
const DEFAULT_PIN_S = 24 * 3600;

type ActionContent = ReactionContent | EditContent | DeleteContent | PinContent;

/** Messages that act on another message. */
export function composeAction(content: ActionContent, tools: ComposeTools): proto.IMessage {
  const key = composeTarget(content.target);
  const { nowMs } = tools.context;
  switch (content.type) {
    case 'reaction':
      return { reactionMessage: { key, text: content.emoji, senderTimestampMs: nowMs } };
    case 'edit': {
      const editedMessage = tools.compose(content.content);
      const protocolMessage = { type: Type.MESSAGE_EDIT, key, editedMessage, timestampMs: nowMs };
      return { editedMessage: { message: { protocolMessage } } };
    }
    case 'delete':
      return { protocolMessage: { type: Type.REVOKE, key } };
    case 'pin':
      return {
        pinInChatMessage: {
          key,
          type: content.pinned ? Pin.PIN_FOR_ALL : Pin.UNPIN_FOR_ALL,
          senderTimestampMs: nowMs,
        },
        messageContextInfo: {
          messageAddOnDurationInSecs: content.pinned ? (content.forS ?? DEFAULT_PIN_S) : 0,
        },
      };
  }
}

export function readAction(message: proto.IMessage, tools: ReadTools): Content | null {
  const { reactionMessage: reaction, pinInChatMessage: pin, protocolMessage: protocol } = message;
  if (reaction) {
    return { type: 'reaction', target: readTarget(reaction.key), emoji: reaction.text ?? '' };
  }
  if (pin) {
    const forS = message.messageContextInfo?.messageAddOnDurationInSecs;
    return {
      type: 'pin',
      target: readTarget(pin.key),
      pinned: pin.type === Pin.PIN_FOR_ALL,
      ...given({ forS: forS || null }),
    };
  }
  if (protocol?.type === Type.MESSAGE_EDIT && protocol.editedMessage) {
    const content = tools.read(protocol.editedMessage);
    return { type: 'edit', target: readTarget(protocol.key), content };
  }
  // Zero is protobuf's default: a protocol message that says no type deletes.
  if (protocol?.key && (protocol.type ?? Type.REVOKE) === Type.REVOKE) {
    return { type: 'delete', target: readTarget(protocol.key) };
  }
  return null;
}
