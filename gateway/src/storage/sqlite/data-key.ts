import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { systemRandom } from '../../kernel/random.ts';
import { StorageRefused } from '../errors.ts';
import type { Connection } from './connection.ts';
import { createSealer, plainSealer, type Sealer } from './sealer.ts';

const KEY_BYTES = 32;
const MODE = 'sealing';

/** How a database is sealed: decided when it is made, and never changed silently. */
type Mode =
  | { readonly kind: 'none' }
  | { readonly kind: 'aes-256-gcm'; readonly salt: string; readonly check: string };

/**
 * The sealer of this database. A new database takes on the key it is given, or none. After that the
 * key must stay the same: a wrong, missing or superfluous one is refused before anything is read.
 */
export function openSealer(db: Connection, dataKey: Uint8Array | null): Sealer {
  if (dataKey && dataKey.length !== KEY_BYTES) {
    throw new StorageRefused('key_wrong', `The data key must have ${KEY_BYTES} bytes.`);
  }
  const mode = storedMode(db);
  if (!mode) return adopt(db, dataKey);
  if (mode.kind === 'none') {
    if (!dataKey) return plainSealer;
    throw new StorageRefused(
      'not_encrypted',
      'A data key is set, but this database was made without one. Remove the key, or begin with an empty data folder.',
    );
  }
  if (!dataKey) {
    throw new StorageRefused(
      'key_missing',
      'This database is encrypted and no data key is set. Set the key it was made with.',
    );
  }
  const salt = Buffer.from(mode.salt, 'base64');
  if (!timingSafeEqual(Buffer.from(mode.check, 'base64'), checkValue(dataKey, salt))) {
    throw new StorageRefused(
      'key_wrong',
      'The data key is not the one that this database was made with.',
    );
  }
  return createSealer(rowKey(dataKey, salt));
}

/** How a database is sealed; `none` also for one that no service has opened yet. */
export function sealingOf(db: Connection): Mode['kind'] {
  return storedMode(db)?.kind ?? 'none';
}

function storedMode(db: Connection): Mode | null {
  const stored = db
    .prepare<[string], { value: string }>('SELECT value FROM meta WHERE name = ?')
    .get(MODE);
  return stored ? (JSON.parse(stored.value) as Mode) : null;
}

function adopt(db: Connection, dataKey: Uint8Array | null): Sealer {
  const salt = systemRandom.bytes(KEY_BYTES);
  const mode: Mode = dataKey
    ? {
        kind: 'aes-256-gcm',
        salt: Buffer.from(salt).toString('base64'),
        check: checkValue(dataKey, salt).toString('base64'),
      }
    : { kind: 'none' };
  db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)').run(MODE, JSON.stringify(mode));
  return dataKey ? createSealer(rowKey(dataKey, salt)) : plainSealer;
}

const derive = (dataKey: Uint8Array, salt: Uint8Array, purpose: string) =>
  Buffer.from(hkdfSync('sha256', dataKey, salt, `whatsapp-gateway ${purpose}`, KEY_BYTES));

const rowKey = (dataKey: Uint8Array, salt: Uint8Array) => derive(dataKey, salt, 'rows');

/** Tells whether a key is the right one without telling anything about the key of the rows. */
const checkValue = (dataKey: Uint8Array, salt: Uint8Array) => derive(dataKey, salt, 'check');
