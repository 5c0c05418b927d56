import { z } from 'zod';

/*
 * What the API shows. Times are ISO 8601 in UTC. People are named by `number` (digits); `jid` and `lid`
 * are their two addresses.
 */

const time = z.iso.datetime();

export const deviceView = z
  .object({
    id: z.int().describe('1 and up; the phone itself would be 0'),
    jid: z.string(),
    platform: z.string().describe('What the client calls itself'),
    pushName: z.string().nullable(),
    online: z.boolean().describe('Connected and taking messages'),
    waiting: z.int().describe('Stanzas it has not confirmed'),
    linkedAt: time,
  })
  .meta({ id: 'Device' });

export const habitsView = z
  .object({
    deliveryReceipts: z.boolean().describe('Confirms the delivery of each message'),
    readsAtOnce: z.boolean().describe('Reads each message at once: blue ticks'),
    answersDevices: z.boolean().describe('Answers what its linked devices ask for'),
    keepsMedia: z
      .boolean()
      .describe('Keeps files, and uploads them again when a linked device finds them expired'),
    answersRetries: z.boolean().describe('Sends again to whoever could not read a message'),
    asksForRetries: z.boolean().describe('Asks again for what it could not read itself'),
  })
  .meta({ id: 'Habits' });

export const standingView = z
  .object({
    banned: z.boolean(),
    restrictedUntil: time.nullable().describe('Until then strangers cannot be written to: 463'),
    newChats: z
      .object({ total: z.int(), used: z.int(), until: time })
      .nullable()
      .describe('Quota of new chats; null is any number'),
  })
  .meta({ id: 'Standing' });

export const accountView = z
  .object({
    number: z.string(),
    jid: z.string(),
    lid: z.string(),
    name: z.string(),
    about: z.string(),
    picture: z.string().nullable().describe('Path of the profile picture'),
    unread: z.int(),
    devices: z.array(deviceView),
    habits: habitsView,
    standing: standingView,
  })
  .meta({ id: 'Account' });

export const waitingView = z
  .object({
    ref: z.string().describe('First reference of its QR codes; names the client'),
    pushName: z.string().nullable(),
    platform: z.string(),
    label: z.string().nullable().describe('Name given with its QR text, such as the session id'),
    scannable: z.boolean().describe('The text of its QR code is known: it can be picked'),
  })
  .meta({ id: 'WaitingClient' });

export const pairingView = z
  .object({
    waiting: z.array(waitingView),
    codes: z.array(z.string()).describe('Numbers that a client waits to be typed its code into'),
  })
  .meta({ id: 'Pairing' });

const state = z.enum(['pending', 'sent', 'delivered', 'read', 'played', 'failed']);

export const mediaView = z.object({
  path: z.string().describe('GET it for the decrypted file'),
  mimetype: z.string().nullable(),
  bytes: z.int(),
  fileName: z.string().nullable(),
});

export const messageView = z
  .object({
    id: z.string(),
    chat: z.string(),
    order: z.int().describe('Increases in the order in which the phone saw its messages'),
    fromMe: z.boolean(),
    sender: z.object({ number: z.string().nullable(), jid: z.string(), name: z.string() }),
    at: time,
    type: z.string().describe('Kind of content'),
    text: z.string().describe('The words a person reads first'),
    content: z
      .looseObject({ type: z.string() })
      .describe('The whole content, bytes as base64, without the file'),
    media: mediaView.nullable(),
    state: state
      .nullable()
      .describe('How far a message from this account came; null for those of others'),
    error: z.string().nullable().describe("The server's code when it refused the message"),
    receipts: z.array(z.object({ device: z.string(), state })),
    readAt: time.nullable().describe('When this phone read a message of somebody else'),
  })
  .meta({ id: 'Message' });

export const chatView = z
  .object({
    chat: z.string(),
    kind: z.enum(['person', 'group', 'status', 'other']),
    name: z.string(),
    number: z.string().nullable(),
    picture: z.string().nullable(),
    unread: z.int(),
    last: messageView.nullable(),
  })
  .meta({ id: 'Chat' });

export const groupView = z
  .object({
    jid: z.string(),
    subject: z.string(),
    description: z.string().nullable(),
    creator: z.string().describe('Number'),
    createdAt: time,
    addressing: z.enum(['pn', 'lid']),
    members: z.array(
      z.object({
        number: z.string(),
        jid: z.string(),
        name: z.string(),
        role: z.enum(['member', 'admin', 'superadmin']),
      }),
    ),
    announce: z.boolean().describe('Only admins may write'),
    locked: z.boolean().describe('Only admins may change subject, description and picture'),
    approval: z.boolean().describe('Admins must let new members in'),
    memberAddMode: z.enum(['admin_add', 'all_member_add']),
    ephemeralS: z.int(),
    inviteCode: z.string(),
    requests: z.array(z.object({ number: z.string(), name: z.string(), at: time })),
  })
  .meta({ id: 'Group' });

export const violationView = z
  .object({
    at: time,
    rule: z.string(),
    device: z.string().nullable(),
    text: z.string(),
  })
  .meta({ id: 'Violation' });

export const ledgerEntryView = z
  .object({
    sequence: z.int(),
    at: time,
    event: z.string(),
    device: z.string().describe('`<number>:<device>@s.whatsapp.net`; the phone has no device'),
    tag: z.string(),
    id: z.string(),
    type: z.string().nullable(),
    peer: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'LedgerEntry' });

/** A parameter of a kind of fault, as a form needs it. */
const parameterView = z.object({
  name: z.string(),
  type: z.enum(['integer', 'boolean', 'string']),
  example: z.union([z.string(), z.number(), z.boolean()]),
  choices: z.array(z.union([z.string(), z.number()])),
  isOptional: z.boolean(),
});

export const faultKindView = z.object({
  kind: z.string(),
  what: z.string().describe('What it does'),
  parameters: z.array(parameterView),
});

export const activeFaultView = z
  .object({
    id: z.int(),
    fault: z.looseObject({ kind: z.string() }),
    hits: z.int().describe('How often it has struck'),
  })
  .meta({ id: 'ActiveFault' });

export type DeviceView = z.infer<typeof deviceView>;
export type AccountView = z.infer<typeof accountView>;
export type WaitingView = z.infer<typeof waitingView>;
export type PairingView = z.infer<typeof pairingView>;
export type DeliveryStateView = z.infer<typeof state>;
export type MessageView = z.infer<typeof messageView>;
export type ChatView = z.infer<typeof chatView>;
export type GroupView = z.infer<typeof groupView>;
export type ViolationView = z.infer<typeof violationView>;
export type LedgerEntryView = z.infer<typeof ledgerEntryView>;
export type FaultKindView = z.infer<typeof faultKindView>;
export type FaultParameterView = z.infer<typeof parameterView>;
export type ActiveFaultView = z.infer<typeof activeFaultView>;
