/**
 * Readers over decoded protobufs: whatever is there, they answer with the type asked for or with
 * nothing. WhatsApp adds fields and changes shapes without notice, and anybody can write anything.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** The longest text that is passed on; WhatsApp's own clients stop at the same length. */
const MAX_TEXT = 65_536;

/** The most items of a list that are passed on: a group has at most 1,024 people. */
const MAX_ITEMS = 1_024;

/** An object with named fields; null for everything else, arrays and bytes included. */
export function fields(value: unknown): Fields | null {
  return typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value)
    ? (value as Fields)
    : null;
}

/** The field of that name if it is an object's own; a name such as `constructor` finds nothing. */
export function get(from: Fields | null, name: string): unknown {
  return from !== null && Object.hasOwn(from, name) ? from[name] : undefined;
}

/** An object in a field. */
export const child = (from: Fields | null, name: string): Fields | null => fields(get(from, name));

/** A text, cut at 65,536 characters; null when there is none or it is empty. */
export function text(from: Fields | null, name: string): string | null {
  const value = get(from, name);
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT) : null;
}

/** A finite number; null otherwise. */
export function number(from: Fields | null, name: string): number | null {
  const value = get(from, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** True only for true. */
export const flag = (from: Fields | null, name: string): boolean => get(from, name) === true;

/** Bytes; null otherwise. */
export function bytes(from: Fields | null, name: string): Uint8Array | null {
  const value = get(from, name);
  return value instanceof Uint8Array ? value : null;
}

/** The objects in a list, the first 1,024 of them. */
export function list(from: Fields | null, name: string): Fields[] {
  const value = get(from, name);
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_ITEMS)
    .map(fields)
    .filter((item) => item !== null);
}

/** The texts in a list, the first 1,024 of them. */
export function texts(from: Fields | null, name: string): string[] {
  const value = get(from, name);
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ITEMS).filter((item) => typeof item === 'string' && item !== '');
}

/** Joins what is there with line breaks; '' when nothing is. */
export const lines = (...parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== '').join('\n');
