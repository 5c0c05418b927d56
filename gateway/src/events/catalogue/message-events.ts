import { z } from 'zod';
import { address, defineEvent } from './define.ts';
import {
  envelope,
  message,
  ownMessage,
  previous,
  receivedEnvelope,
  receivedMessage,
  sentMessage,
  target,
} from './message-shapes.ts';

const TARGET = { messageId: receivedMessage.messageId, fromMe: false, participant: null };

/** Who received or read a message of ours; the first one moves a message in a group. */
const progress = ownMessage.extend({
  status: z.enum(['sent', 'delivered', 'read', 'played']).optional(),
});

const received = defineEvent({
  name: 'message.received',
  summary: 'Somebody wrote to the number.',
  data: message,
  example: receivedMessage,
});

const sent = defineEvent({
  name: 'message.sent',
  summary: "WhatsApp's server has a message of ours, sent through the API or typed on the phone.",
  data: progress,
  example: { ...sentMessage, status: 'sent' },
});

const delivered = defineEvent({
  name: 'message.delivered',
  summary: 'A message of ours has reached the other phone.',
  data: progress,
  example: { ...sentMessage, status: 'delivered' },
});

const read = defineEvent({
  name: 'message.read',
  summary: 'A message of ours was read. Comes only from people who send read receipts.',
  data: progress,
  example: { ...sentMessage, status: 'read' },
});

const played = defineEvent({
  name: 'message.played',
  summary: 'A voice note or video of ours was played.',
  data: progress,
  example: { ...sentMessage, type: 'audio', text: '', status: 'played' },
});

const failed = defineEvent({
  name: 'message.failed',
  summary: 'A message of ours will not be sent; `error` says why.',
  data: ownMessage.extend({
    status: z.literal('failed'),
    error: z.looseObject({
      code: z.string().describe('Stable, for programs'),
      whatsappCode: z.number().nullable().describe("WhatsApp's own number"),
      message: z.string(),
    }),
  }),
  example: {
    ...sentMessage,
    status: 'failed',
    error: {
      code: 'new_chat_restricted',
      whatsappCode: 463,
      message: 'WhatsApp currently lets this number answer only chats that wrote to it.',
    },
  },
});

const edited = defineEvent({
  name: 'message.edited',
  summary: 'The message `messageId` says something else now.',
  data: message.extend({
    changeId: z.string().describe('Id of the message that brought the change'),
    target,
    previous,
  }),
  example: {
    ...receivedMessage,
    text: 'I need help, please!',
    changeId: '3EB0AB12CD34EF56AB78',
    target: TARGET,
    previous: { type: 'text', text: 'I need help!', media: null },
  },
});

const deleted = defineEvent({
  name: 'message.deleted',
  summary: 'The message `messageId` was deleted for everyone.',
  data: envelope.extend({ type: z.literal('deleted'), changeId: z.string(), target, previous }),
  example: {
    ...receivedEnvelope,
    text: '',
    type: 'deleted',
    changeId: '3EB0AB12CD34EF56AB78',
    target: TARGET,
    previous: { type: 'text', text: 'I need help!', media: null },
  },
});

const reaction = defineEvent({
  name: 'message.reaction',
  summary: 'Somebody reacted to a message, or took the reaction back.',
  data: envelope.extend({
    type: z.literal('reaction'),
    reaction: target.extend({ emoji: z.string().nullable().describe('Null: taken back') }),
  }),
  example: {
    ...receivedEnvelope,
    text: '👍',
    type: 'reaction',
    reaction: { emoji: '👍', messageId: sentMessage.messageId, fromMe: true, participant: null },
  },
});

const vote = defineEvent({
  name: 'poll.vote',
  summary: 'Somebody voted in a poll, changed the vote or took it back.',
  data: envelope.extend({
    type: z.literal('poll_vote'),
    poll: target.extend({
      name: z.string().nullable(),
      options: z.array(z.string()).nullable(),
    }),
    selected: z
      .array(z.string())
      .nullable()
      .describe('The chosen options; empty: taken back; null: the poll is not known here'),
  }),
  example: {
    ...receivedEnvelope,
    text: 'Tuesday',
    type: 'poll_vote',
    poll: {
      messageId: sentMessage.messageId,
      fromMe: true,
      participant: null,
      name: 'When shall we come?',
      options: ['Monday', 'Tuesday'],
    },
    selected: ['Tuesday'],
  },
});

const response = defineEvent({
  name: 'event.response',
  summary: 'Somebody answered an invitation to an event, or changed the answer.',
  data: envelope.extend({
    type: z.literal('event_response'),
    event: target.extend({ name: z.string().nullable() }),
    response: z.enum(['going', 'not_going', 'maybe']).nullable().describe('Null: taken back'),
    guests: z.number().describe('How many others they bring'),
  }),
  example: {
    ...receivedEnvelope,
    text: 'going',
    type: 'event_response',
    event: {
      messageId: sentMessage.messageId,
      fromMe: true,
      participant: null,
      name: 'Summer party',
    },
    response: 'going',
    guests: 1,
  },
});

const undecryptable = defineEvent({
  name: 'message.undecryptable',
  summary: 'A message came that cannot be read yet; it was asked for again.',
  data: z.looseObject({
    messageId: z.string(),
    chatId: address,
    participant: address.nullable(),
    reason: z
      .enum(['placeholder', 'phone_only', 'no_session', 'undecryptable'])
      .describe('`phone_only`: may be viewed once, on the phone, and will not come'),
  }),
  example: {
    messageId: receivedMessage.messageId,
    chatId: receivedMessage.chatId,
    participant: null,
    reason: 'no_session',
  },
});

const recovered = defineEvent({
  name: 'message.recovered',
  summary: 'A message that could not be read has come again; `message.received` carries it.',
  data: z.looseObject({
    messageId: z.string(),
    chatId: address,
    participant: address.nullable(),
  }),
  example: {
    messageId: receivedMessage.messageId,
    chatId: receivedMessage.chatId,
    participant: null,
  },
});

/** What happens to messages. */
export const messageEvents = [
  received,
  sent,
  delivered,
  read,
  played,
  failed,
  edited,
  deleted,
  reaction,
  vote,
  response,
  undecryptable,
  recovered,
];
