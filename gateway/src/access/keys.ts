import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Random } from '../kernel/random.ts';
import type { Caller } from './caller.ts';
import { mayHandOut, type Permissions } from './judge.ts';
import { makeKey } from './key.ts';
import type { KeyRecord, KeyStore } from './store.ts';

/** Enough for a key per customer; keys are listed in one piece. */
const MAX_KEYS = 1_000;

/** What the holder of a key decides about it. */
export type KeySettings = Permissions & Pick<KeyRecord, 'name'>;

/** A key together with its text, which is never shown again. */
export interface ShownKey {
  readonly key: KeyRecord;
  readonly text: string;
}

/**
 * The keys of workspaces. Nobody can make, change, rotate or revoke a key that may do more than they
 * may themselves: refused with `scope_missing` and the like.
 */
export interface Keys {
  list(workspaceId: string): Promise<KeyRecord[]>;
  /** Throws `key_not_found`. */
  get(workspaceId: string, keyId: string): Promise<KeyRecord>;
  /** Throws `invalid_request` for an expiry that is past, `too_many_keys` beyond 1,000. */
  create(caller: Caller, workspaceId: string, settings: KeySettings): Promise<ShownKey>;
  /** Changes what is given. */
  change(
    caller: Caller,
    workspaceId: string,
    keyId: string,
    settings: Partial<KeySettings>,
  ): Promise<KeyRecord>;
  /** Gives the key a new text; the one before works for `graceMs` more, an older one no longer. */
  rotate(caller: Caller, workspaceId: string, keyId: string, graceMs: number): Promise<ShownKey>;
  revoke(caller: Caller, workspaceId: string, keyId: string): Promise<void>;
}

export interface KeysDeps {
  readonly store: KeyStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Must be fit for secrets. */
  readonly random: Random;
}

export function createKeys({ store, clock, ids, random }: KeysDeps): Keys {
  async function get(workspaceId: string, keyId: string): Promise<KeyRecord> {
    const key = await store.key(workspaceId, keyId);
    if (key) return key;
    throw new Problem('key_not_found', 'There is no key with this id; GET /keys shows all.');
  }

  /** A key that the caller may have in hand. */
  async function own(caller: Caller, workspaceId: string, keyId: string): Promise<KeyRecord> {
    const key = await get(workspaceId, keyId);
    requireHandOut(caller, key);
    return key;
  }

  /** A key that is over from the start is a mistake of the clock or the time zone; `revoke` ends one. */
  function requireFuture(expiresAtMs: number | null): void {
    if (expiresAtMs === null || expiresAtMs > clock.now()) return;
    const message = 'must be later than now';
    throw new Problem('invalid_request', `The time is not valid: /expiresAt ${message}.`, [
      { field: '/expiresAt', message },
    ]);
  }

  return {
    get,
    list: (workspaceId) => store.keys(workspaceId),
    async create(caller, workspaceId, settings) {
      requireHandOut(caller, settings);
      requireFuture(settings.expiresAtMs);
      if ((await store.keys(workspaceId)).length >= MAX_KEYS) {
        throw new Problem('too_many_keys', `Revoke keys that are not used: ${MAX_KEYS} at most.`);
      }
      const { text, secret } = makeKey(random);
      const key: KeyRecord = {
        ...settings,
        id: ids(),
        workspaceId,
        secret,
        previous: null,
        createdAtMs: clock.now(),
        lastUsedAtMs: null,
      };
      await store.saveKey(key);
      return { key, text };
    },
    async change(caller, workspaceId, keyId, settings) {
      const key = { ...(await own(caller, workspaceId, keyId)), ...settings };
      requireHandOut(caller, key);
      await store.saveKey(key);
      return key;
    },
    async rotate(caller, workspaceId, keyId, graceMs) {
      const before = await own(caller, workspaceId, keyId);
      const { text, secret } = makeKey(random);
      const untilMs = clock.now() + graceMs;
      const key = {
        ...before,
        secret,
        previous: graceMs > 0 ? { ...before.secret, untilMs } : null,
      };
      await store.saveKey(key);
      return { key, text };
    },
    async revoke(caller, workspaceId, keyId) {
      await own(caller, workspaceId, keyId);
      await store.removeKey(workspaceId, keyId);
    },
  };
}

function requireHandOut(caller: Caller, wanted: Permissions): void {
  const judgement = mayHandOut(caller.permissions, wanted);
  if (!judgement.ok) throw new Problem(judgement.code, judgement.detail);
}
