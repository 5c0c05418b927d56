/** A text or number out of JSON, as text; the first of them that is one. */
export function word(...values: readonly unknown[]): string {
  for (const value of values) {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
  }
  return '';
}
