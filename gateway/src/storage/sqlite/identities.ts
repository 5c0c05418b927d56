import { lidAddress } from '../../contacts/address.ts';
import type {
  IdentityPair,
  IdentityStore,
  KnownNumber,
  NumberStore,
} from '../../contacts/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { ChatMoves } from './chat-moves.ts';
import type { SqliteContext } from './context.ts';

interface NumberRow {
  phone: string;
  chat_id: string | null;
  lid: string | null;
  checked_at_ms: number;
}

/** Pairs kept per transaction: a history brings thousands. */
const LEARN_AT_ONCE = 500;

export function createIdentityStore(context: SqliteContext, moves: ChatMoves): IdentityStore {
  const { reader, writer, read, write, requireSession, insertBatch } = context;
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
    shown: writer.prepare<{ key: SessionKey; address: string }>(
      `SELECT 1 FROM messages WHERE session_key = @key AND chat_id = @address
         AND substr(chat_id, -4) = '@lid'
       UNION ALL SELECT 1 FROM messages WHERE session_key = @key AND sender_id = @address
         AND substr(sender_id, -4) = '@lid'
       LIMIT 1`,
    ),
    resolved: writer.prepare<[SessionKey, string]>(
      'INSERT OR IGNORE INTO resolved_lids (session_key, lid) VALUES (?, ?)',
    ),
  };

  /** REPLACE drops both the pair that had this LID and the one that had this phone. */
  function put(key: SessionKey, { lid, phone }: IdentityPair): boolean {
    if (sql.known.get(key, lid, phone)) return false;
    sql.replace.run(key, lid, phone);
    return true;
  }

  /** For the first time, of a LID that consumers have seen. */
  const isResolved = (key: SessionKey, lid: string): boolean =>
    sql.shown.get({ key, address: lidAddress(lid) }) !== undefined &&
    sql.resolved.run(key, lid).changes === 1;

  function keep(
    key: SessionKey,
    pairs: readonly IdentityPair[],
    report: Parameters<IdentityStore['learn']>[2],
  ) {
    requireSession(key);
    const fresh = pairs.filter((pair) => put(key, pair));
    const resolved = fresh.filter(({ lid }) => isResolved(key, lid));
    const unmoved = fresh.filter((pair) => moves.begin(key, pair));
    if (report && resolved.length > 0) insertBatch(report(resolved));
    return { fresh, unmoved };
  }

  return {
    phoneFor: (key, lid) => read(() => sql.phone.get(key, lid) ?? null),
    lidFor: (key, phone) => read(() => sql.lid.get(key, phone) ?? null),
    async learn(key, pairs, report) {
      const learnt: IdentityPair[] = [];
      for (let at = 0; at < pairs.length || at === 0; at += LEARN_AT_ONCE) {
        const some = pairs.slice(at, at + LEARN_AT_ONCE);
        const { fresh, unmoved } = await write(() => keep(key, some, report));
        learnt.push(...fresh);
        for (const { lid } of unmoved) await moves.finish(key, lid);
      }
      return learnt;
    },
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
