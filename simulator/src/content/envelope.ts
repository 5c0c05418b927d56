import type { proto } from 'baileys';

/** A message taken out of what it was wrapped in, and what the wrapping said. */
export interface OpenedMessage {
  readonly message: proto.IMessage;
  /** The chat, when another device of the same account sent it and tells this one. */
  readonly sentTo: string | null;
  readonly viewOnce: boolean;
}

/** Real messages have at most four layers; a peer may not make us dig for ever. */
const MAX_LAYERS = 8;

/** Layers that change nothing but where the message is shown. */
const PLAIN_LAYERS = [
  'ephemeralMessage',
  'documentWithCaptionMessage',
  'editedMessage',
  'associatedChildMessage',
  'groupMentionedMessage',
  'groupStatusMessage',
  'groupStatusMessageV2',
  'lottieStickerMessage',
  'botInvokeMessage',
] as const;

const VIEW_ONCE_LAYERS = [
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
] as const;

/** Takes off every layer: device-sent, ephemeral, view once, document with caption, edited. */
export function openMessage(message: proto.IMessage): OpenedMessage {
  let opened: OpenedMessage = { message, sentTo: null, viewOnce: false };
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const inner = takeLayer(opened);
    if (!inner) break;
    opened = inner;
  }
  return opened;
}

function takeLayer(opened: OpenedMessage): OpenedMessage | null {
  const { message } = opened;
  const sent = message.deviceSentMessage;
  if (sent?.message) {
    // The secret of polls and events is written on the outer message of a device-sent copy.
    const messageContextInfo =
      sent.message.messageContextInfo ?? message.messageContextInfo ?? null;
    return {
      ...opened,
      message: { ...sent.message, messageContextInfo },
      sentTo: sent.destinationJid ?? null,
    };
  }
  for (const name of VIEW_ONCE_LAYERS) {
    const inner = message[name]?.message;
    if (inner) return { ...opened, message: inherit(inner, message), viewOnce: true };
  }
  for (const name of PLAIN_LAYERS) {
    const inner = message[name]?.message;
    if (inner) return { ...opened, message: inherit(inner, message) };
  }
  return null;
}

function inherit(inner: proto.IMessage, outer: proto.IMessage): proto.IMessage {
  if (inner.messageContextInfo || !outer.messageContextInfo) return inner;
  return { ...inner, messageContextInfo: outer.messageContextInfo };
}

/** The copy of a sent message for the sender's own other devices. */
export function wrapDeviceSent(
  message: proto.IMessage,
  chat: string,
  phash?: string,
): proto.IMessage {
  return {
    deviceSentMessage: { destinationJid: chat, message, ...(phash === undefined ? {} : { phash }) },
    ...(message.messageContextInfo ? { messageContextInfo: message.messageContextInfo } : {}),
  };
}

/** As clients up to 2022 sent disappearing messages; newer ones only say when they expire. */
export function wrapEphemeral(message: proto.IMessage): proto.IMessage {
  return { ephemeralMessage: { message } };
}

/** Each generation of clients wraps view-once messages in another field; voice notes in the third. */
export function wrapViewOnce(
  message: proto.IMessage,
  generation: (typeof VIEW_ONCE_LAYERS)[number] = message.audioMessage
    ? 'viewOnceMessageV2Extension'
    : 'viewOnceMessageV2',
): proto.IMessage {
  return { [generation]: { message } };
}

/** The key with which answers to a poll or an event are encrypted; null when there is none. */
export function secretOf(message: proto.IMessage): Uint8Array | null {
  return openMessage(message).message.messageContextInfo?.messageSecret ?? null;
}
