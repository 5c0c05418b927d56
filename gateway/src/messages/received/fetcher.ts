import type { Download, NotSaved } from '../../net/download.ts';
import type { SessionKey } from '../../sessions/store.ts';
import { type Damage, decryptMedia } from './decrypt.ts';
import { MAX_MEDIA_BYTES } from './policy.ts';
import type { MediaReference } from './reference.ts';
import type { AskPhone, NotMoved } from './reupload.ts';
import type { Vault, VaultFile } from './vault.ts';

/** How a fetch ended. */
export type Fetched =
  | { readonly kind: 'here'; readonly file: VaultFile }
  /** WhatsApp keeps media for some weeks only, and the phone did not bring it back. */
  | { readonly kind: 'gone'; readonly phone: NotMoved }
  /** What came is not what the message promised. */
  | { readonly kind: 'damaged'; readonly damage: Damage }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly retryable: boolean };

export interface FetcherDeps {
  /** For what a session is to fetch from WhatsApp. */
  readonly downloadFor: (key: SessionKey) => Promise<Download>;
  /** Where a medium lies; null when the reference leads nowhere. */
  readonly locate: (reference: MediaReference) => string | null;
  readonly askPhone: AskPhone;
  readonly vault: Vault;
}

/** A large file over a slow line takes a while; a dripping one ends here. */
const DEADLINE_MS = 10 * 60_000;

/** The answer of WhatsApp's media servers to a path whose signature has run out. */
const FORBIDDEN = 403;

/**
 * Fetches into the vault, each medium once at a time however many ask for it. What WhatsApp has dropped
 * the phone is asked to upload again, once. Never rejects for a file.
 */
export function createFetcher({ downloadFor, locate, askPhone, vault }: FetcherDeps) {
  const running = new Map<string, Promise<Fetched>>();

  /** `lost`: it is not where the message says, or the message does not say where. */
  async function fetch(
    key: SessionKey,
    messageId: string,
    reference: MediaReference,
  ): Promise<Fetched | 'lost'> {
    const url = locate(reference);
    if (url === null) return 'lost';
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
      if (saved.kind === 'not_saved') return isLost(saved) ? 'lost' : unreachable(saved);
      const damage = await decryptMedia(slot.encrypted, slot.plain, reference);
      return damage === null
        ? { kind: 'here', file: await slot.keep() }
        : { kind: 'damaged', damage };
    } finally {
      await slot.clear();
    }
  }

  async function find(
    key: SessionKey,
    messageId: string,
    reference: MediaReference,
  ): Promise<Fetched> {
    const kept = await vault.find(key, messageId);
    if (kept !== null) return { kind: 'here', file: kept };
    const fetched = await fetch(key, messageId, reference);
    if (fetched !== 'lost') return fetched;
    const answer = await askPhone(key, messageId, reference);
    if (answer.kind !== 'moved') return { kind: 'gone', phone: answer.kind };
    const again = await fetch(key, messageId, { ...reference, directPath: answer.directPath });
    return again === 'lost' ? { kind: 'gone', phone: 'failed' } : again;
  }

  return (key: SessionKey, messageId: string, reference: MediaReference): Promise<Fetched> => {
    const name = `${key}/${messageId}`;
    const under = running.get(name);
    if (under) return under;
    const work = find(key, messageId, reference).finally(() => running.delete(name));
    running.set(name, work);
    return work;
  };
}

const isLost = ({ reason, status }: NotSaved): boolean =>
  reason === 'not_found' || (reason === 'http_error' && status === FORBIDDEN);

function unreachable({ reason, message }: NotSaved): Fetched {
  const retryable = !['blocked', 'html', 'too_large', 'too_many_redirects'].includes(reason);
  return { kind: 'unreachable', reason: message, retryable };
}
