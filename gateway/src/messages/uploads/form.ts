import type { z } from 'zod';
import { contentTypes, messageBodies, sendBody } from '../catalogue/catalogue.ts';
import type { MediaKind } from '../media-kinds.ts';

/** A form as it came in: every field is text, possibly given several times. */
export interface SendForm {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly file: FormUpload | null;
}

/** The file of a form, once it lies on disk. */
export interface FormUpload {
  /** Of its part. */
  readonly name: string;
  readonly mediaId: string;
  readonly mimetype: string | null;
  readonly fileName: string | null;
}

const KINDS: Readonly<Record<string, MediaKind>> = {
  image: 'image',
  'view-once': 'image',
  video: 'video',
  gif: 'video',
  ptv: 'video',
  audio: 'audio',
  document: 'document',
  sticker: 'sticker',
};

/**
 * What the file in the part `name` is sent as: named by its route, where the part is called `file`, or in
 * `send` by the part. Null when the part means nothing there.
 */
export function formFileKind(type: string | null, name: string): MediaKind | null {
  if (type === null) return KINDS[name] ?? null;
  return name === 'file' || name === type ? (KINDS[type] ?? null) : null;
}

/**
 * The JSON body that a form stands for; `type` is that of the route, null for `send`. Fields of the
 * content stand flat in either. What is wrong in it is left for the catalogue to say.
 */
export function bodyFromForm(type: string | null, form: SendForm): Record<string, unknown> {
  const { fields, file } = form;
  const media = file === null ? {} : mediaFields(file);
  if (type !== null) {
    return { ...media, ...values(fields, messageBodies.get(type)?.shape ?? {}) };
  }
  const content = contentTypes.find(({ name }) => name === file?.name);
  if (!content) return values(fields, sendBody.shape);
  const isInner = (name: string) => name in content.fields && !(name in sendBody.shape);
  const inner = new Map([...fields].filter(([name]) => isInner(name)));
  const outer = new Map([...fields].filter(([name]) => !isInner(name)));
  return {
    ...values(outer, sendBody.shape),
    [content.name]: { ...media, ...values(inner, content.fields) },
  };
}

function mediaFields({ mediaId, mimetype, fileName }: FormUpload) {
  return {
    mediaId,
    ...(mimetype === null ? {} : { mimetype }),
    ...(fileName === null ? {} : { fileName }),
  };
}

function values(
  fields: ReadonlyMap<string, readonly string[]>,
  shape: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    [...fields].map(([name, texts]) => [
      name,
      formValue(texts, Object.hasOwn(shape, name) ? (shape[name] as z.ZodType) : null),
    ]),
  );
}

/**
 * A field's value: the text itself where the field takes it, else what the text says as JSON (`true`,
 * `86400`, `["all"]`), else the texts as a list. What fits nowhere stays a text.
 */
export function formValue(texts: readonly string[], schema: z.ZodType | null): unknown {
  const [text] = texts;
  const fits = (value: unknown) => schema?.safeParse(value).success === true;
  if (texts.length === 1 && text !== undefined) {
    if (schema === null || fits(text)) return text;
    const parsed = jsonOf(text);
    if (parsed !== undefined && (fits(parsed) || !fits(texts))) return parsed;
  }
  return texts.length > 1 || fits(texts) ? texts : text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
