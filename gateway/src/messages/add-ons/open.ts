import { createHash } from 'node:crypto';
import type { MessageCodec, WireContent } from '../../whatsapp/port.ts';
import type { AddOn } from '../normalise/add-on.ts';
import { type Fields, fields, get, list, number, text } from '../normalise/read.ts';
import { unwrap } from '../normalise/unwrap.ts';

/** Reads what was opened. */
export type AddOnCodec = Pick<MessageCodec, 'decode' | 'decodePart'>;

/** What is needed of a message to read its add-ons. */
export interface Parent {
  readonly secret: Uint8Array;
  /** Name of the protobuf field that holds it. */
  readonly rawType: string;
  readonly value: Fields | null;
}

/** A poll as its votes name it. */
export interface PollInfo {
  readonly name: string;
  readonly options: readonly string[];
}

/** What somebody answered to an invitation; null: the answer was taken back, or is of a new kind. */
export type EventAnswer = (typeof ANSWERS)[number];

export interface EventReply {
  readonly response: EventAnswer | null;
  /** How many others they bring. */
  readonly guests: number;
}

/** In the order of `EventResponseMessage.EventResponseType`. */
const ANSWERS = ['going', 'not_going', 'maybe'] as const;

const MESSAGE_EDIT = 14;

export function isEventAnswer(value: unknown): value is EventAnswer {
  return ANSWERS.some((answer) => answer === value);
}

/** Reads a decoded message as the parent of add-ons; null when it has no secret. Pure. */
export function parentOf(content: unknown): Parent | null {
  const { rawType, value, companion } = unwrap(content);
  const secret = get(companion, 'messageSecret');
  if (rawType === null || !(secret instanceof Uint8Array) || secret.length === 0) return null;
  return { secret, rawType, value: fields(value) };
}

/** The poll that a parent is; null when it is none. Pure. */
export function pollOf({ rawType, value }: Parent): PollInfo | null {
  if (!rawType.startsWith('pollCreationMessage')) return null;
  return {
    name: text(value, 'name') ?? '',
    options: list(value, 'options').map((option) => text(option, 'optionName') ?? ''),
  };
}

/** The options chosen, in the poll's order; null when the bytes are no vote. Pure. */
export function readVote(codec: AddOnCodec, poll: PollInfo, plain: Uint8Array): string[] | null {
  const vote = codec.decodePart('PollVoteMessage', plain);
  if (vote === null) return null;
  const chosen = get(vote, 'selectedOptions');
  const hashes = new Set((Array.isArray(chosen) ? chosen : []).map(hex));
  return poll.options.filter((option) =>
    hashes.has(createHash('sha256').update(option).digest('hex')),
  );
}

/** Null when the bytes are no answer to an invitation. Pure. */
export function readReply(codec: AddOnCodec, plain: Uint8Array): EventReply | null {
  const reply = codec.decodePart('EventResponseMessage', plain);
  if (reply === null) return null;
  const answer = number(reply, 'response') ?? 0;
  const guests = Math.max(0, number(reply, 'extraGuestCount') ?? 0);
  return { response: ANSWERS[answer - 1] ?? null, guests };
}

/**
 * The same message as if it had come unsealed; null when the bytes are something else. What it is about
 * is taken from the outside, to which the key is bound. Pure.
 */
export function plainForm(
  codec: AddOnCodec,
  { use, key }: AddOn,
  plain: Uint8Array,
): WireContent | null {
  switch (use) {
    case 'reaction': {
      const reaction = codec.decodePart('ReactionMessage', plain);
      return reaction && { reactionMessage: { ...reaction, key } };
    }
    case 'comment': {
      const message = codec.decode(plain);
      return message && { commentMessage: { message, targetMessageKey: key } };
    }
    case 'message_edit': {
      const message = codec.decode(plain);
      const inner = unwrap(message);
      const edited =
        inner.rawType === 'protocolMessage' ? get(fields(inner.value), 'editedMessage') : message;
      return editOf(key, fields(edited));
    }
    case 'event_edit': {
      const message = codec.decode(plain);
      const event = get(message, 'eventMessage') ?? codec.decodePart('EventMessage', plain);
      return fields(event) && editOf(key, { eventMessage: event });
    }
    case 'poll_vote':
    case 'event_response':
      return null;
  }
}

function editOf(key: Fields | null, editedMessage: Fields | null): WireContent | null {
  return (
    editedMessage && {
      protocolMessage: { key, type: MESSAGE_EDIT, editedMessage },
    }
  );
}

const hex = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
