import type { ProxyStore } from '../../sessions/proxy-store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';
import type { Place } from './sealer.ts';

const place = (key: SessionKey): Place => ['proxies', key, 'url'];

export function createProxyStore(context: SqliteContext): ProxyStore {
  const { reader, writer, read, write, requireSession, sealer } = context;
  const load = reader
    .prepare<[SessionKey], Uint8Array>('SELECT url FROM proxies WHERE session_key = ?')
    .pluck();
  const save = writer.prepare<[SessionKey, Uint8Array]>(
    `INSERT INTO proxies (session_key, url) VALUES (?, ?)
     ON CONFLICT (session_key) DO UPDATE SET url = excluded.url`,
  );
  const remove = writer.prepare<[SessionKey]>('DELETE FROM proxies WHERE session_key = ?');
  return {
    load: (key) =>
      read(() => {
        const sealed = load.get(key);
        return sealed === undefined
          ? null
          : Buffer.from(sealer.open(sealed, place(key))).toString();
      }),
    save: (key, url) =>
      write(() => {
        requireSession(key);
        save.run(key, sealer.seal(Buffer.from(url), place(key)));
      }),
    remove: (key) => write(() => void remove.run(key)),
  };
}
