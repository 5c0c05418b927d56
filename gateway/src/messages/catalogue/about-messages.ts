import { z } from 'zod';
import type { PinSeconds } from './content.ts';
import { contentType, shownText } from './content-type.ts';
import { contextOptions, messageIdField, plainOptions } from './options.ts';
import { MAX_TEXT } from './text.ts';

const messageId = messageIdField.describe('Id of the message this is about');

/** One grapheme is what clients show; flags and families are long sequences of code points. */
const MAX_EMOJI = 64;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export const reaction = contentType({
  name: 'reaction',
  summary: 'An emoji on a message; an empty one takes it back',
  fields: { messageId, emoji: z.string().max(MAX_EMOJI).describe('One emoji, or empty') },
  check: ({ emoji }, report) => {
    if (emoji !== '' && Array.from(graphemes.segment(emoji)).length !== 1) {
      report('emoji', 'Must be one emoji, or empty to take the reaction back');
    }
  },
  options: plainOptions,
  build: (fields) => ({ type: 'reaction', messageId: fields.messageId, emoji: fields.emoji }),
  examples: [
    { messageId: '3EB0C431C26A1916E07E', emoji: '👍' },
    { messageId: '3EB0C431C26A1916E07E', emoji: '' },
  ],
});

export const edit = contentType({
  name: 'edit',
  summary: 'New text for an earlier message of yours',
  fields: { messageId, text: shownText(MAX_TEXT) },
  options: plainOptions,
  build: (fields) => ({ type: 'edit', messageId: fields.messageId, text: fields.text }),
  examples: [{ messageId: '3EB0C431C26A1916E07E', text: 'See you at 19:00' }],
});

export const remove = contentType({
  name: 'delete',
  summary: 'Deletes a message for everyone',
  fields: { messageId },
  options: plainOptions,
  build: (fields) => ({ type: 'delete', messageId: fields.messageId }),
  examples: [{ messageId: '3EB0C431C26A1916E07E' }],
});

const PIN_SECONDS = { day: 86_400, week: 604_800, month: 2_592_000 } as const satisfies Record<
  string,
  PinSeconds
>;

export const pin = contentType({
  name: 'pin',
  summary: 'Pins a message in its chat, or takes the pin away',
  fields: {
    messageId,
    for: z
      .literal(['day', 'week', 'month', 'never'])
      .describe('"never" takes the pin away')
      .optional(),
  },
  options: plainOptions,
  build: (fields) => ({
    type: 'pin',
    messageId: fields.messageId,
    seconds: fields.for === 'never' ? null : PIN_SECONDS[fields.for ?? 'week'],
  }),
  examples: [{ messageId: '3EB0C431C26A1916E07E', for: 'day' }],
});

export const forward = contentType({
  name: 'forward',
  summary: 'Sends a kept message on, media included',
  fields: { messageId },
  options: contextOptions.filter((name) => name === 'ephemeral' || name === 'clientRef'),
  build: (fields) => ({ type: 'forward', messageId: fields.messageId }),
  examples: [{ messageId: '3EB0C431C26A1916E07E' }],
});
