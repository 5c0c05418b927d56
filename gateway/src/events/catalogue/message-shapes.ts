import { z } from 'zod';
import { address, lid, phone, seconds } from './define.ts';

const text = z.string().nullable();
const count = z.number().nullable();

const media = z.looseObject({
  mimetype: text,
  fileName: text,
  bytes: count,
  seconds: count,
  width: count,
  height: count,
  sha256: text.describe('Of the file, base64'),
  voice: z.boolean().describe('A voice note rather than a sound file'),
  animated: z.boolean(),
  videoNote: z.boolean().describe('A round video message'),
});

const quoted = z.looseObject({
  messageId: z.string(),
  participant: text,
  type: z.string(),
  text: z.string(),
  hasMedia: z.boolean(),
});

const ad = z.looseObject({
  title: text,
  body: text,
  sourceUrl: text,
  sourceId: text,
  sourceType: text,
  clickId: text,
  mediaUrl: text,
});

/** What the payload of every event about a message begins with. */
export const envelope = z.looseObject({
  from: address.describe('Whom to answer: the person, or the group'),
  pushName: z.string().nullable().describe('The name the author gave themselves'),
  messageId: z.string(),
  text: z.string().describe('What a bot should read: text, caption, chosen option, ...'),
  hasMedia: z.boolean(),
  timestamp: seconds,
  chatId: address,
  phone,
  lid,
  isGroup: z.boolean(),
  participant: address.nullable().describe('The author in groups and broadcasts'),
  fromMe: z.boolean(),
  source: z.enum(['phone', 'api']).nullable().describe('Where a message of ours was written'),
  delayed: z.boolean().describe('WhatsApp kept it while the session was away'),
});

/** The payload of a message: flat, with details of its type at the end. */
export const message = envelope.extend({
  type: z.string().describe('text, image, video, audio, document, sticker, location, poll, ...'),
  media: media.nullable(),
  quoted: quoted.nullable(),
  mentions: z.array(address),
  mentionsMe: z.boolean(),
  forwarded: z.boolean(),
  forwardingScore: z.number(),
  viewOnce: z.boolean(),
  expiresAfterSeconds: z.number().nullable(),
  ad: ad.nullable().describe('The advertisement through which somebody came to write'),
});

/** A message of ours, as far as the service knows it: what the phone sent has all, what the API sent less. */
export const ownMessage = message
  .extend({ media: media.partial().nullable() })
  .partial()
  .required({ messageId: true, text: true, timestamp: true, chatId: true, fromMe: true });

/** The message that another one is about. */
export const target = z.looseObject({
  messageId: z.string(),
  fromMe: z.boolean().nullable(),
  participant: address.nullable(),
});

/** What an edited or deleted message said before; null when it was not kept. */
export const previous = z
  .looseObject({ type: z.string(), text: z.string(), media: media.nullable() })
  .nullable();

/** What events about a message somebody else wrote begin with. */
export const receivedEnvelope = {
  from: '5511888888888@s.whatsapp.net',
  pushName: 'John Doe',
  messageId: '3EB0C431C26A1916E07E',
  text: 'I need help!',
  hasMedia: false,
  timestamp: 1_709_510_400,
  chatId: '5511888888888@s.whatsapp.net',
  phone: '5511888888888',
  lid: '84912345678901@lid',
  isGroup: false,
  participant: null,
  fromMe: false,
  source: null,
  delayed: false,
};

const plain = {
  type: 'text',
  media: null,
  quoted: null,
  mentions: [],
  mentionsMe: false,
  forwarded: false,
  forwardingScore: 0,
  viewOnce: false,
  expiresAfterSeconds: null,
  ad: null,
};

/** A text that somebody else wrote. */
export const receivedMessage = { ...receivedEnvelope, ...plain };

/** A text that went out through the API. */
export const sentMessage = {
  ...receivedMessage,
  from: '5511999999999@s.whatsapp.net',
  pushName: null,
  messageId: '3EB0F1D1A2B3C4D5E6F7',
  text: 'Your parcel is on its way.',
  fromMe: true,
  source: 'api' as const,
};
