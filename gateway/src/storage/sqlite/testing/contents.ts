import { expect } from 'vitest';
import type { Connection } from '../connection.ts';

/** Every row of every table, as text to compare; checked for consistency on the way. */
export function contentsOf(db: Connection): string {
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  const tables = db
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
  const rows = tables.map((table) => db.prepare(`SELECT * FROM "${table}"`).all());
  return JSON.stringify([tables, rows]);
}
