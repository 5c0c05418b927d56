import { z } from 'zod';
import { bytes, file, frame, text } from './pieces.ts';

const header = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('image'), media: file, thumbnail: bytes.exactOptional() }),
    z.strictObject({ type: z.literal('video'), media: file, thumbnail: bytes.exactOptional() }),
    z.strictObject({
      type: z.literal('document'),
      media: file,
      fileName: text(1024).exactOptional(),
    }),
  ])
  .exactOptional();

const around = {
  text: text(),
  title: text(1024).exactOptional(),
  footer: text(1024).exactOptional(),
  ...frame,
};

const templateButton = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reply'), text: text(200), id: text(1024) }),
  z.strictObject({ kind: z.literal('url'), text: text(200), url: text(2048) }),
  z.strictObject({ kind: z.literal('call'), text: text(200), phone: text(30) }),
]);

const sections = z
  .array(
    z.strictObject({
      title: text(1024).exactOptional(),
      rows: z
        .array(
          z.strictObject({
            id: text(1024),
            title: text(1024),
            description: text(1024).exactOptional(),
          }),
        )
        .min(1)
        .max(50),
    }),
  )
  .min(1)
  .max(20);

/** Messages that offer buttons or lists. */
export const choices = [
  z.strictObject({
    type: z.literal('buttons'),
    header,
    buttons: z
      .array(z.strictObject({ id: text(1024), text: text(200) }))
      .min(1)
      .max(10),
    ...around,
  }),
  z.strictObject({ type: z.literal('list'), button: text(200), sections, ...around }),
  z.strictObject({
    type: z.literal('interactive'),
    header,
    buttons: z
      .array(z.strictObject({ name: text(100), params: text().describe('JSON text') }))
      .min(1)
      .max(20),
    ...around,
  }),
  z.strictObject({
    type: z.literal('template'),
    header,
    buttons: z.array(templateButton).min(1).max(10),
    ...around,
  }),
] as const;

/** What people answer to those; `quoted` names the message with the choice. */
export const replies = [
  z.strictObject({
    type: z.literal('button-reply'),
    id: text(1024),
    text: text(1024),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('list-reply'),
    id: text(1024),
    title: text(1024),
    description: text(1024).exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('interactive-reply'),
    name: text(100),
    params: text().describe('JSON text'),
    text: text(1024).exactOptional(),
    ...frame,
  }),
  z.strictObject({
    type: z.literal('template-reply'),
    id: text(1024),
    text: text(1024),
    index: z.int().min(0).exactOptional(),
    ...frame,
  }),
] as const;
