import { z } from 'zod';
import type { ProblemCode } from '../../kernel/errors.ts';
import type { Content } from './content.ts';
import { contextOptions, type OptionName, type SendOptions } from './options.ts';

/** Says that a field is wrong; `field` is relative to the fields of the content, '' for all of them. */
export type Report = (field: string, message: string, code?: ProblemCode) => void;

type Fields = Readonly<Record<string, unknown>>;

/**
 * One kind of message that can be sent. The schema of its fields is the only description there is: HTTP
 * validation, OpenAPI and docs come from it, and its examples are the fixtures of the tests.
 */
export interface ContentType {
  /** Its key in `POST /sessions/:id/send`, and the last part of `POST /sessions/:id/messages/:type`. */
  readonly name: string;
  readonly summary: string;
  /** Its fields as its own route takes them, flat beside `to`. */
  readonly fields: z.ZodRawShape;
  /** What no field alone can say. */
  readonly check: (fields: Fields, report: Report) => void;
  /** Under its key, `send` takes this field's value alone: `{to, text: "Hello"}`. */
  readonly inline: string | null;
  /** Which options make sense beside it. */
  readonly options: readonly OptionName[];
  /** Options that the type sets by itself. */
  readonly implies: Partial<SendOptions>;
  /** Validated fields become content; `pointer` is where the fields stand in the request. */
  readonly build: (fields: Fields, pointer: string) => Content;
  /** Values of its key in `send`, each valid. */
  readonly examples: readonly unknown[];
}

/** Makes a content type from typed parts. */
export function contentType<Shape extends z.ZodRawShape>(type: {
  name: string;
  summary: string;
  fields: Shape;
  check?: (fields: z.output<z.ZodObject<Shape>>, report: Report) => void;
  inline?: keyof Shape & string;
  /** Left out: those of content that people see in the chat. */
  options?: readonly OptionName[];
  implies?: Partial<SendOptions>;
  build: (fields: z.output<z.ZodObject<Shape>>, pointer: string) => Content;
  examples: readonly unknown[];
}): ContentType {
  type Typed = z.output<z.ZodObject<Shape>>;
  return {
    name: type.name,
    summary: type.summary,
    fields: type.fields,
    check: (fields, report) => type.check?.(fields as Typed, report),
    inline: type.inline ?? null,
    options: type.options ?? contextOptions,
    implies: type.implies ?? {},
    build: (fields, pointer) => type.build(fields as Typed, pointer),
    examples: type.examples,
  };
}

/** A text that is shown: 1 to `max` UTF-16 units, and more than white space. */
export const shownText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text === '' || text.trim() !== '', {
      error: 'Holds nothing but white space',
      params: { code: 'empty_text' satisfies ProblemCode },
    });

/** Captions are cut by WhatsApp's clients beyond this length. */
export const captionText = z.string().max(1024).describe('Shown under the media').optional();

/** An empty optional text is the same as none. */
export const textOrNull = (text: string | undefined): string | null => (text ? text : null);
