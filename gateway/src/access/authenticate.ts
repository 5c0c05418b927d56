import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import { type Caller, holderOf, LOCAL, OPERATOR } from './caller.ts';
import { readCredential } from './credential.ts';
import { hashKey, looksLikeKey, prefixOf, recognise, sameHash } from './key.ts';
import { isForeignPage, locality, type Origin } from './locality.ts';
import type { AccessMode } from './policy.ts';
import { createRateLimiter, type RateRule } from './rate.ts';
import type { KeyRecord, KeyStore } from './store.ts';

/** Wrong keys from one address; generous to a misconfigured client, hopeless for a guesser. */
const WRONG_KEYS: RateRule = { limit: 10, periodMs: 5 * 60_000 };
const WRONG_KEY_ADDRESSES = 10_000;

export interface AuthenticatorDeps {
  readonly store: Pick<KeyStore, 'keysByPrefix'>;
  readonly clock: Clock;
  readonly mode: AccessMode;
  /** The operator's key: `API_KEY`, or the generated one. */
  readonly operatorKey: string;
  /** Called for each request with a key of a workspace that was let in. */
  readonly onUse: (key: KeyRecord) => void;
}

/** What a request shows of where it comes from. */
export type RequestHead = Origin & {
  /** Groups addresses that one party commands; see `addressGroup`. */
  readonly addressGroup: string;
};

/**
 * Finds out who makes a request; throws a problem of status 401, 403 or 429 when nobody may. An address
 * that showed too many wrong keys is locked out: of what could be guessed, that is. Our own keys of 256
 * bits cannot be, so whoever shares an address with an attacker and shows one is still let in.
 */
export type Authenticate = (head: RequestHead) => Promise<Caller>;

export function createAuthenticator(deps: AuthenticatorDeps): Authenticate {
  const { store, clock, mode } = deps;
  const operatorHash = hashKey(deps.operatorKey);
  const wrongKeys = createRateLimiter(WRONG_KEYS, WRONG_KEY_ADDRESSES);

  async function holder(text: string, group: string): Promise<Caller> {
    const nowMs = clock.now();
    const locked = wrongKeys.peek(group, nowMs);
    if (!locked.allowed && !looksLikeKey(text)) throw tooManyFailures(locked.retryAfterMs);
    const hash = hashKey(text);
    if (sameHash(hash, operatorHash)) return OPERATOR;
    const candidates = looksLikeKey(text) ? await store.keysByPrefix(prefixOf(text)) : [];
    const verdict = recognise(candidates, hash, nowMs);
    switch (verdict.kind) {
      case 'valid':
        deps.onUse(verdict.key);
        return holderOf(verdict.key);
      case 'expired':
        throw new Problem('key_expired', 'Make a new key, or rotate this one.');
      case 'unknown': {
        const { allowed, retryAfterMs } = wrongKeys.take(group, nowMs);
        if (!allowed) throw tooManyFailures(retryAfterMs);
        throw new Problem('key_invalid', 'Check the key: it is not known, or was revoked.');
      }
    }
  }

  function withoutKey(head: RequestHead): Caller {
    switch (mode) {
      case 'strict':
        throw keyMissing('');
      case 'local': {
        const where = locality(head);
        if (!where.local) throw keyMissing(`${where.why} `);
        return LOCAL;
      }
      case 'off':
        if (!isForeignPage(head)) return LOCAL;
        throw new Problem(
          'foreign_page',
          'With AUTH=off, only pages of the gateway itself may call it from a browser.',
        );
    }
  }

  return async (head) => {
    const credential = readCredential(head.header('authorization'), head.header('x-api-key'));
    switch (credential.kind) {
      case 'none':
        return withoutKey(head);
      case 'malformed':
        throw new Problem('key_invalid', credential.why);
      case 'key':
        return holder(credential.text, head.addressGroup);
    }
  };
}

function keyMissing(why: string): Problem {
  return new Problem(
    'key_missing',
    `${why}Send "Authorization: Bearer <key>" or "X-Api-Key: <key>".`,
  );
}

/** Carries how long to wait, for the `Retry-After` header. */
export class TooMany extends Problem {
  readonly retryAfterMs: number;

  constructor(code: 'rate_limited' | 'too_many_failures', detail: string, retryAfterMs: number) {
    super(code, detail);
    this.retryAfterMs = retryAfterMs;
  }
}

function tooManyFailures(retryAfterMs: number): TooMany {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return new TooMany(
    'too_many_failures',
    `Your address showed too many wrong keys. Try again in ${seconds} s.`,
    retryAfterMs,
  );
}
