import { createHash, timingSafeEqual } from 'node:crypto';
import type { SessionKey } from '../../sessions/store.ts';
import type { StoredCredentials } from '../../whatsapp/store.ts';
import type { SqliteContext } from './context.ts';
import type { Place } from './sealer.ts';

interface Row {
  generation: number;
  checksum: Uint8Array;
  data: Uint8Array;
}

const place = (key: SessionKey, generation: number): Place => ['credentials', key, generation];

/**
 * The credentials of a device, in two generations that alternate between two rows, each with a SHA-256
 * over owner, generation and bytes. Whatever is wrong with the current generation is reported: handing
 * out the previous one in silence would roll back an identity that WhatsApp has already moved on.
 */
export function createCredentialVault({
  writer,
  reader,
  sealer,
}: Pick<SqliteContext, 'writer' | 'reader' | 'sealer'>) {
  const sql = {
    generations: reader.prepare<[SessionKey], Row>(
      `SELECT generation, checksum, data FROM credentials
       WHERE session_key = ? ORDER BY generation DESC`,
    ),
    newest: writer
      .prepare<[SessionKey], number | null>(
        'SELECT max(generation) FROM credentials WHERE session_key = ?',
      )
      .pluck(),
    save: writer.prepare(
      `INSERT INTO credentials (session_key, slot, generation, checksum, data)
       VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session_key, slot) DO UPDATE SET
         generation = excluded.generation, checksum = excluded.checksum, data = excluded.data`,
    ),
    clear: writer.prepare<[SessionKey]>('DELETE FROM credentials WHERE session_key = ?'),
  };

  function intact(key: SessionKey, row: Row): Uint8Array | null {
    const expected = checksum(key, row.generation, row.data);
    if (row.checksum.length !== expected.length) return null;
    if (!timingSafeEqual(row.checksum, expected)) return null;
    try {
      return sealer.open(row.data, place(key, row.generation));
    } catch {
      return null;
    }
  }

  return {
    /** Within a write. */
    save(key: SessionKey, data: Uint8Array): void {
      const generation = (sql.newest.get(key) ?? 0) + 1;
      const sealed = sealer.seal(data, place(key, generation));
      sql.save.run(key, generation % 2, generation, checksum(key, generation, sealed), sealed);
    },
    /** Within a write. */
    clear(key: SessionKey): void {
      sql.clear.run(key);
    },
    /** Within a read. */
    load(key: SessionKey): StoredCredentials {
      const [current, previous] = sql.generations.all(key);
      if (!current) return { kind: 'none' };
      const data = intact(key, current);
      if (data) return { kind: 'found', data };
      const rest = previous && intact(key, previous) ? 'is intact' : 'cannot be used either';
      return {
        kind: 'corrupt',
        reason: previous
          ? `generation ${current.generation} of the credentials is damaged; generation ${previous.generation} ${rest}`
          : `generation ${current.generation} of the credentials is damaged; there is no other`,
      };
    },
    /** Within a read. */
    previous(key: SessionKey): StoredCredentials {
      const [, previous] = sql.generations.all(key);
      if (!previous) return { kind: 'none' };
      const data = intact(key, previous);
      if (data) return { kind: 'found', data };
      const reason = `generation ${previous.generation} of the credentials is damaged`;
      return { kind: 'corrupt', reason };
    },
  };
}

export type CredentialVault = ReturnType<typeof createCredentialVault>;

function checksum(key: SessionKey, generation: number, data: Uint8Array): Buffer {
  return createHash('sha256').update(`${key}/${generation}/`).update(data).digest();
}
