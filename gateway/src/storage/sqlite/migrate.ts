import { StorageRefused } from '../errors.ts';
import type { Connection } from './connection.ts';

/** One step of the schema. Versions count from 1 without gaps; a step that was published never changes. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  up(db: Connection): void;
}

const SCHEMA_VERSION = `
CREATE TABLE IF NOT EXISTS schema_version (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT`;

/**
 * Brings the schema up to the newest of `migrations`, each step in a transaction of its own. Refuses,
 * touching nothing, a database that a newer program has written.
 */
export function migrate(db: Connection, migrations: readonly Migration[], nowMs: number): void {
  const known = migrations.length;
  const found = schemaVersion(db);
  if (found > known) {
    throw new StorageRefused(
      'newer_schema',
      `This database has schema ${found}, this version of the program knows schema ${known}. ` +
        'Run the newer version, or restore a backup from before the upgrade.',
    );
  }
  for (const migration of migrations.slice(found)) {
    db.transaction(() => {
      db.exec(SCHEMA_VERSION);
      migration.up(db);
      db.prepare('INSERT INTO schema_version (version, name, applied_at_ms) VALUES (?, ?, ?)').run(
        migration.version,
        migration.name,
        nowMs,
      );
    }).immediate();
  }
}

/** The schema of a database, 0 for an empty one; refuses a database of another program. */
export function schemaVersion(db: Connection): number {
  const tables = db.prepare('SELECT name FROM sqlite_schema').pluck().all();
  if (tables.length === 0) return 0;
  if (!tables.includes('schema_version')) {
    throw new StorageRefused('damaged', 'The database file belongs to another program.');
  }
  return db.prepare('SELECT max(version) FROM schema_version').pluck().get() as number;
}
