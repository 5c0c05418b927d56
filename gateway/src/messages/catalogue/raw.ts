import { z } from 'zod';
import { contentType } from './content-type.ts';
import { plainOptions } from './options.ts';

/** More than any message of people; WhatsApp cuts texts at about as much. In UTF-16 units of JSON. */
const MAX_JSON = 65_536;

export const raw = contentType({
  name: 'raw',
  summary: "WhatsApp's own message, a protobuf as JSON; off unless the operator allows it",
  fields: {
    raw: z
      .record(z.string(), z.unknown())
      .refine((message) => JSON.stringify(message).length <= MAX_JSON, {
        error: `Must have at most ${MAX_JSON} characters as JSON`,
      })
      .refine((message) => Object.keys(message).length > 0, { error: 'Names no content' }),
  },
  inline: 'raw',
  options: plainOptions,
  build: ({ raw: message }) => ({ type: 'raw', message }),
  examples: [{ extendedTextMessage: { text: 'Hello', font: 'SYSTEM_BOLD' } }],
});
