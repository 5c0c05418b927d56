import { proto } from 'baileys';
import type { MessageCodec, PartName, WireContent } from '../port.ts';
import { plainContent } from './wire-message.ts';

const longs = { longs: Number };
const { ReactionMessage, PollVoteMessage, EventMessage, EventResponseMessage } = proto.Message;
const parts: Readonly<Record<PartName, (encoded: Uint8Array) => WireContent>> = {
  ReactionMessage: (encoded) => ReactionMessage.toObject(ReactionMessage.decode(encoded), longs),
  PollVoteMessage: (encoded) => PollVoteMessage.toObject(PollVoteMessage.decode(encoded), longs),
  EventMessage: (encoded) => EventMessage.toObject(EventMessage.decode(encoded), longs),
  EventResponseMessage: (encoded) =>
    EventResponseMessage.toObject(EventResponseMessage.decode(encoded), longs),
};

/** Reads kept protobufs with the library's own schema. */
export const messageCodec: MessageCodec = {
  decode(encoded) {
    try {
      return plainContent(proto.Message.decode(encoded));
    } catch {
      return null;
    }
  },
  decodePart(name, encoded) {
    try {
      return parts[name](encoded);
    } catch {
      return null;
    }
  },
  relocate(encoded, mediaKey, directPath) {
    const message = proto.Message.decode(encoded);
    const medium = mediumWith(mediaKey, message, MAX_DEPTH);
    if (medium === null) return null;
    medium.directPath = directPath;
    return proto.Message.encode(message).finish();
  },
};

/** Deeper than any client nests messages in messages. */
const MAX_DEPTH = 8;

interface Medium {
  mediaKey?: unknown;
  directPath?: unknown;
  message?: unknown;
}

/** The content with this key, be the message as it is or in wrappers such as `viewOnceMessage`. */
function mediumWith(mediaKey: Uint8Array, message: object, depth: number): Medium | null {
  for (const content of Object.values(message) as unknown[]) {
    if (typeof content !== 'object' || content === null) continue;
    const { mediaKey: key, message: inner } = content as Medium;
    if (key instanceof Uint8Array && Buffer.compare(key, mediaKey) === 0) return content;
    if (typeof inner !== 'object' || inner === null || depth === 0) continue;
    const found = mediumWith(mediaKey, inner, depth - 1);
    if (found !== null) return found;
  }
  return null;
}
