/** The fields that were given, without those that are null or undefined. */
export type Given<T> = { [Name in keyof T]?: NonNullable<T[Name]> };

/** Protobuf says "not set" by null; our own types leave such fields out. */
export function given<T extends object>(fields: T): Given<T> {
  const entries = Object.entries(fields).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(entries) as Given<T>;
}

/** A 64-bit number of a protobuf as a plain one; exact up to 2^53. Not set is null. */
export function toNumber(value: Int64 | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' ? value : value.toNumber();
}

/** How protobuf carries 64-bit numbers: plain where we make them, as `Long` where they were decoded. */
export type Int64 = number | { toNumber(): number };
