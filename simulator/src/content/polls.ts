import { proto } from 'baileys';
import type { EventResponseContent, PollVoteContent } from './action-content.ts';
import { optionHash } from './add-on.ts';
import type { Content, EventContent, PollContent } from './content.ts';
import { composeTarget, readTarget } from './frame.ts';
import { given, toNumber } from './given.ts';
import { decoded, openFor, sealerFor } from './sealed.ts';
import type { ComposeTools, ReadTools } from './tools.ts';
import { composePlace, readPlace } from './words.ts';

type PollOrEventContent = PollContent | PollVoteContent | EventContent | EventResponseContent;

const SECRET_LENGTH = 32;

const { EventResponseType } = proto.Message.EventResponseMessage;

const ANSWERS = {
  going: EventResponseType.GOING,
  'not-going': EventResponseType.NOT_GOING,
  maybe: EventResponseType.MAYBE,
} as const;

/**
 * Polls, events and the encrypted answers to both. Answering throws when `parentOf` does not know the
 * poll or event, or when a choice is none of its options.
 */
export function composePollOrEvent(
  content: PollOrEventContent,
  tools: ComposeTools,
): proto.IMessage {
  switch (content.type) {
    case 'poll':
      return composePoll(content, tools);
    case 'poll-vote':
      return composeVote(content, tools);
    case 'event':
      return composeEvent(content, tools);
    case 'event-response':
      return composeResponse(content, tools);
  }
}

export function readPollOrEvent(message: proto.IMessage, tools: ReadTools): Content | null {
  const poll =
    message.pollCreationMessage ??
    message.pollCreationMessageV2 ??
    message.pollCreationMessageV3 ??
    message.pollCreationMessageV5;
  if (poll) {
    return {
      type: 'poll',
      question: poll.name ?? '',
      options: (poll.options ?? []).map(({ optionName }) => optionName ?? ''),
      selectable: poll.selectableOptionsCount ?? 0,
      ...given({ secret: message.messageContextInfo?.messageSecret }),
      ...tools.frame(poll.contextInfo),
    };
  }
  if (message.pollUpdateMessage) return readVote(message.pollUpdateMessage, tools);
  if (message.eventMessage) return readEvent(message.eventMessage, message, tools);
  if (message.encEventResponseMessage) return readResponse(message.encEventResponseMessage, tools);
  return null;
}

/** Clients use the third form for a single choice and the first for any other number. */
function composePoll(content: PollContent, tools: ComposeTools): proto.IMessage {
  const poll = {
    name: content.question,
    options: content.options.map((optionName) => ({ optionName })),
    selectableOptionsCount: content.selectable,
    ...tools.frame(content),
  };
  return {
    ...(content.selectable === 1 ? { pollCreationMessageV3: poll } : { pollCreationMessage: poll }),
    ...secretFor(content, tools),
  };
}

function secretFor(content: { readonly secret?: Uint8Array }, tools: ComposeTools) {
  const messageSecret = content.secret ?? tools.context.random.bytes(SECRET_LENGTH);
  return { messageContextInfo: { messageSecret } };
}

function composeVote(content: PollVoteContent, tools: ComposeTools): proto.IMessage {
  const choices = content.choices ?? [];
  const seal = sealerFor('Poll Vote', content.poll, tools);
  const unknown = choices.find((choice) => !seal.options.includes(choice));
  if (unknown !== undefined) throw new Error('the choice is not an option of the poll');
  const vote = proto.Message.PollVoteMessage.encode({
    selectedOptions: choices.map(optionHash),
  }).finish();
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: composeTarget(content.poll),
      vote: seal(vote),
      senderTimestampMs: tools.context.nowMs,
    },
  };
}

function readVote(update: proto.Message.IPollUpdateMessage, tools: ReadTools): PollVoteContent {
  const poll = readTarget(update.pollCreationMessageKey);
  const opened = openFor('Poll Vote', poll, update.vote, tools);
  const vote = opened && decoded(() => proto.Message.PollVoteMessage.decode(opened.plain));
  if (!vote) return { type: 'poll-vote', poll, choices: null };
  const names = new Map(opened.options.map((name) => [optionHash(name).toString('hex'), name]));
  const choices = vote.selectedOptions.map((hash) => {
    const hex = Buffer.from(hash).toString('hex');
    return names.get(hex) ?? `unknown option ${hex.slice(0, 8)}`;
  });
  return { type: 'poll-vote', poll, choices };
}

function composeEvent(content: EventContent, tools: ComposeTools): proto.IMessage {
  return {
    eventMessage: {
      name: content.name,
      startTime: content.startS,
      isCanceled: content.canceled ?? false,
      ...given({
        description: content.description,
        endTime: content.endS,
        joinLink: content.joinLink,
        extraGuestsAllowed: content.guestsAllowed,
        location: content.location && composePlace(content.location),
      }),
      ...tools.frame(content),
    },
    ...secretFor(content, tools),
  };
}

function readEvent(
  event: proto.Message.IEventMessage,
  message: proto.IMessage,
  tools: ReadTools,
): EventContent {
  return {
    type: 'event',
    name: event.name ?? '',
    startS: toNumber(event.startTime) ?? 0,
    ...given({
      description: event.description,
      endS: toNumber(event.endTime),
      joinLink: event.joinLink,
      guestsAllowed: event.extraGuestsAllowed,
      location: event.location && readPlace(event.location),
      secret: message.messageContextInfo?.messageSecret,
    }),
    ...(event.isCanceled ? { canceled: true } : {}),
    ...tools.frame(event.contextInfo),
  };
}

function composeResponse(content: EventResponseContent, tools: ComposeTools): proto.IMessage {
  const seal = sealerFor('Event Response', content.event, tools);
  const plain = proto.Message.EventResponseMessage.encode({
    response: content.answer === null ? EventResponseType.UNKNOWN : ANSWERS[content.answer],
    timestampMs: tools.context.nowMs,
    ...given({ extraGuestCount: content.guests }),
  }).finish();
  return {
    encEventResponseMessage: {
      eventCreationMessageKey: composeTarget(content.event),
      ...seal(plain),
    },
  };
}

function readResponse(
  response: proto.Message.IEncEventResponseMessage,
  tools: ReadTools,
): EventResponseContent {
  const event = readTarget(response.eventCreationMessageKey);
  const opened = openFor('Event Response', event, response, tools);
  const plain = opened && decoded(() => proto.Message.EventResponseMessage.decode(opened.plain));
  if (!plain) return { type: 'event-response', event, answer: null };
  const answers = ['going', 'not-going', 'maybe'] as const;
  return {
    type: 'event-response',
    event,
    answer: answers.find((answer) => ANSWERS[answer] === plain.response) ?? null,
    ...(plain.extraGuestCount ? { guests: plain.extraGuestCount } : {}),
  };
}
