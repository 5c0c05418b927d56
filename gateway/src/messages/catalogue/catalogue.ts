import { z } from 'zod';
import { Problem } from '../../kernel/errors.ts';
import { edit, forward, pin, reaction, remove } from './about-messages.ts';
import { buttons, list } from './choices.ts';
import type { Content } from './content.ts';
import type { ContentType, Report } from './content-type.ts';
import { groupInvite } from './group-invite.ts';
import { audio, document, gif, image, ptv, sticker, video, viewOnce } from './media-types.ts';
import { optionFields, type SendOptions, sendOptions } from './options.ts';
import { bodyProblem } from './problem.ts';
import { raw } from './raw.ts';
import { template } from './template.ts';
import { text } from './text.ts';
import { contact, event, location, poll } from './things.ts';
import { type Timing, timingFields, timingOf } from './timing.ts';

/** Every kind of message that can be sent, in the order of the docs. */
export const contentTypes: readonly ContentType[] = [
  text,
  image,
  video,
  gif,
  ptv,
  audio,
  document,
  sticker,
  viewOnce,
  location,
  contact,
  poll,
  event,
  groupInvite,
  list,
  buttons,
  template,
  raw,
  reaction,
  edit,
  remove,
  pin,
  forward,
];

/** A send as it was asked for: validated, nothing fetched or resolved yet. */
export interface SendRequest {
  /** Whom to send to, as written; see `contacts/recipients`. */
  readonly to: string;
  readonly content: Content;
  readonly options: SendOptions;
  readonly timing: Timing;
}

const EXAMPLE_TO = '5511999999999';

const envelope = {
  to: z
    .string()
    .min(1)
    .max(128)
    .describe('Phone number with country code, or a WhatsApp address')
    .meta({ examples: [EXAMPLE_TO, '120363041234567890@g.us'] }),
  ...timingFields,
};

/** The body of `POST /sessions/:id/send`: `to` and exactly one content, keyed by its name. */
export const sendBody = z
  .strictObject({
    ...envelope,
    ...Object.fromEntries(contentTypes.map((type) => [type.name, nested(type).optional()])),
    ...optionFields,
  })
  .superRefine((body, context) => {
    const fields: Readonly<Record<string, unknown>> = body;
    const names = contentTypes.filter(({ name }) => fields[name] !== undefined);
    const report = reporter(context);
    if (names.length === 0) {
      const known = contentTypes.map(({ name }) => name).join(', ');
      report('', `Give one of ${known}`, 'content_missing');
    }
    for (const extra of names.slice(1)) {
      report(extra.name, `Give ${names[0]?.name} or ${extra.name}, not both`, 'content_ambiguous');
    }
    if (names.length === 1 && names[0]) checkOptions(names[0], fields, report);
  })
  .meta({
    id: 'NewMessage',
    examples: contentTypes.map(({ name, examples }) => ({ to: EXAMPLE_TO, [name]: examples[0] })),
  });

/** The body of `POST /sessions/:id/messages/:type`, by type: the same fields, flat beside `to`. */
export const messageBodies: ReadonlyMap<string, z.ZodObject> = new Map(
  contentTypes.map((type) => [
    type.name,
    z
      .strictObject({ ...envelope, ...type.fields, ...optionsOf(type) })
      .superRefine((body, context) => type.check(ownFields(type, body), reporter(context)))
      .meta({ id: schemaName(type), examples: type.examples.map((own) => flatExample(type, own)) }),
  ]),
);

/** Reads a body of `send`; throws a `Problem` that names each wrong field. */
export function contentFromSend(body: unknown): SendRequest {
  const parsed = sendBody.safeParse(body);
  if (!parsed.success) throw bodyProblem(parsed.error, body);
  const fields: Record<string, unknown> = parsed.data;
  const type = contentTypes.find(({ name }) => fields[name] !== undefined);
  if (!type) throw new Problem('content_missing', 'The request names no content.');
  const value = fields[type.name];
  const content =
    type.inline === null
      ? type.build(value as Record<string, unknown>, `/${type.name}`)
      : type.build({ [type.inline]: value }, '');
  return {
    to: parsed.data.to,
    content,
    options: { ...sendOptions(parsed.data), ...type.implies },
    timing: timingOf(parsed.data),
  };
}

/** Reads a body of `messages/:type`; null when there is no such type, throws a `Problem` as above. */
export function contentFromMessage(name: string, body: unknown): SendRequest | null {
  const type = contentTypes.find((candidate) => candidate.name === name);
  const schema = messageBodies.get(name);
  if (!type || !schema) return null;
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw bodyProblem(parsed.error, body);
  const fields = parsed.data as Record<string, unknown> & { to: string };
  return {
    to: fields.to,
    content: type.build(ownFields(type, fields), ''),
    options: { ...sendOptions(fields), ...type.implies },
    timing: timingOf(fields),
  };
}

/** The fields of the content, without what stands beside them in the flat form. */
function ownFields(
  type: ContentType,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(type.fields).map((name) => [name, body[name]]));
}

function nested(type: ContentType): z.ZodType {
  const schema = type.inline === null ? strictFields(type) : type.fields[type.inline];
  return (schema as z.ZodType).describe(type.summary).meta({ examples: [...type.examples] });
}

function strictFields(type: ContentType): z.ZodType {
  return z
    .strictObject(type.fields)
    .superRefine((fields, context) => type.check(fields, reporter(context)));
}

/** `view-once` becomes `NewViewOnceMessage`. */
function schemaName({ name }: ContentType): string {
  const words = name.split(/[^A-Za-z0-9]+/);
  return `New${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Message`;
}

/** An example of `send` as the type's own route takes it. */
function flatExample({ inline }: ContentType, example: unknown): object {
  return inline === null
    ? { to: EXAMPLE_TO, ...Object(example) }
    : { to: EXAMPLE_TO, [inline]: example };
}

/** The options that a type takes, as fields. */
function optionsOf(type: ContentType): z.ZodRawShape {
  return Object.fromEntries(type.options.map((name) => [name, optionFields[name]]));
}

function checkOptions(
  type: ContentType,
  fields: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  const taken: ReadonlySet<string> = new Set(type.options);
  for (const name of Object.keys(optionFields)) {
    if (fields[name] !== undefined && !taken.has(name)) {
      report(name, `Has no meaning for ${type.name}`, 'unknown_field');
    }
  }
}

function reporter(context: z.RefinementCtx): Report {
  return (field, message, code = 'invalid_request') =>
    context.addIssue({
      code: 'custom',
      path: field === '' ? [] : field.split('.'),
      message,
      params: { code },
    });
}
