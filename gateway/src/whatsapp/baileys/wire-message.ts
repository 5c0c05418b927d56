import { proto } from 'baileys';
import type { WireContent, WireMessage } from '../port.ts';
import type { Envelope } from './envelope.ts';
import { bareJid } from './jid.ts';

type Message = proto.IMessage;
const { Type } = proto.Message.ProtocolMessage;

/** Protocol messages that mean something to people; all others keep clients in step with each other. */
const VISIBLE_PROTOCOL_TYPES: ReadonlySet<number> = new Set([
  Type.REVOKE,
  Type.EPHEMERAL_SETTING,
  Type.MESSAGE_EDIT,
  Type.SHARE_PHONE_NUMBER,
  Type.STATUS_MENTION_MESSAGE,
  Type.GROUP_MEMBER_LABEL_CHANGE,
]);

/** Fields that come along with a message and are none. */
const ACCOMPANYING_FIELDS: ReadonlySet<string> = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

/** What a decrypted payload holds, without the cover in which our other devices pass on what they sent. */
export interface OpenedPayload {
  readonly message: Message;
  /** `message` encoded. */
  readonly encoded: Uint8Array;
}

/** Decodes a payload that is already unpadded. Throws when it is not a `Message`. */
export function openPayload(bytes: Uint8Array): OpenedPayload {
  const message = proto.Message.decode(bytes);
  const inner = message.deviceSentMessage?.message;
  if (!inner) return { message, encoded: bytes };
  // The secret that later poll votes and reactions need stands on the cover in some clients.
  inner.messageContextInfo ??= message.messageContextInfo ?? null;
  return { message: inner, encoded: proto.Message.encode(inner).finish() };
}

/**
 * The messages in a payload that concern the user: usually one; none when it only carries keys or keeps
 * clients in step; several when our phone hands over messages that did not reach this device.
 */
export function wireMessages(
  payload: OpenedPayload,
  envelope: Envelope,
  receivedAtMs: number,
): WireMessage[] {
  const { message, encoded } = payload;
  const resent = envelope.fromMe ? resentMessages(message, envelope, receivedAtMs) : [];
  if (resent.length > 0) return resent;
  if (envelope.category === 'peer' || !(isForUser(message) || isUnknown(payload))) return [];
  const { author: _author, category: _category, timestampMs, ...rest } = envelope;
  return [
    {
      ...rest,
      timestampMs: timestampMs ?? receivedAtMs,
      content: plainContent(message),
      encoded,
    },
  ];
}

/**
 * Whether the message consists of fields that are newer than the library: somebody wrote something, and
 * silence would be a loss. What they are called is not known; the normaliser says `unsupported`.
 */
function isUnknown({ message, encoded }: OpenedPayload): boolean {
  const known = Object.keys(message).filter((field) => field !== 'messageContextInfo');
  return known.length === 0 && proto.Message.encode(message).finish().length < encoded.length;
}

/** Whether anything is in the message besides keys and notes between clients. */
export function isForUser(message: Message): boolean {
  const { protocolMessage } = message;
  if (protocolMessage) return VISIBLE_PROTOCOL_TYPES.has(protocolMessage.type ?? Type.REVOKE);
  return Object.entries(message).some(
    ([field, value]) => value !== null && value !== undefined && !ACCOMPANYING_FIELDS.has(field),
  );
}

/** The protobuf as a plain object: numbers instead of 64-bit objects, bytes as they are. */
export function plainContent(message: Message): WireContent {
  return proto.Message.toObject(proto.Message.fromObject(message), { longs: Number });
}

/** Our phone's answer when we asked it for messages of which only a placeholder came. */
function resentMessages(message: Message, envelope: Envelope, receivedAtMs: number): WireMessage[] {
  const response = message.protocolMessage?.peerDataOperationRequestResponseMessage;
  const results = response?.peerDataOperationResult ?? [];
  return results.flatMap((result) => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes;
    const info = bytes?.length ? readWebMessage(bytes) : null;
    return info ? (resentMessage(info, envelope, receivedAtMs) ?? []) : [];
  });
}

function resentMessage(
  info: proto.WebMessageInfo,
  envelope: Envelope,
  receivedAtMs: number,
): WireMessage | null {
  const { key, message } = info;
  const chat = bareJid(key?.remoteJid);
  if (!key?.id || !chat || !message || !isForUser(message)) return null;
  const seconds = Number(info.messageTimestamp ?? 0);
  return {
    messageId: key.id,
    chat,
    chatAlt: null,
    participant: bareJid(key.participant ?? info.participant),
    participantAlt: null,
    fromMe: !!key.fromMe,
    pushName: info.pushName ?? null,
    timestampMs: seconds > 0 ? seconds * 1000 : receivedAtMs,
    delayed: envelope.delayed,
    content: plainContent(message),
    encoded: proto.Message.encode(message).finish(),
  };
}

function readWebMessage(bytes: Uint8Array): proto.WebMessageInfo | null {
  try {
    return proto.WebMessageInfo.decode(bytes);
  } catch {
    return null;
  }
}
