import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { CredentialsReport, DatabaseFiles, DatabaseReport } from '../../commands/database.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Connection } from './connection.ts';
import { type CredentialVault, createCredentialVault } from './credentials.ts';
import { openSealer, sealingOf } from './data-key.ts';
import { lockForProcess } from './lock.ts';
import { schemaVersion } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { plainSealer } from './sealer.ts';

/** All pages at once: in steps, each commit of the service would make the copy begin again. */
const ALL_PAGES = 0x7fffffff;

const BUSY_TIMEOUT_MS = 5_000;
const MAX_FAULTS = 10;

/** The name of the database in the data folder. */
export const DATABASE_NAME = 'gateway.sqlite';

/** The database's files, for the commands: beside a running service, which keeps its own connections. */
export const sqliteFiles: DatabaseFiles = {
  name: DATABASE_NAME,
  newestSchema: migrations.length,
  async copy(from, to) {
    closeSync(openSync(to, 'wx', 0o600));
    const source = new Database(from, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      await source.backup(to, { progress: () => ALL_PAGES });
    } finally {
      source.close();
    }
    makeComplete(to);
  },
  inspect: (file) => reading(file, report),
  credentials: (file, dataKey) => reading(file, (db) => credentials(db, dataKey)),
  lock: (file) => lockForProcess(file),
};

/** Leaves no write-ahead log beside the copy, and nothing of it in the operating system's memory alone. */
function makeComplete(file: string): void {
  const copy = new Database(file);
  copy.pragma('journal_mode = DELETE');
  copy.close();
  chmodSync(file, 0o600);
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

function reading<T>(file: string, read: (db: Connection) => T): T {
  const db = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** The tables and columns are those of every schema since the first. */
function credentials(db: Connection, dataKey: Uint8Array | null): CredentialsReport[] {
  const sealer = sealingOf(db) === 'none' ? plainSealer : openSealer(db, dataKey);
  const vault = createCredentialVault({ reader: db, writer: db, sealer });
  const sessions = db
    .prepare<[], { key: SessionKey; workspaceId: string; id: string }>(
      'SELECT key, workspace_id AS workspaceId, id FROM sessions ORDER BY key',
    )
    .all();
  return sessions.map(({ key, ...named }) => ({ ...named, state: stateIn(vault, key) }));
}

function stateIn(vault: CredentialVault, key: SessionKey): CredentialsReport['state'] {
  switch (vault.load(key).kind) {
    case 'none':
      return 'none';
    case 'found':
      return 'intact';
    case 'corrupt':
      return vault.previous(key).kind === 'found' ? 'previous_intact' : 'lost';
  }
}

function report(db: Connection): DatabaseReport {
  const found = db.pragma(`integrity_check(${MAX_FAULTS})`) as { integrity_check: string }[];
  const faults = found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  const schema = schemaVersion(db);
  return {
    schema,
    encrypted: sealingOf(db) === 'aes-256-gcm',
    faults,
    // A table of every schema since the first.
    endpoints: db
      .prepare<[], { id: string; url: string }>(
        'SELECT id, url FROM endpoints WHERE active = 1 ORDER BY created_at_ms, id',
      )
      .all(),
  };
}
