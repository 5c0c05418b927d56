import { bareAddress, isSharedChat } from '../../contacts/address.ts';
import type { WireMessage } from '../../whatsapp/port.ts';
import { type AddOn, readAddOn } from './add-on.ts';
import { readBody } from './content.ts';
import { readContext } from './context.ts';
import type { Envelope, MessagePayload, TargetInfo } from './payload.ts';
import {
  type Addresses,
  addressesOf,
  canonicalIn,
  type Directory,
  type OwnIdentity,
} from './people.ts';
import { child, type Fields, fields, flag, number, text } from './read.ts';
import { type Unwrapped, unwrap } from './unwrap.ts';

/** What a message from the wire means. */
export type Normalised =
  /** Somebody, or the phone itself, wrote something. */
  | { readonly kind: 'message'; readonly payload: MessagePayload }
  /** The target's content became `payload`; `payload.messageId` is still the id of the edit itself. */
  | { readonly kind: 'edited'; readonly target: TargetInfo; readonly payload: MessagePayload }
  | { readonly kind: 'deleted'; readonly target: TargetInfo; readonly envelope: Envelope }
  /** An empty emoji takes the reaction back. */
  | {
      readonly kind: 'reaction';
      readonly target: TargetInfo;
      readonly emoji: string;
      readonly envelope: Envelope;
    }
  /** Still encrypted, with the secret of its target; `payload` is what can be said of it unopened. */
  | {
      readonly kind: 'sealed';
      readonly target: TargetInfo;
      readonly addOn: AddOn;
      readonly envelope: Envelope;
      readonly payload: MessagePayload;
    }
  /** Between WhatsApp's programs only (keys, history, settings); `rawType` says what. */
  | { readonly kind: 'internal'; readonly rawType: string };

/** Numbers of `ProtocolMessage.Type`. */
const REVOKE = 0;
const MESSAGE_EDIT = 14;

/** Content fields that only programs care about. */
const INTERNAL: ReadonlySet<string> = new Set([
  'protocolMessage',
  'keepInChatMessage',
  'pinInChatMessage',
  // A vote that holds none: those that do are add-ons.
  'pollUpdateMessage',
  'stickerSyncRmrMessage',
  'messageHistoryBundle',
  'messageHistoryNotice',
  'statusNotificationMessage',
  'scheduledCallEditMessage',
]);

/**
 * Turns a message of any kind into what consumers see. Total: it answers for every object, never throws
 * and keeps nothing of the input but texts, numbers and the bytes of what is sealed.
 */
export function normalise(
  wire: WireMessage,
  own: OwnIdentity,
  directory: Directory = new Map(),
): Normalised {
  const inner = unwrap(wire.content);
  const addresses = addressesOf(wire, own, directory);
  const canonical = canonicalIn(directory);
  const envelope = envelopeOf(wire, addresses);
  const value = fields(inner.value);
  switch (inner.rawType) {
    case null:
      return { kind: 'internal', rawType: 'none' };
    case 'protocolMessage':
      return protocol(wire, inner, envelope, own, canonical);
    case 'reactionMessage': {
      const target = targetOf(child(value, 'key'), wire, own, canonical);
      const emoji = text(value, 'text') ?? '';
      return { kind: 'reaction', target, emoji, envelope: { ...envelope, text: emoji } };
    }
    default: {
      const addOn = readAddOn(inner.rawType, inner.value);
      if (addOn === null && INTERNAL.has(inner.rawType)) {
        return { kind: 'internal', rawType: inner.rawType };
      }
      const payload = payloadOf(inner, envelope, own, canonical);
      if (addOn === null) return { kind: 'message', payload };
      const target = targetOf(addOn.key, wire, own, canonical);
      return { kind: 'sealed', target, addOn, envelope, payload };
    }
  }
}

/** LIDs (digits) whose phone numbers would make the result of `normalise` fuller. */
export function lidsIn(wire: WireMessage, own: OwnIdentity): string[] {
  const asked = new Set<string>();
  normalise(wire, own, { get: (lid) => void asked.add(lid) });
  return [...asked];
}

/** What every payload begins with. Pure. */
export function envelopeOf(
  wire: Omit<WireMessage, 'content' | 'encoded'>,
  addresses: Addresses,
): Envelope {
  const isGroup = addresses.chatId.endsWith('@g.us');
  return {
    from: isGroup && !wire.fromMe ? addresses.chatId : addresses.author.address,
    pushName: wire.pushName,
    messageId: wire.messageId,
    text: '',
    hasMedia: false,
    timestamp: Math.floor(wire.timestampMs / 1000),
    chatId: addresses.chatId,
    phone: addresses.person.phone,
    lid: addresses.person.lid,
    isGroup,
    participant: addresses.shared ? addresses.author.address : null,
    fromMe: wire.fromMe,
    source: wire.fromMe ? 'phone' : null,
    delayed: wire.delayed,
  };
}

function payloadOf(
  inner: Unwrapped,
  envelope: Envelope,
  own: OwnIdentity,
  canonical: (address: string) => string,
): MessagePayload {
  const body = readBody(inner.rawType, inner.value);
  const { mentionsAll, ...context } = readContext(inner.value, canonical);
  const commentOn = text(child(inner.comment, 'targetMessageKey'), 'id');
  return {
    ...envelope,
    text: body.text,
    hasMedia: body.media !== undefined,
    type: body.type,
    media: body.media ?? null,
    ...context,
    mentionsMe: mentionsAll || context.mentions.some((address) => isOwn(address, own)),
    viewOnce: inner.viewOnce || body.viewOnce === true,
    ...body.details,
    ...(commentOn === null ? {} : { commentOn }),
  };
}

function protocol(
  wire: WireMessage,
  inner: Unwrapped,
  envelope: Envelope,
  own: OwnIdentity,
  canonical: (address: string) => string,
): Normalised {
  const value = fields(inner.value);
  const target = targetOf(child(value, 'key'), wire, own, canonical);
  const type = number(value, 'type');
  if (target.messageId === '') return { kind: 'internal', rawType: 'protocolMessage' };
  if (type === REVOKE) return { kind: 'deleted', target, envelope };
  const edited = child(value, 'editedMessage');
  if (type !== MESSAGE_EDIT || edited === null) {
    return { kind: 'internal', rawType: 'protocolMessage' };
  }
  const payload = payloadOf(unwrap(edited), envelope, own, canonical);
  return { kind: 'edited', target, payload };
}

/**
 * Message keys are written from the writer's view: `fromMe` in a key means that its writer is the author.
 * In groups the author's address decides; in direct chats there are only two sides.
 */
function targetOf(
  key: Fields | null,
  wire: WireMessage,
  own: OwnIdentity,
  canonical: (address: string) => string,
): TargetInfo {
  const participant = text(key, 'participant');
  return {
    messageId: text(key, 'id') ?? '',
    fromMe: writtenByUs(key, wire, own),
    participant: participant === null ? null : canonical(participant),
  };
}

function writtenByUs(key: Fields | null, wire: WireMessage, own: OwnIdentity): boolean | null {
  const participant = text(key, 'participant');
  if (participant !== null) return isOwn(bareAddress(participant), own);
  if (flag(key, 'fromMe')) return wire.fromMe;
  return isSharedChat(wire.chat) ? null : !wire.fromMe;
}

function isOwn(address: string, own: OwnIdentity): boolean {
  const user = address.split('@')[0];
  return user !== undefined && (user === own.phone || user === own.lid);
}
