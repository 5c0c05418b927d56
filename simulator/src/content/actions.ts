import { proto } from 'baileys';
import type {
  CommentContent,
  DeleteContent,
  EditContent,
  PinContent,
  ReactionContent,
} from './action-content.ts';
import type { Content } from './content.ts';
import { composeTarget, readTarget } from './frame.ts';
import { given } from './given.ts';
import { composeSealed, readSealed } from './sealed.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

const Type = proto.Message.ProtocolMessage.Type;
const Pin = proto.Message.PinInChatMessage.Type;

/** A day, a week and thirty days are what clients offer; this is their first choice. */
const DEFAULT_PIN_S = 24 * 3600;

type ActionContent = ReactionContent | CommentContent | EditContent | DeleteContent | PinContent;

type Sealable = ReactionContent | CommentContent | EditContent;

/** Messages that act on another message. */
export function composeAction(content: ActionContent, tools: ComposeTools): proto.IMessage {
  return isSealed(content) ? composeSealed(content, tools) : composePlain(content, tools);
}

function composePlain(content: ActionContent, tools: ComposeTools): proto.IMessage {
  const key = composeTarget(content.target);
  const { nowMs } = tools.context;
  switch (content.type) {
    case 'reaction':
      return { reactionMessage: { key, text: content.emoji, senderTimestampMs: nowMs } };
    case 'comment': {
      const message = tools.compose(content.content);
      return { commentMessage: { message, targetMessageKey: key } };
    }
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

/** Changes of events are sealed in every chat, as phones do it. */
function isSealed(content: ActionContent): content is Sealable {
  if (content.type === 'delete' || content.type === 'pin') return false;
  return content.sealed === true || (content.type === 'edit' && content.content.type === 'event');
}

export function readAction(message: proto.IMessage, tools: ReadTools): Content | null {
  const { reactionMessage: reaction, pinInChatMessage: pin, protocolMessage: protocol } = message;
  const comment = message.commentMessage;
  if (comment?.message) {
    const content = tools.read(comment.message);
    return { type: 'comment', target: readTarget(comment.targetMessageKey), content };
  }
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
  return readSealed(message, tools);
}
