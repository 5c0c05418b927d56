import { z } from 'zod';
import { Problem } from '../../kernel/errors.ts';
import type { Content } from './content.ts';
import type { ContentType, Report } from './content-type.ts';
import { image } from './image.ts';
import { bodyProblem } from './problem.ts';
import { text } from './text.ts';

/** Every kind of message that can be sent, in the order of the docs. */
export const contentTypes: readonly ContentType[] = [text, image];

/** A send as it was asked for: validated, nothing fetched or resolved yet. */
export interface SendRequest {
  /** Whom to send to, as written; see `contacts/recipients`. */
  readonly to: string;
  readonly content: Content;
}

const envelope = {
  to: z
    .string()
    .min(1)
    .max(128)
    .describe('Phone number with country code, or a WhatsApp address')
    .meta({ examples: ['5511999999999', '120363041234567890@g.us'] }),
};

const nested = (type: ContentType): z.ZodType => {
  const schema = type.inline === null ? strictFields(type) : field(type, type.inline);
  return schema.describe(type.summary).meta({ examples: [...type.examples] });
};

/** The body of `POST /sessions/:id/send`: `to` and exactly one content, keyed by its name. */
export const sendBody = z
  .strictObject({
    ...envelope,
    ...Object.fromEntries(contentTypes.map((type) => [type.name, nested(type).optional()])),
  })
  .superRefine((body, context) => {
    const names = contentsOf(body);
    const report = reporter(context);
    if (names.length === 0) {
      report(
        '',
        `Give one of ${contentTypes.map((type) => type.name).join(', ')}`,
        'content_missing',
      );
    }
    if (names.length > 1) {
      report(names[1] ?? '', `Give only one of ${names.join(', ')}`, 'content_ambiguous');
    }
  });

/** The body of `POST /sessions/:id/messages/:type`, by type: the same fields, flat beside `to`. */
export const messageBodies: ReadonlyMap<string, z.ZodType> = new Map(
  contentTypes.map((type) => [
    type.name,
    z
      .strictObject({ ...envelope, ...type.fields })
      .superRefine((fields, context) => type.check(fields, reporter(context))),
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
  return { to: parsed.data.to, content };
}

/** Reads a body of `messages/:type`; null when there is no such type, throws a `Problem` as above. */
export function contentFromMessage(name: string, body: unknown): SendRequest | null {
  const type = contentTypes.find((candidate) => candidate.name === name);
  const schema = messageBodies.get(name);
  if (!type || !schema) return null;
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw bodyProblem(parsed.error, body);
  const fields = parsed.data as Record<string, unknown> & { to: string };
  return { to: fields.to, content: type.build(fields, '') };
}

function strictFields(type: ContentType): z.ZodType {
  return z
    .strictObject(type.fields)
    .superRefine((fields, context) => type.check(fields, reporter(context)));
}

function field(type: ContentType, name: string): z.ZodType {
  return type.fields[name] as z.ZodType;
}

const contentsOf = (body: Readonly<Record<string, unknown>>): string[] =>
  contentTypes.map(({ name }) => name).filter((name) => body[name] !== undefined);

function reporter(context: z.RefinementCtx): Report {
  return (field, message, code = 'invalid_request') =>
    context.addIssue({
      code: 'custom',
      path: field === '' ? [] : field.split('.'),
      message,
      params: { code },
    });
}
