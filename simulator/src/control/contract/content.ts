import { z } from 'zod';
import { choices, replies } from './choices.ts';
import {
  bytes,
  dimensions,
  fileFields,
  frame,
  jid,
  latitude,
  longitude,
  seconds,
  target,
  text,
  thumbnail,
  unixSeconds,
} from './pieces.ts';

const words = [
  z.strictObject({
    type: z.literal('text'),
    text: text(),
    preview: z
      .strictObject({
        url: text(2048),
        title: text(1024).exactOptional(),
        description: text(4096).exactOptional(),
        thumbnail,
      })
      .exactOptional(),
    background: z.int().exactOptional(),
    font: z.int().exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('location'),
    latitude,
    longitude,
    name: text(1024).exactOptional(),
    address: text(1024).exactOptional(),
    url: text(2048).exactOptional(),
    thumbnail,
    ...frame,
  }),
  z.strictObject({
    type: z.literal('live-location'),
    latitude,
    longitude,
    caption: text(1024).exactOptional(),
    accuracy: z.number().exactOptional(),
    speed: z.number().exactOptional(),
    heading: z.number().exactOptional(),
    sequence: z.int().exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('contacts'),
    contacts: z
      .array(z.strictObject({ name: text(1024), vcard: text() }))
      .min(1)
      .max(257),
    title: text(1024).exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('group-invite'),
    group: jid,
    code: text(100),
    name: text(1024).exactOptional(),
    caption: text().exactOptional(),
    expiresS: unixSeconds.exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('album'),
    images: z.int().min(0).max(100),
    videos: z.int().min(0).max(100),
    ...frame,
  }),
] as const;

export const image = z.strictObject({
  type: z.literal('image'),
  ...fileFields,
  caption: text().exactOptional(),
  ...dimensions,
  thumbnail,
  viewOnce: z.boolean().exactOptional(),
  ...frame,
});

export const video = z.strictObject({
  type: z.literal('video'),
  style: z.enum(['gif', 'round']).exactOptional(),
  ...fileFields,
  caption: text().exactOptional(),
  seconds,
  ...dimensions,
  thumbnail,
  viewOnce: z.boolean().exactOptional(),
  ...frame,
});

export const documentContent = z.strictObject({
  type: z.literal('document'),
  ...fileFields,
  fileName: text(1024).exactOptional(),
  caption: text().exactOptional(),
  pages: z.int().min(0).exactOptional(),
  thumbnail,
  ...frame,
});

const files = [
  image,
  video,
  documentContent,
  z.strictObject({
    type: z.literal('audio'),
    ...fileFields,
    voice: z.boolean().exactOptional().describe('A voice note.'),
    seconds,
    waveform: bytes.exactOptional().describe('64 values from 0 to 100'),
    viewOnce: z.boolean().exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('sticker'),
    ...fileFields,
    ...dimensions,
    animated: z.boolean().exactOptional(),
    ...frame,
  }),
] as const;

const event = z.strictObject({
  type: z.literal('event'),
  name: text(1024),
  description: text().exactOptional(),
  location: z
    .strictObject({
      latitude,
      longitude,
      name: text(1024).exactOptional(),
      address: text(1024).exactOptional(),
    })
    .exactOptional(),
  startS: unixSeconds,
  endS: unixSeconds.exactOptional(),
  joinLink: text(2048).exactOptional(),
  canceled: z.boolean().exactOptional(),
  guestsAllowed: z.boolean().exactOptional(),
  secret: bytes.exactOptional(),
  ...frame,
});

const pollsAndEvents = [
  z.strictObject({
    type: z.literal('poll'),
    question: text(1024),
    options: z.array(text(1024)).min(1).max(20),
    selectable: z
      .int()
      .min(0)
      .max(20)
      .default(1)
      .describe('How many may be chosen; 0 is any number.'),
    secret: bytes.exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('poll-vote'),
    poll: target,
    choices: z.array(text(1024)).max(20),
  }),
  event,
  z.strictObject({
    type: z.literal('event-response'),
    event: target,
    answer: z.enum(['going', 'not-going', 'maybe']),
    guests: z.int().min(0).max(100).exactOptional(),
  }),
] as const;

const shown = [...words, ...files, ...pollsAndEvents, ...choices, ...replies] as const;

const sealed = z
  .boolean()
  .exactOptional()
  .describe('Encrypted with the secret of the message it is about, as in communities.');

const actions = [
  z.strictObject({
    type: z.literal('reaction'),
    target,
    emoji: text(64).describe('Empty takes the reaction back.'),
    sealed,
  }),
  z.strictObject({
    type: z.literal('comment'),
    target,
    content: z.discriminatedUnion('type', [words[0], image, video, documentContent]),
    sealed,
  }),
  z.strictObject({
    type: z.literal('edit'),
    target,
    content: z.discriminatedUnion('type', [words[0], image, video, documentContent, event]),
    sealed,
  }),
  z.strictObject({ type: z.literal('delete'), target }),
  z.strictObject({
    type: z.literal('pin'),
    target,
    pinned: z.boolean(),
    forS: z.int().min(1).exactOptional(),
  }),
  z.strictObject({
    type: z.literal('ephemeral-setting'),
    seconds: z.int().min(0).describe('0 turns disappearing messages off.'),
  }),
  z.strictObject({ type: z.literal('share-phone-number') }),
] as const;

/** Everything that people send; the library's `Content` without what only devices tell one another. */
export const contentInput = z
  .discriminatedUnion('type', [...shown, ...actions])
  .meta({ id: 'Content', description: 'What a message says, by its `type`.' });

/** A content as it came in: messages that are meant may be named by id alone. */
export type ContentDraft = z.output<typeof contentInput>;
