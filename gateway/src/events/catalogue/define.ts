import { z } from 'zod';

/** One kind of event: its name, what it means and the shape of its `data`. */
export interface EventDefinition {
  readonly name: string;
  /** Counts up when a field changes its meaning or goes; new fields leave it as it is. */
  readonly version: number;
  readonly summary: string;
  readonly data: z.ZodType<Record<string, unknown>>;
  /** A real `data`, valid under the schema. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** Defines an event; the compiler checks that the example fits the schema. */
export function defineEvent<Data extends z.ZodType<Record<string, unknown>>>(definition: {
  readonly name: string;
  readonly version?: number;
  readonly summary: string;
  readonly data: Data;
  readonly example: z.input<Data> & Record<string, unknown>;
}): EventDefinition {
  return { version: 1, ...definition };
}

/** `<digits>@s.whatsapp.net`, `<digits>@lid`, `<digits>@g.us`, `status@broadcast`, ... */
export const address = z.string().describe('WhatsApp address');

export const phone = z
  .string()
  .nullable()
  .describe('Digits of the phone number; null while unknown');

export const lid = z.string().nullable().describe('`<digits>@lid`; null while unknown');

/** Whole seconds since 1970, as WhatsApp counts. */
export const seconds = z.int().describe('Seconds since 1970');

/** An instant as text. */
export const instant = z.iso.datetime();
