import { type AuthenticationCreds, BufferJSON, initAuthCreds } from 'baileys';
import type { StoredCredentials } from '../store.ts';
import { parseJson } from './record-codec.ts';
import type { CredentialsSource, Records } from './records.ts';

/** What the library needs to log in; credentials without any one of these are corrupt. */
const REQUIRED = [
  'noiseKey',
  'signedIdentityKey',
  'signedPreKey',
  'registrationId',
  'advSecretKey',
] as const;

/** The library only asks whether history was ever processed; the list itself grows for ever. */
const KEPT_HISTORY_MARKS = 10;

/** Damaged credentials are never taken for none: that would make a new identity. */
export type LoadedCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'paired'; readonly creds: AuthenticationCreds }
  | { readonly kind: 'corrupt'; readonly reason: string };

/**
 * Reads stored credentials. Those of a pairing that was never finished (a pairing code was asked for,
 * but no phone answered) count as none: WhatsApp answers a login with them with 401.
 */
export function readCredentials(stored: StoredCredentials): LoadedCredentials {
  if (stored.kind !== 'found') return stored;
  let creds: AuthenticationCreds;
  try {
    creds = parseJson(stored.data) as AuthenticationCreds;
  } catch {
    return { kind: 'corrupt', reason: 'the stored credentials are not readable' };
  }
  const missing = REQUIRED.find((field) => creds?.[field] === undefined);
  if (missing) {
    return { kind: 'corrupt', reason: `the stored credentials lack ${missing}` };
  }
  return isPaired(creds) ? { kind: 'paired', creds } : { kind: 'none' };
}

/** Whether a phone has confirmed the device; before that there is nothing to log in with. */
export function isPaired(creds: AuthenticationCreds): boolean {
  return !!creds.me?.id && !!creds.account;
}

/** As JSON, in the form that `readCredentials` reads. */
export function encodeCredentials(creds: AuthenticationCreds): Uint8Array {
  return Buffer.from(JSON.stringify(creds, BufferJSON.replacer));
}

/**
 * The credentials of a running device: one object that the library changes in place. Each change is
 * saved whole, at once, and by one write at a time; changes that come meanwhile share the next write.
 * They also join any record that is written meanwhile: a new `nextPreKeyId` must not be on disk without
 * its pre-keys, nor the pre-keys without it, or a later upload would overwrite keys in use.
 */
export class Credentials implements CredentialsSource {
  readonly creds: AuthenticationCreds;
  readonly #records: Records;
  #dirty = false;
  #carried = false;
  #saving: Promise<void> | null = null;

  constructor(records: Records, creds: AuthenticationCreds = initAuthCreds()) {
    this.creds = creds;
    this.#records = records;
    records.attachCredentials(this);
  }

  take(): Uint8Array | null {
    if (!this.#dirty || this.#carried) return null;
    this.#dirty = false;
    this.#carried = true;
    const { processedHistoryMessages } = this.creds;
    if (processedHistoryMessages?.length > KEPT_HISTORY_MARKS) {
      this.creds.processedHistoryMessages = processedHistoryMessages.slice(-KEPT_HISTORY_MARKS);
    }
    return encodeCredentials(this.creds);
  }

  settled(committed: boolean): void {
    this.#carried = false;
    if (!committed) this.#dirty = true;
  }

  /** To be called after each change; the write follows when it is asked for or joined. */
  changed(): void {
    this.#dirty = true;
  }

  /**
   * Saves, and resolves when every change made so far is on disk; null when all of them are already.
   * Rejects with `StorageFailure`; the changes then wait for the next try.
   */
  pending(): Promise<void> | null {
    if (!this.#dirty && !this.#carried) return null;
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #save(): Promise<void> {
    // The library changes several fields in a row: one turn later they make one write.
    await Promise.resolve();
    while (this.#dirty || this.#carried) {
      if (this.#carried) await this.#records.idle();
      else await this.#records.commit({});
    }
  }
}
