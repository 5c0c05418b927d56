import type {
  IdentityPair,
  IdentityStore,
  KnownNumber,
  NumberStore,
} from '../../contacts/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';

interface NumberRow {
  phone: string;
  chat_id: string | null;
  lid: string | null;
  checked_at_ms: number;
}

export function createIdentityStore(context: SqliteContext): IdentityStore {
  const { reader, writer, read, write, requireSession } = context;
  const sql = {
    phone: reader
      .prepare<[SessionKey, string], string>(
        'SELECT phone FROM identities WHERE session_key = ? AND lid = ?',
      )
      .pluck(),
    lid: reader
      .prepare<[SessionKey, string], string>(
        'SELECT lid FROM identities WHERE session_key = ? AND phone = ?',
      )
      .pluck(),
    known: writer.prepare<[SessionKey, string, string]>(
      'SELECT 1 FROM identities WHERE session_key = ? AND lid = ? AND phone = ?',
    ),
    replace: writer.prepare(
      'INSERT OR REPLACE INTO identities (session_key, lid, phone) VALUES (?, ?, ?)',
    ),
  };

  /** REPLACE drops both the pair that had this LID and the one that had this phone. */
  function put(key: SessionKey, { lid, phone }: IdentityPair): boolean {
    if (sql.known.get(key, lid, phone)) return false;
    sql.replace.run(key, lid, phone);
    return true;
  }

  return {
    phoneFor: (key, lid) => read(() => sql.phone.get(key, lid) ?? null),
    lidFor: (key, phone) => read(() => sql.lid.get(key, phone) ?? null),
    learn: (key, pairs) =>
      write(() => {
        requireSession(key);
        return pairs.filter((pair) => put(key, pair));
      }),
  };
}

export function createNumberStore(context: SqliteContext): NumberStore {
  const { reader, writer, read, write, requireSession } = context;
  const sql = {
    get: reader.prepare<[SessionKey, string], NumberRow>(
      `SELECT phone, chat_id, lid, checked_at_ms FROM numbers
       WHERE session_key = ? AND phone = ?`,
    ),
    put: writer.prepare(
      `INSERT INTO numbers (session_key, phone, chat_id, lid, checked_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session_key, phone) DO UPDATE SET chat_id = excluded.chat_id,
         lid = excluded.lid, checked_at_ms = excluded.checked_at_ms`,
    ),
  };
  return {
    recall: (key, phones) =>
      read(() => {
        const rows = phones.flatMap((phone) => sql.get.get(key, phone) ?? []);
        return new Map(rows.map((row) => [row.phone, toNumber(row)]));
      }),
    remember: (key, numbers) =>
      write(() => {
        requireSession(key);
        for (const { phone, chatId, lid, checkedAtMs } of numbers) {
          sql.put.run(key, phone, chatId, lid, checkedAtMs);
        }
      }),
  };
}

const toNumber = (row: NumberRow): KnownNumber => ({
  phone: row.phone,
  chatId: row.chat_id,
  lid: row.lid,
  checkedAtMs: row.checked_at_ms,
});
