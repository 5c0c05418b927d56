import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from './connection.ts';
import { type Migration, migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';

describe('migrations', () => {
  let db: Connection;
  beforeEach(() => {
    db = new Database(':memory:');
  });
  afterEach(() => void db.close());

  const tables = () =>
    db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).pluck().all();
  const applied = () => db.prepare('SELECT version, name FROM schema_version').raw().all();
  const step = (version: number, name: string): Migration => ({
    version,
    name,
    up: (db) => void db.exec(`CREATE TABLE ${name} (n INTEGER) STRICT`),
  });
  const [first, second] = [step(1, 'first'), step(2, 'second')];

  it('count from 1 without gaps', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
  });

  it('are applied once, in order, and written down', () => {
    migrate(db, [first], 1);
    migrate(db, [first], 2);
    migrate(db, [first, second], 3);
    expect(applied()).toEqual([
      [1, 'first'],
      [2, 'second'],
    ]);
    expect(tables()).toContain('second');
  });

  it('are undone as a whole when one fails, and go on from there the next time', () => {
    const broken: Migration = {
      ...second,
      up: (db) => {
        second.up(db);
        throw new Error('broken');
      },
    };
    expect(() => migrate(db, [first, broken], 1)).toThrow('broken');
    expect(applied()).toEqual([[1, 'first']]);
    expect(tables()).not.toContain('second');
    migrate(db, [first, second], 2);
    expect(tables()).toContain('second');
  });

  it('refuse what a newer program wrote, and touch nothing', () => {
    migrate(db, [first, second], 1);
    const before = db.serialize();
    expect(() => migrate(db, [first], 2)).toThrow(/schema 2.*knows schema 1/);
    expect(Buffer.compare(db.serialize(), before)).toBe(0);
  });

  it('refuse a database of another program', () => {
    db.exec('CREATE TABLE recipes (name TEXT)');
    expect(() => migrate(db, migrations, 1)).toThrow(/another program/);
    expect(tables()).toEqual(['recipes']);
  });

  it('make tables that take no values of a wrong type', () => {
    migrate(db, migrations, 1);
    const loose = db
      .prepare(`SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0`)
      .pluck()
      .all();
    expect(loose.filter((name) => !String(name).startsWith('sqlite_'))).toEqual([]);
  });
});
