import { z } from 'zod';
import { Problem } from '../../kernel/errors.ts';

/** A message with places for variables, kept under a name. */
export interface Template {
  readonly name: string;
  /** BCP 47, such as `pt-BR`; '' for the one that serves every language. */
  readonly language: string;
  readonly description: string;
  readonly variables: Readonly<Record<string, Variable>>;
  /** A content of `send`, such as `{text: "Hello {{name}}"}`; `{{name}}` in any text of it is replaced. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** What a variable may be. One with a fallback may be left out. */
export interface Variable {
  readonly type: 'text' | 'number' | 'date' | 'url';
  readonly fallback?: string | undefined;
}

const NAME = /^[a-z0-9_]{1,64}$/;
/** What a variable may be called; positions (`1`) are names as well. */
export const VARIABLE_NAME = /^[A-Za-z0-9_]{1,32}$/;
/** Characters of one value. */
export const MAX_VALUE = 1_024;
const MAX_VARIABLES = 50;

/** Larger templates are no templates. */
const MAX_CONTENT = 64 * 1024;

/** `{{ name }}`; positions are names as well: `{{1}}`. */
const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_]{1,32})\s*\}\}/g;

/** Stands in paths, so it has no character that must be escaped there. */
export const templateName = z
  .string()
  .regex(NAME, 'must be 1 to 64 lower-case letters, digits or "_"');

/** Empty: the general form, for languages that have none of their own. */
export const languageTag = z
  .string()
  .max(15)
  .regex(/^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?)?$/, 'must be a language such as "en" or "pt-BR"');

/** The fields of a template besides its name. */
export const templateFields = {
  language: languageTag.default(''),
  description: z.string().max(500).default(''),
  variables: z
    .record(
      z.string().regex(VARIABLE_NAME),
      z.strictObject({
        type: z.enum(['text', 'number', 'date', 'url']),
        fallback: z.string().max(MAX_VALUE).optional(),
      }),
    )
    .refine((variables) => Object.keys(variables).length <= MAX_VARIABLES, 'are too many')
    .default({}),
  content: z
    .record(z.string(), z.unknown())
    .refine((content) => JSON.stringify(content).length <= MAX_CONTENT, 'is too large')
    .describe('A content of `send`; {{name}} in any text of it is replaced by the variable'),
} as const;

export const valuesSchema = z.record(z.string(), z.union([z.string().max(MAX_VALUE), z.number()]));

/** What goes into the places, by the name of the variable. */
export type Values = z.output<typeof valuesSchema>;

/** The names that a content refers to, in order of appearance. */
export function placeholdersIn(content: unknown): string[] {
  const names = new Set<string>();
  for (const text of textsIn(content)) {
    for (const [, name] of text.matchAll(PLACEHOLDER)) if (name) names.add(name);
  }
  return [...names];
}

/**
 * Fills a template's places. Values are put in as they are: what stands in one is never taken for a
 * place again. Throws `template_variables` that names each variable which is missing, of the wrong type
 * or unknown; `pointer` is where the values stand in the request.
 */
export function render(
  template: Template,
  values: Values,
  pointer: string,
): Readonly<Record<string, unknown>> {
  const wrong = [
    ...Object.entries(template.variables).flatMap(([name, variable]) =>
      complaint(name, variable, values),
    ),
    ...Object.keys(values)
      .filter((name) => !Object.hasOwn(template.variables, name))
      .map((name) => ({ name, message: 'Is no variable of this template' })),
  ];
  if (wrong.length > 0) {
    throw new Problem(
      'template_variables',
      `The template "${template.name}" needs other variables: ${wrong.map(({ name }) => name).join(', ')}.`,
      wrong.map(({ name, message }) => ({ field: `${pointer}/${name}`, message })),
    );
  }
  return fillPlaces(
    template.content,
    (name) => own(values, name) ?? own(template.variables, name)?.fallback ?? '',
  );
}

/** Replaces each `{{name}}` in any text of a content. What stands in a value is never a place again. */
export function fillPlaces(
  content: Readonly<Record<string, unknown>>,
  valueOf: (name: string) => string | number,
): Readonly<Record<string, unknown>> {
  const filled = (text: string) =>
    text.replace(PLACEHOLDER, (_whole, name: string) => String(valueOf(name)));
  return mapTexts(content, filled) as Record<string, unknown>;
}

function complaint(name: string, { type, fallback }: Variable, values: Values) {
  const value = own(values, name);
  if (value === undefined) return fallback === undefined ? [{ name, message: 'Is missing' }] : [];
  return fits(type, String(value)) ? [] : [{ name, message: `Is no ${type}` }];
}

/** Names come from outside: `constructor` must find nothing. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function fits(type: Variable['type'], value: string): boolean {
  switch (type) {
    case 'text':
      return true;
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value));
    case 'date':
      return !Number.isNaN(Date.parse(value));
    case 'url':
      return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  }
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* textsIn(inner);
  }
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, change)]),
  );
}
