import type { SessionRecord, SignalStorage } from 'whatsapp-rust-bridge';
import { type KeyPair, typed } from './curve.ts';
import type { KeyRing } from './key-ring.ts';

/**
 * The records of one party in memory, in the shape the WASM ciphers ask for. Sessions and sender keys
 * are bytes: one entry per peer device and per group and sender; they live until the party drops them.
 */
export class RecordStore implements SignalStorage {
  readonly sessions: Map<string, Uint8Array>;
  readonly senderKeys: Map<string, Uint8Array>;
  readonly #keys: KeyRing;

  constructor(
    keys: KeyRing,
    sessions: Iterable<readonly [string, Uint8Array]> = [],
    senderKeys: Iterable<readonly [string, Uint8Array]> = [],
  ) {
    this.#keys = keys;
    this.sessions = new Map(sessions);
    this.senderKeys = new Map(senderKeys);
  }

  loadSession(address: string): Uint8Array | undefined {
    return this.sessions.get(address);
  }

  /** The cipher prefers this over `storeSession` when it exists: it spares an object per message. */
  storeSessionRaw(address: string, record: Uint8Array): void {
    this.sessions.set(address, record);
  }

  storeSession(address: string, record: SessionRecord): void {
    this.sessions.set(address, record.serialize());
    record.free();
  }

  getOurIdentity() {
    return bridgeKeyPair(this.#keys.identity);
  }

  getOurRegistrationId(): number {
    return this.#keys.registrationId;
  }

  /** Trust on first use and on every change, as WhatsApp's own clients do. */
  isTrustedIdentity(): boolean {
    return true;
  }

  loadPreKey(id: number) {
    const pair = this.#keys.preKey(id);
    return pair && bridgeKeyPair(pair);
  }

  removePreKey(id: number): void {
    this.#keys.usePreKey(id);
  }

  loadSignedPreKey(id: number) {
    const { signedPreKey, signedPreKeyPair } = this.#keys;
    if (id !== signedPreKey.id) return null;
    return {
      keyId: id,
      keyPair: bridgeKeyPair(signedPreKeyPair),
      signature: signedPreKey.signature,
    };
  }

  loadSenderKey(keyId: string): Uint8Array | undefined {
    return this.senderKeys.get(keyId);
  }

  storeSenderKey(keyId: string, record: Uint8Array): void {
    this.senderKeys.set(keyId, record);
  }
}

function bridgeKeyPair(pair: KeyPair) {
  return { pubKey: typed(pair.publicKey), privKey: pair.privateKey };
}
