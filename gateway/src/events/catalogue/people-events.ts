import { z } from 'zod';
import { address, defineEvent, instant, lid, phone } from './define.ts';

const PERSON = {
  chatId: '5511888888888@s.whatsapp.net',
  phone: '5511888888888',
  lid: '84912345678901@lid',
};

const GROUP = '120363012345678901@g.us';

const contactUpdated = defineEvent({
  name: 'contact.updated',
  summary:
    'A name, picture or status text of a person changed. With a name come all that are known.',
  data: z.looseObject({ chatId: address, phone, lid, changed: z.array(z.string()) }),
  example: {
    ...PERSON,
    changed: ['name'],
    name: 'John (baker)',
    savedName: 'John (baker)',
    pushName: 'John',
    businessName: null,
  },
});

const identityResolved = defineEvent({
  name: 'contact.identity_resolved',
  summary: 'It became known which phone number stands behind a LID.',
  data: z.looseObject({ chatId: address, phone, lid }),
  example: PERSON,
});

const groupUpdated = defineEvent({
  name: 'group.updated',
  summary: 'Subject, description, picture or settings of a group changed.',
  data: z.looseObject({ chatId: address, changed: z.array(z.string()), by: address.nullable() }),
  example: { chatId: GROUP, changed: ['subject'], subject: 'Customers', by: PERSON.chatId },
});

const groupJoined = defineEvent({
  name: 'group.joined',
  summary: 'The number became a member of a group, or made one.',
  data: z.looseObject({ chatId: address, subject: z.string(), by: address.nullable() }),
  example: { chatId: GROUP, subject: 'Customers', by: PERSON.chatId },
});

const JOIN_REQUEST_ACTIONS = ['created', 'revoked', 'rejected'] as const;

const groupJoinRequest = defineEvent({
  name: 'group.join_request',
  summary:
    'Somebody asks to be let into a group, took that back, or was rejected. For admins only.',
  data: z.looseObject({
    chatId: address,
    action: z.enum(JOIN_REQUEST_ACTIONS),
    participants: z.array(address),
    by: address.nullable(),
  }),
  example: { chatId: GROUP, action: 'created', participants: [PERSON.chatId], by: PERSON.chatId },
});

const groupParticipants = defineEvent({
  name: 'group.participants',
  summary: 'People joined, left, or became or ceased to be admins.',
  data: z.looseObject({
    chatId: address,
    action: z.enum(['add', 'remove', 'promote', 'demote']),
    participants: z.array(address),
    by: address.nullable(),
  }),
  example: { chatId: GROUP, action: 'add', participants: [PERSON.chatId], by: null },
});

const call = defineEvent({
  name: 'call.received',
  summary: 'Somebody calls, or a call ended.',
  data: z.looseObject({
    callId: z.string(),
    chatId: address,
    phone,
    lid,
    state: z.enum(['offer', 'accept', 'reject', 'timeout', 'terminate']),
    isVideo: z.boolean(),
    isGroup: z.boolean(),
    delayed: z.boolean().describe('It came while the session was away'),
  }),
  example: {
    callId: '6F1A2B3C',
    ...PERSON,
    state: 'offer',
    isVideo: false,
    isGroup: false,
    delayed: false,
  },
});

const presence = defineEvent({
  name: 'presence.updated',
  summary:
    'Somebody is online, typing or recording. Only while the session itself is online, or for people it subscribed to. Not part of `*`: name it to get it.',
  data: z.looseObject({
    chatId: address,
    participant: address.nullable(),
    presence: z.enum(['available', 'unavailable', 'composing', 'recording', 'paused']),
    lastSeenAt: instant.nullable(),
  }),
  example: {
    chatId: PERSON.chatId,
    participant: null,
    presence: 'composing',
    lastSeenAt: null,
  },
});

/** What happens to people, groups and calls. */
export const peopleEvents = [
  contactUpdated,
  identityResolved,
  groupUpdated,
  groupJoined,
  groupParticipants,
  groupJoinRequest,
  call,
  presence,
];
