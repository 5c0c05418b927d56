import type { SessionKey } from './store.ts';

/** Keeps the proxy of each session, as the URL with its credentials, sealed like other secrets. */
export interface ProxyStore {
  load(key: SessionKey): Promise<string | null>;
  save(key: SessionKey, url: string): Promise<void>;
  /** Removing what is gone does nothing. */
  remove(key: SessionKey): Promise<void>;
}
