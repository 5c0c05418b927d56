import type { Download, NotSaved } from '../../net/download.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { type Damage, decryptMedia } from './decrypt.ts';
import { MAX_MEDIA_BYTES } from './policy.ts';
import type { MediaReference } from './reference.ts';
import type { Vault, VaultFile } from './vault.ts';

/** How a fetch ended. */
export type Fetched =
  | { readonly kind: 'here'; readonly file: VaultFile }
  /** WhatsApp keeps media for some weeks only. */
  | { readonly kind: 'gone' }
  /** What came is not what the message promised. */
  | { readonly kind: 'damaged'; readonly damage: Damage }
  /** The message names no place to fetch it from. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly retryable: boolean };

export interface FetcherDeps {
  /** For what a session is to fetch from WhatsApp. */
  readonly downloadFor: (key: SessionKey) => Promise<Download>;
  /** Where a medium lies; null when the reference leads nowhere. */
  readonly locate: (reference: MediaReference) => string | null;
  readonly vault: Vault;
}

/** A large file over a slow line takes a while; a dripping one ends here. */
const DEADLINE_MS = 10 * 60_000;

/** Fetches into the vault, each medium once at a time however many ask for it. Never rejects for a file. */
export function createFetcher({ downloadFor, locate, vault }: FetcherDeps) {
  const running = new Map<string, Promise<Fetched>>();

  async function fetch(
    key: SessionKey,
    messageId: string,
    reference: MediaReference,
  ): Promise<Fetched> {
    const kept = await vault.find(key, messageId);
    if (kept !== null) return { kind: 'here', file: kept };
    const url = locate(reference);
    if (url === null) {
      return { kind: 'unreachable', reason: 'the message names no place', retryable: false };
    }
    const download = await downloadFor(key);
    const slot = await vault.prepare(key, messageId);
    try {
      const saved = await download(url, slot.encrypted, {
        maxBytes: MAX_MEDIA_BYTES,
        deadlineMs: DEADLINE_MS,
        maxRedirects: 2,
        accepts: () => true,
        headers: { origin: 'https://web.whatsapp.com' },
      });
      if (saved.kind === 'not_saved') return failure(saved);
      const damage = await decryptMedia(slot.encrypted, slot.plain, reference);
      return damage === null
        ? { kind: 'here', file: await slot.keep() }
        : { kind: 'damaged', damage };
    } finally {
      await slot.clear();
    }
  }

  return (key: SessionKey, messageId: string, reference: MediaReference): Promise<Fetched> => {
    const name = `${key}/${messageId}`;
    const under = running.get(name);
    if (under) return under;
    const work = fetch(key, messageId, reference).finally(() => running.delete(name));
    running.set(name, work);
    return work;
  };
}

function failure({ reason, message }: NotSaved): Fetched {
  if (reason === 'not_found') return { kind: 'gone' };
  const retryable = !['blocked', 'html', 'too_large', 'too_many_redirects'].includes(reason);
  return { kind: 'unreachable', reason: message, retryable };
}
