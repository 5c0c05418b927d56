import type { SessionKey } from '../../sessions/store.ts';
import type { DeviceStore, JournalDraft, JournalEntry, RecordWrite } from '../../whatsapp/store.ts';
import type { SqliteContext } from './context.ts';
import { createCredentialVault } from './credentials.ts';
import type { Place } from './sealer.ts';

interface JournalRow {
  id: number;
  received_at_ms: number;
  enc_index: number;
  stanza: Uint8Array;
  plaintext: Uint8Array;
}

const recordPlace = (key: SessionKey, type: string, id: string): Place => [
  'records',
  key,
  type,
  id,
];
const stanzaPlace = (key: SessionKey, id: number): Place => ['journal', key, id, 'stanza'];
const plaintextPlace = (key: SessionKey, id: number): Place => ['journal', key, id, 'plaintext'];

export function createDeviceStore(context: SqliteContext): DeviceStore {
  const { write, read, sealer, requireSession } = context;
  const sql = prepare(context);
  const vault = createCredentialVault(context);

  function writeRecord(key: SessionKey, { type, id, value }: RecordWrite): void {
    if (value) sql.putRecord.run(key, type, id, sealer.seal(value, recordPlace(key, type, id)));
    else sql.removeRecord.run(key, type, id);
  }

  /** The id is chosen before the insert because the sealed columns are bound to it. */
  function writeJournal(key: SessionKey, draft: JournalDraft): number {
    const id = (sql.lastJournalId.get() ?? 0) + 1;
    sql.addJournal.run(
      id,
      key,
      draft.receivedAtMs,
      draft.encIndex,
      sealer.seal(draft.stanza, stanzaPlace(key, id)),
      sealer.seal(draft.plaintext, plaintextPlace(key, id)),
    );
    return id;
  }

  const toEntry = (key: SessionKey, row: JournalRow): JournalEntry => ({
    id: row.id,
    receivedAtMs: row.received_at_ms,
    encIndex: row.enc_index,
    stanza: sealer.open(row.stanza, stanzaPlace(key, row.id)),
    plaintext: sealer.open(row.plaintext, plaintextPlace(key, row.id)),
  });

  return {
    loadCredentials: (key) => read(() => vault.load(key)),
    previousCredentials: (key) => read(() => vault.previous(key)),
    readRecords: (key, type, ids) =>
      read(() => {
        const found = new Map<string, Uint8Array>();
        for (const id of ids) {
          const row = sql.record.get(key, type, id);
          if (row) found.set(id, sealer.open(row.value, recordPlace(key, type, id)));
        }
        return found;
      }),
    snapshot: (key) =>
      read(() => ({
        credentials: vault.load(key),
        records: sql.records.all(key).map(({ type, id, value }) => ({
          type,
          id,
          value: sealer.open(value, recordPlace(key, type, id)),
        })),
      })),
    commit: (key, change) =>
      write(() => {
        requireSession(key);
        if (change.credentials) vault.save(key, change.credentials);
        for (const record of change.records ?? []) writeRecord(key, record);
        const first = change.journal ? writeJournal(key, change.journal) : null;
        for (const draft of change.furtherJournal ?? []) writeJournal(key, draft);
        return first;
      }),
    openJournal: (key, after, limit) =>
      read(() => sql.openJournal.all(key, after, limit).map((row) => toEntry(key, row))),
    async closeJournal(key, ids) {
      if (ids.length === 0) return;
      await write(() => {
        for (const id of ids) sql.closeJournal.run(id, key);
      });
    },
    clear: (key) =>
      write(() => {
        vault.clear(key);
        sql.clearRecords.run(key);
        sql.clearJournal.run(key);
      }),
  };
}

function prepare({ writer, reader }: SqliteContext) {
  return {
    record: reader.prepare<[SessionKey, string, string], { value: Uint8Array }>(
      'SELECT value FROM records WHERE session_key = ? AND type = ? AND id = ?',
    ),
    records: reader.prepare<[SessionKey], { type: string; id: string; value: Uint8Array }>(
      'SELECT type, id, value FROM records WHERE session_key = ?',
    ),
    putRecord: writer.prepare(
      `INSERT INTO records (session_key, type, id, value) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_key, type, id) DO UPDATE SET value = excluded.value`,
    ),
    removeRecord: writer.prepare(
      'DELETE FROM records WHERE session_key = ? AND type = ? AND id = ?',
    ),
    clearRecords: writer.prepare<[SessionKey]>('DELETE FROM records WHERE session_key = ?'),
    lastJournalId: writer
      .prepare<[], number>(`SELECT seq FROM sqlite_sequence WHERE name = 'journal'`)
      .pluck(),
    addJournal: writer.prepare(
      `INSERT INTO journal (id, session_key, received_at_ms, enc_index, stanza, plaintext)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    openJournal: reader.prepare<[SessionKey, number, number], JournalRow>(
      `SELECT id, received_at_ms, enc_index, stanza, plaintext FROM journal
       WHERE session_key = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    closeJournal: writer.prepare<[number, SessionKey]>(
      'DELETE FROM journal WHERE id = ? AND session_key = ?',
    ),
    clearJournal: writer.prepare<[SessionKey]>('DELETE FROM journal WHERE session_key = ?'),
  };
}
