import { z } from 'zod';
import { defineEvent, instant } from './define.ts';

const state = z.looseObject({
  status: z.enum(['open', 'qr', 'close', 'connecting']),
  state: z.string().describe('The finer truth behind `status`'),
  reason: z.string().nullable(),
  userAction: z.string().nullable().describe('What a person has to do; null when nothing'),
  phone: z.string().nullable(),
});

const open = {
  status: 'open' as const,
  state: 'open',
  reason: null,
  userAction: null,
  phone: '5511999999999',
};

const connected = defineEvent({
  name: 'session.connected',
  summary: 'The number is connected to WhatsApp.',
  data: state.extend({ lid: z.string().nullable(), pushName: z.string().nullable() }),
  example: { ...open, lid: '84900000000001@lid', pushName: 'Support' },
});

const disconnected = defineEvent({
  name: 'session.disconnected',
  summary: 'The connection was lost, or a pairing was not finished.',
  data: state.extend({ willReconnect: z.boolean().describe('The session helps itself') }),
  example: {
    ...open,
    status: 'connecting',
    state: 'waiting_retry',
    reason: 'connection_lost',
    willReconnect: true,
  },
});

const qr = defineEvent({
  name: 'session.qr',
  summary: 'A new QR code wants to be scanned; it replaces the one before.',
  data: state.extend({
    qr: z.string().describe('The text inside the code'),
    qrImage: z.string().describe('The code as a PNG data URL'),
    number: z.int().describe('1 for the first code of this pairing'),
  }),
  example: {
    ...open,
    status: 'qr',
    state: 'qr',
    phone: null,
    qr: '2@AbCdEf...',
    qrImage: 'data:image/png;base64,iVBORw0KGgo...',
    number: 1,
  },
});

const pairingCode = defineEvent({
  name: 'session.pairing_code',
  summary: 'A code to type on the phone instead of scanning.',
  data: state.extend({ code: z.string(), expiresAt: instant }),
  example: {
    ...open,
    status: 'connecting',
    state: 'pairing',
    code: 'ABCD-EFGH',
    expiresAt: '2024-03-04T00:03:00.000Z',
  },
});

const failed = defineEvent({
  name: 'session.failed',
  summary: 'The session will not come back by itself; `userAction` says what to do.',
  data: state,
  example: {
    ...open,
    status: 'close',
    state: 'replaced',
    reason: 'connected_elsewhere',
    userAction: 'Start the session again where it should run.',
  },
});

const loggedOut = defineEvent({
  name: 'session.logged_out',
  summary: 'The number was unlinked, here or on the phone; it has to be paired again.',
  data: state,
  example: {
    ...open,
    status: 'close',
    state: 'logged_out',
    reason: 'device_removed',
    userAction: 'Start the session and scan the QR code again.',
  },
});

const stateChanged = defineEvent({
  name: 'session.state',
  summary: 'The state of a session changed in any way.',
  data: state.extend({ previous: z.string() }),
  example: { ...open, previous: 'connecting' },
});

const restricted = defineEvent({
  name: 'session.restricted',
  summary: 'WhatsApp restricts the account, or lifted the restriction.',
  data: z.looseObject({ active: z.boolean(), kind: z.string(), until: instant.nullable() }),
  example: { active: true, kind: 'reach_out', until: '2024-03-05T00:00:00.000Z' },
});

const quota = defineEvent({
  name: 'session.quota',
  summary: 'How many new chats WhatsApp still allows.',
  data: z.looseObject({
    kind: z.string(),
    total: z.int().nullable(),
    used: z.int().nullable(),
    capped: z.boolean(),
    resetsAt: instant.nullable(),
  }),
  example: {
    kind: 'new_chats',
    total: 250,
    used: 17,
    capped: false,
    resetsAt: '2024-03-05T00:00:00.000Z',
  },
});

const history = defineEvent({
  name: 'history.progress',
  summary: 'A part of the older chats was taken over from the phone.',
  data: z.looseObject({
    percent: z.number().min(0).max(100).nullable().describe('Of all, as the phone says'),
    messages: z.int().describe('Kept of this part; 0 when none are to be'),
    chats: z.int().describe('In this part'),
  }),
  example: { percent: 40, messages: 120, chats: 31 },
});

/** What happens to a session's connection and account. */
export const sessionEvents = [
  connected,
  disconnected,
  qr,
  pairingCode,
  failed,
  loggedOut,
  stateChanged,
  restricted,
  quota,
  history,
];
