import { contentType, shownText } from './content-type.ts';
import { textOptions } from './options.ts';

/** The longest text that WhatsApp's own clients send. */
export const MAX_TEXT = 65_536;

export const text = contentType({
  name: 'text',
  summary: 'A text',
  fields: { text: shownText(MAX_TEXT).describe('What the message says') },
  inline: 'text',
  options: textOptions,
  build: (fields) => ({ type: 'text', text: fields.text }),
  examples: ['Hello from n8n!', 'Line one\n*Line two*'],
});
