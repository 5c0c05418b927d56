import { lidAddress, phoneAddress } from '../contacts/address.ts';
import type { WireMessage } from '../whatsapp/port.ts';
import type { EventResponse, PollVote } from './add-ons/add-ons.ts';
import type { Normalised } from './normalise/normalise.ts';
import type { Envelope, TargetInfo } from './normalise/payload.ts';
import type { OwnIdentity } from './normalise/people.ts';
import { type Picked, withChoice } from './picked.ts';
import type { MessageRecord } from './store.ts';

/** The row and the event that one message from the wire becomes. */
export interface Report {
  readonly message: MessageRecord;
  readonly event: { readonly event: string; readonly data: Readonly<Record<string, unknown>> };
}

/** What there is to report: nothing that concerns programs only, and nothing sealed. */
export type Reportable =
  | Exclude<Normalised, { kind: 'internal' | 'sealed' }>
  | PollVote
  | EventResponse;

/** What storage knew that the message itself does not say. */
export interface Background {
  readonly before?: MessageRecord | null;
  readonly picked?: Picked | null;
}

/** Decides what is kept and what is told. Pure. */
export function reportOf(
  wire: WireMessage,
  meaning: Reportable,
  own: OwnIdentity,
  encoded: Uint8Array | null,
  { before = null, picked = null }: Background = {},
): Report {
  switch (meaning.kind) {
    case 'message': {
      const payload = withChoice(meaning.payload, picked);
      const event = payload.fromMe ? 'message.sent' : 'message.received';
      return report(wire, own, payload, payload.type, event, encoded);
    }
    case 'edited': {
      const { payload, target } = meaning;
      const data = { ...payload, ...about(target, wire), previous: said(before) };
      return report(wire, own, data, 'edit', 'message.edited', encoded, target);
    }
    case 'deleted': {
      const { envelope, target } = meaning;
      const data = { ...envelope, type: 'deleted', ...about(target, wire), previous: said(before) };
      return report(wire, own, data, 'delete', 'message.deleted', encoded, target);
    }
    case 'reaction': {
      const { envelope, target, emoji } = meaning;
      const reaction = { emoji: emoji || null, ...target };
      const data = { ...envelope, type: 'reaction', reaction };
      return report(wire, own, data, 'reaction', 'message.reaction', encoded, target);
    }
    case 'poll_vote': {
      const { envelope, target, poll, selected } = meaning;
      const data = {
        ...envelope,
        text: selected?.join('\n') ?? '',
        type: 'poll_vote',
        poll: { ...target, name: poll?.name ?? null, options: poll?.options ?? null },
        selected,
      };
      return report(wire, own, data, 'poll_vote', 'poll.vote', encoded, target);
    }
    case 'event_response': {
      const { envelope, target, name, response, guests } = meaning;
      const data = {
        ...envelope,
        text: response ?? '',
        type: 'event_response',
        event: { ...target, name },
        response,
        guests,
      };
      return report(wire, own, data, 'event_response', 'event.response', encoded, target);
    }
  }
}

/** The event speaks of the target; the message that carried the change is named beside it. */
function about(target: TargetInfo, wire: WireMessage) {
  return { messageId: target.messageId, changeId: wire.messageId, target };
}

function said(before: MessageRecord | null) {
  if (before === null) return null;
  const { type, text, media } = before.data;
  return { type: type ?? before.type, text: text ?? '', media: media ?? null };
}

function report(
  wire: WireMessage,
  own: OwnIdentity,
  data: Envelope,
  type: string,
  event: string,
  encoded: Uint8Array | null,
  target?: TargetInfo,
): Report {
  return {
    event: { event, data: { ...data } },
    message: {
      messageId: wire.messageId,
      chatId: data.chatId,
      senderId: senderOf(data, own),
      fromMe: data.fromMe,
      type,
      status: data.fromMe ? 'sent' : 'received',
      timestampMs: wire.timestampMs,
      data: { ...data },
      encoded,
      ...(target === undefined ? {} : { targetId: target.messageId }),
    },
  };
}

/** Our own messages are all under one address, however the device that wrote them was addressed. */
function senderOf({ fromMe, participant, chatId }: Envelope, own: OwnIdentity): string {
  if (!fromMe) return participant ?? chatId;
  if (own.phone !== null) return phoneAddress(own.phone);
  return own.lid === null ? chatId : lidAddress(own.lid);
}
