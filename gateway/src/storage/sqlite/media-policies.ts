import type { MediaPolicy } from '../../messages/received/policy.ts';
import type { MediaPolicyStore } from '../../messages/received/received-media.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { SqliteContext } from './context.ts';

export function createMediaPolicyStore(context: SqliteContext): MediaPolicyStore {
  const { reader, writer, read, write, requireSession } = context;
  const load = reader
    .prepare<[SessionKey], string>('SELECT policy FROM media_policies WHERE session_key = ?')
    .pluck();
  const save = writer.prepare<[SessionKey, string]>(
    `INSERT INTO media_policies (session_key, policy) VALUES (?, ?)
     ON CONFLICT (session_key) DO UPDATE SET policy = excluded.policy`,
  );
  return {
    load: (key) =>
      read(() => {
        const policy = load.get(key);
        return policy === undefined ? null : (JSON.parse(policy) as MediaPolicy);
      }),
    save: (key, policy) =>
      write(() => {
        requireSession(key);
        save.run(key, JSON.stringify(policy));
      }),
  };
}
