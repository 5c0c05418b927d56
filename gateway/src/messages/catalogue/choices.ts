import { z } from 'zod';
import { buttonsHeader, checkHeader, headerField } from './buttons-header.ts';
import { contentType, type Report, shownText, textOrNull } from './content-type.ts';

/** WhatsApp's limits for interactive messages, which the numbered text keeps to. */
const MAX_BODY = 1024;
const MAX_FOOTER = 60;
const MAX_HINT = 200;
const MAX_SECTIONS = 10;
const MAX_ROWS = 10;
const MAX_BUTTONS = 10;

const idText = z.string().min(1).max(200).describe('Comes back in the event when it is chosen');

const shared = {
  text: shownText(MAX_BODY),
  footer: z.string().max(MAX_FOOTER).optional(),
  hint: z
    .string()
    .max(MAX_HINT)
    .describe('A line that says how to answer, such as "Reply with the number"')
    .optional(),
  render: z
    .enum(['auto', 'interactive', 'text'])
    .describe(
      '"interactive" is native and not shown by every client; "auto" (numbered text) reaches everybody',
    )
    .optional(),
} as const;

export const list = contentType({
  name: 'list',
  summary:
    'A list to choose from, as numbered text or interactive; the answer comes back with the id of the row',
  fields: {
    ...shared,
    title: z.string().max(60).optional(),
    buttonText: z
      .string()
      .max(20)
      .describe('The label of the button where lists are interactive; not shown in numbered text')
      .optional(),
    sections: z
      .array(
        z.strictObject({
          title: z.string().max(24).optional(),
          rows: z
            .array(
              z.strictObject({
                id: idText,
                title: shownText(72),
                description: z.string().max(200).optional(),
              }),
            )
            .min(1)
            .max(MAX_ROWS),
        }),
      )
      .min(1)
      .max(MAX_SECTIONS),
  },
  check: ({ sections }, report) => {
    const rows = sections.flatMap((section) => section.rows.map(({ id }) => id));
    refuseTwice(rows, 'sections', report);
  },
  build: (fields) => ({
    type: 'list',
    title: textOrNull(fields.title),
    text: fields.text,
    footer: textOrNull(fields.footer),
    buttonText: textOrNull(fields.buttonText),
    hint: textOrNull(fields.hint),
    interactive: fields.render === 'interactive',
    sections: fields.sections.map((section) => ({
      title: textOrNull(section.title),
      rows: section.rows.map(({ id, title, description }) => ({
        id,
        title,
        description: textOrNull(description),
      })),
    })),
  }),
  examples: [
    {
      title: 'Choose your plan',
      text: 'Please select an option from the list below.',
      buttonText: 'View options',
      hint: 'Reply with the number.',
      sections: [
        {
          title: 'Plans',
          rows: [
            { id: 'basic', title: 'Basic', description: 'For small teams' },
            { id: 'pro', title: 'Pro' },
          ],
        },
      ],
    },
  ],
});

export const buttons = contentType({
  name: 'buttons',
  summary:
    'Buttons to choose from, as numbered text or interactive; the answer comes back with the id',
  fields: {
    ...shared,
    header: headerField.optional(),
    buttons: z
      .array(z.strictObject({ id: idText, text: shownText(72) }))
      .min(1)
      .max(MAX_BUTTONS),
  },
  check: ({ buttons, header }, report) => {
    if (header) checkHeader(header, report);
    refuseTwice(
      buttons.map(({ id }) => id),
      'buttons',
      report,
    );
  },
  build: (fields, pointer) => ({
    type: 'buttons',
    header: fields.header ? buttonsHeader(fields.header, `${pointer}/header`) : null,
    text: fields.text,
    footer: textOrNull(fields.footer),
    hint: textOrNull(fields.hint),
    interactive: fields.render === 'interactive',
    buttons: fields.buttons,
  }),
  examples: [
    {
      text: 'Do you confirm your order?',
      footer: 'Reply with the number',
      buttons: [
        { id: 'btn_yes', text: 'Yes' },
        { id: 'btn_no', text: 'No' },
      ],
    },
    { text: 'Ready?', buttons: [{ id: 'go', text: 'Go' }], render: 'interactive' },
    {
      header: { image: { url: 'https://example.com/photo.jpg' } },
      text: 'Buy it?',
      buttons: [{ id: 'buy', text: 'Buy' }],
    },
  ],
});

/** The id is all that comes back, so it must name one thing. */
function refuseTwice(ids: readonly string[], field: string, report: Report): void {
  if (new Set(ids).size < ids.length) report(field, 'Each id must be different');
}
