import type { ContactChange, ContactRecord, ContactStore } from '../../contacts/contact-store.ts';
import { joinNames, NAMELESS, type Names, onlyMissing, withHeard } from '../../contacts/names.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import { openJson, type Place, type Sealer, sealJson } from './sealer.ts';

interface Row {
  chat_id: string;
  names: Uint8Array;
}

const placeOf = (key: SessionKey, chatId: string): Place => ['contacts', key, chatId, 'names'];

const open = (sealer: Sealer, key: SessionKey, row: Row): ContactRecord => ({
  chatId: row.chat_id,
  names: openJson(sealer, row.names, placeOf(key, row.chat_id)) as Names,
});

export function createContactStore(context: SqliteContext): ContactStore {
  const { reader, writer, sealer, read, write, requireSession, insertBatch } = context;
  const sql = {
    ...prepareNames(writer),
    some: reader.prepare<[SessionKey, string], Row>(
      `SELECT chat_id, names FROM contacts
       WHERE session_key = ? AND chat_id IN (SELECT value FROM json_each(?))`,
    ),
    page: reader.prepare<[SessionKey, string, number], Row>(
      `SELECT chat_id, names FROM contacts WHERE session_key = ? AND chat_id > ?
       ORDER BY chat_id LIMIT ?`,
    ),
  };

  return {
    hear: (key, heard, report) =>
      write(() => {
        requireSession(key);
        const changed = heard.flatMap(({ chatId, names: told, isPast }): ContactChange[] => {
          const row = sql.kept.get(key, chatId);
          const before = row ? open(sealer, key, row).names : NAMELESS;
          const names = withHeard(before, isPast ? onlyMissing(before, told) : told);
          if (names === null) return [];
          sql.put.run(key, chatId, sealJson(sealer, names, placeOf(key, chatId)));
          return [{ chatId, names, before }];
        });
        if (report && changed.length > 0) insertBatch(report(changed));
        return changed;
      }),
    names: (key, chatIds) =>
      read(() => {
        const rows = sql.some.all(key, JSON.stringify(chatIds));
        return new Map(rows.map((row) => [row.chat_id, open(sealer, key, row).names]));
      }),
    contacts: (key, { after, limit }) =>
      read(() => sql.page.all(key, after ?? '', limit).map((row) => open(sealer, key, row))),
  };
}

/** Within a write: the row of a LID becomes that of the number, or gives it the names that it lacks. */
export function createContactMove({ writer, sealer }: Pick<SqliteContext, 'writer' | 'sealer'>) {
  const sql = prepareNames(writer);
  return (key: SessionKey, from: string, to: string): void => {
    const moved = sql.take.get(key, from);
    if (!moved) return;
    const kept = sql.kept.get(key, to);
    const names = joinNames(
      kept ? open(sealer, key, kept).names : NAMELESS,
      open(sealer, key, moved).names,
    );
    sql.put.run(key, to, sealJson(sealer, names, placeOf(key, to)));
  };
}

function prepareNames(writer: SqliteContext['writer']) {
  return {
    kept: writer.prepare<[SessionKey, string], Row>(
      'SELECT chat_id, names FROM contacts WHERE session_key = ? AND chat_id = ?',
    ),
    put: writer.prepare<[SessionKey, string, Uint8Array]>(
      `INSERT INTO contacts (session_key, chat_id, names) VALUES (?, ?, ?)
       ON CONFLICT (session_key, chat_id) DO UPDATE SET names = excluded.names`,
    ),
    take: writer.prepare<[SessionKey, string], Row>(
      'DELETE FROM contacts WHERE session_key = ? AND chat_id = ? RETURNING chat_id, names',
    ),
  };
}
