import { proto } from 'baileys';
import type { CommentContent, EditContent, ReactionContent, Target } from './action-content.ts';
import { type AddOnKind, openAddOn, type SealedAddOn, sealAddOn } from './add-on.ts';
import type { Content } from './content.ts';
import { composeTarget, readTarget } from './frame.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

const { SecretEncType } = proto.Message.SecretEncryptedMessage;
const { MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;

/** Seals what is said about another message, which the sender must know. Throws when it does not. */
export function sealerFor(kind: AddOnKind, target: Target, tools: ComposeTools) {
  const { author, parentOf, random } = tools.context;
  const parent = parentOf?.(target);
  const parentAuthor = parent?.authors[0];
  if (!parent || parentAuthor === undefined || author === undefined) {
    throw new Error('sealing needs the author and the message that it is about, with its secret');
  }
  const names = { kind, parentId: target.id, parentAuthor, author };
  const seal = (plain: Uint8Array) => sealAddOn(plain, parent.secret, names, random);
  return Object.assign(seal, { options: parent.options });
}

export interface Opened {
  readonly plain: Uint8Array;
  readonly options: readonly string[];
}

/** Tries every form of both addresses: the sender decides which one it used. */
export function openFor(
  kind: AddOnKind,
  target: Target,
  sealed: Partial<{ [Field in keyof SealedAddOn]: SealedAddOn[Field] | null }> | null | undefined,
  tools: ReadTools,
): Opened | null {
  const { authors = [], parentOf } = tools.context;
  const parent = parentOf?.(target);
  const { encPayload, encIv } = sealed ?? {};
  if (!parent || !encPayload || !encIv) return null;
  for (const parentAuthor of parent.authors) {
    for (const author of authors) {
      const names = { kind, parentId: target.id, parentAuthor, author };
      const plain = openAddOn({ encPayload, encIv }, parent.secret, names);
      if (plain) return { plain, options: parent.options };
    }
  }
  return null;
}

/** Null when the bytes are none of what they should be. */
export function decoded<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

/** Reactions, comments and changes as communities have them; events are always changed like this. */
export function composeSealed(
  content: ReactionContent | CommentContent | EditContent,
  tools: ComposeTools,
): proto.IMessage {
  const { target } = content;
  const targetMessageKey = composeTarget(target);
  const { nowMs } = tools.context;
  switch (content.type) {
    case 'reaction': {
      const reaction = { text: content.emoji, senderTimestampMs: nowMs };
      const plain = proto.Message.ReactionMessage.encode(reaction).finish();
      const sealed = sealerFor('Enc Reaction', target, tools)(plain);
      return { encReactionMessage: { targetMessageKey, ...sealed } };
    }
    case 'comment': {
      const plain = proto.Message.encode(tools.compose(content.content)).finish();
      const sealed = sealerFor('Enc Comment', target, tools)(plain);
      return { encCommentMessage: { targetMessageKey, ...sealed } };
    }
    case 'edit': {
      const isEvent = content.content.type === 'event';
      const { messageContextInfo: _secret, ...editedMessage } = tools.compose(content.content);
      const change = { type: MESSAGE_EDIT, key: targetMessageKey, editedMessage };
      const plain = proto.Message.encode(
        isEvent ? editedMessage : { protocolMessage: { ...change, timestampMs: nowMs } },
      ).finish();
      const sealed = sealerFor(isEvent ? 'Event Edit' : 'Message Edit', target, tools)(plain);
      const secretEncType = isEvent ? SecretEncType.EVENT_EDIT : SecretEncType.MESSAGE_EDIT;
      return { secretEncryptedMessage: { targetMessageKey, secretEncType, ...sealed } };
    }
  }
}

/** Null for other messages, and for those that cannot be opened. */
export function readSealed(message: proto.IMessage, tools: ReadTools): Content | null {
  const { encReactionMessage, encCommentMessage, secretEncryptedMessage } = message;
  if (encReactionMessage) {
    const target = readTarget(encReactionMessage.targetMessageKey);
    const opened = openFor('Enc Reaction', target, encReactionMessage, tools);
    const reaction = opened && decoded(() => proto.Message.ReactionMessage.decode(opened.plain));
    return reaction && { type: 'reaction', target, emoji: reaction.text ?? '', sealed: true };
  }
  if (encCommentMessage) {
    const target = readTarget(encCommentMessage.targetMessageKey);
    const inner = openMessage(openFor('Enc Comment', target, encCommentMessage, tools));
    return inner && { type: 'comment', target, content: tools.read(inner), sealed: true };
  }
  return secretEncryptedMessage ? readEdit(secretEncryptedMessage, tools) : null;
}

function readEdit(
  edit: proto.Message.ISecretEncryptedMessage,
  tools: ReadTools,
): EditContent | null {
  const target = readTarget(edit.targetMessageKey);
  const kind = edit.secretEncType === SecretEncType.EVENT_EDIT ? 'Event Edit' : 'Message Edit';
  const inner = openMessage(openFor(kind, target, edit, tools));
  const edited = inner?.protocolMessage?.editedMessage ?? inner;
  return edited && { type: 'edit', target, content: tools.read(edited), sealed: true };
}

function openMessage(opened: Opened | null): proto.IMessage | null {
  return opened && decoded(() => proto.Message.decode(opened.plain));
}
