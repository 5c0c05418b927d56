import { createHmac } from 'node:crypto';
import { type KeyPair, keyPairFrom, sign, typed } from './curve.ts';
import type { SignedPreKey } from './port.ts';

/** One-time keys have 24-bit ids on the wire; 0 is not used. */
export const MAX_PRE_KEYS = 2 ** 24 - 1;

/**
 * One-time keys handed out but not used yet that are remembered. Beyond it the oldest is forgotten: a
 * first message made with it cannot be read, as on a phone that has dropped the key.
 */
const MAX_OUTSTANDING = 10_000;

const SIGNED_PRE_KEY_ID = 1;

export interface KeyRingState {
  readonly secret: Uint8Array;
  readonly registrationId: number;
  /** How many one-time keys there are in all, handed out or not. */
  readonly preKeyCount: number;
  readonly nextPreKeyId: number;
  readonly outstanding: readonly number[];
  readonly signedPreKeySignature: Uint8Array | null;
}

/**
 * The long-lived keys of one party. All are derived from one 32-byte secret, so that a thousand parties
 * cost no key generation before they are used and a seed gives the same keys in whatever order.
 */
export class KeyRing {
  readonly registrationId: number;
  readonly identity: KeyPair;
  readonly signedPreKeyPair: KeyPair;
  readonly signedPreKey: SignedPreKey;
  readonly #secret: Uint8Array;
  readonly #preKeyCount: number;
  #nextPreKeyId: number;
  readonly #outstanding: Set<number>;

  constructor(state: KeyRingState) {
    this.registrationId = state.registrationId;
    this.#secret = state.secret;
    this.#preKeyCount = Math.min(state.preKeyCount, MAX_PRE_KEYS);
    this.#nextPreKeyId = state.nextPreKeyId;
    this.#outstanding = new Set(state.outstanding);
    this.identity = this.#derive('identity');
    this.signedPreKeyPair = this.#derive('signed-pre-key');
    const { publicKey } = this.signedPreKeyPair;
    this.signedPreKey = {
      id: SIGNED_PRE_KEY_ID,
      publicKey,
      signature: state.signedPreKeySignature ?? sign(this.identity.privateKey, typed(publicKey)),
    };
  }

  /** The next one-time key for a bundle, or null when all are handed out. */
  takePreKey(): { readonly id: number; readonly publicKey: Uint8Array } | null {
    if (this.#nextPreKeyId > this.#preKeyCount) return null;
    const id = this.#nextPreKeyId++;
    this.#outstanding.add(id);
    if (this.#outstanding.size > MAX_OUTSTANDING) {
      const [oldest] = this.#outstanding;
      if (oldest !== undefined) this.#outstanding.delete(oldest);
    }
    return { id, publicKey: this.#derive(`pre-key:${id}`).publicKey };
  }

  /** The one-time key with this id, if it was handed out and not used yet. */
  preKey(id: number): KeyPair | null {
    return this.#outstanding.has(id) ? this.#derive(`pre-key:${id}`) : null;
  }

  usePreKey(id: number): void {
    this.#outstanding.delete(id);
  }

  state(): KeyRingState {
    return {
      secret: this.#secret,
      registrationId: this.registrationId,
      preKeyCount: this.#preKeyCount,
      nextPreKeyId: this.#nextPreKeyId,
      outstanding: [...this.#outstanding],
      signedPreKeySignature: this.signedPreKey.signature,
    };
  }

  #derive(label: string): KeyPair {
    return keyPairFrom(createHmac('sha256', this.#secret).update(label).digest());
  }
}
