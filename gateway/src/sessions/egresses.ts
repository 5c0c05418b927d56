import type { ProxyStore } from './proxy-store.ts';
import type { SessionKey } from './store.ts';

/** The ways out of the sessions that have a proxy; one each, made when it is first needed. */
export interface Egresses<Egress> {
  /** The session's own way; null when it has no proxy. Rejects when the storage cannot say. */
  of(key: SessionKey): Promise<Egress | null>;
  /** Closes what a removed session leaves. */
  forget(key: SessionKey): Promise<void>;
  close(): Promise<void>;
}

/** Follows what is stored: a session whose proxy has changed gets another way, and the old one is closed. */
export function createEgresses<Egress extends { close(): Promise<void> }>(
  store: Pick<ProxyStore, 'load'>,
  open: (url: string) => Egress,
): Egresses<Egress> {
  const kept = new Map<SessionKey, { readonly url: string; readonly egress: Egress }>();

  async function forget(key: SessionKey): Promise<void> {
    const old = kept.get(key);
    kept.delete(key);
    await old?.egress.close();
  }

  return {
    async of(key) {
      const url = await store.load(key);
      const current = kept.get(key);
      if (current && current.url === url) return current.egress;
      if (current) void forget(key);
      if (url === null) return null;
      const egress = open(url);
      kept.set(key, { url, egress });
      return egress;
    },
    forget,
    async close() {
      await Promise.all([...kept.keys()].map(forget));
    },
  };
}
