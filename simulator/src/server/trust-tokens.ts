import type { Account } from '../accounts/account.ts';
import type { Random } from '../kernel/random.ts';

/** A token with which its issuer lets the holder write to them and see their profile. */
export interface TrustToken {
  readonly bytes: Uint8Array;
  readonly issuedS: number;
}

/** Trusted-contact tokens, by who gave them to whom. */
export class TrustTokens {
  readonly #random: Random;
  readonly #tokens = new Map<string, TrustToken>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** A token of the issuer for the holder; one that is not older is kept as it is. */
  issue(issuer: Account, holder: Account, issuedS: number): TrustToken {
    const key = keyOf(issuer, holder);
    const known = this.#tokens.get(key);
    if (known && known.issuedS >= issuedS) return known;
    const token = { bytes: this.#random.bytes(16), issuedS };
    this.#tokens.set(key, token);
    return token;
  }

  find(issuer: Account, holder: Account): TrustToken | null {
    return this.#tokens.get(keyOf(issuer, holder)) ?? null;
  }

  /** Whether bytes that the holder shows are the token that the issuer gave. */
  isValid(issuer: Account, holder: Account, bytes: Uint8Array): boolean {
    const token = this.find(issuer, holder);
    return token !== null && Buffer.from(token.bytes).equals(bytes);
  }

  entries(): [string, TrustToken][] {
    return [...this.#tokens];
  }

  load(entries: Iterable<readonly [string, TrustToken]>): void {
    for (const [key, token] of entries) this.#tokens.set(key, token);
  }
}

function keyOf(issuer: Account, holder: Account): string {
  return `${issuer.lid}>${holder.lid}`;
}
