import type { SignalCreds } from 'baileys';
import type { SessionRecord, SignalStorage } from 'whatsapp-rust-bridge';
import type { RecordWrite } from '../store.ts';
import { bridgePair, typed } from './curve.ts';
import { convertLegacySenderKey, convertLegacySession, isLegacyRecord } from './legacy-records.ts';
import { decodePreKey } from './record-codec.ts';
import { type Records, StorageFailure } from './records.ts';

/**
 * The records as the bridge's ciphers see them during one operation. Reads come from the device; writes
 * are only collected, so that the whole step can be committed at once with whatever goes with it, or
 * forgotten when it fails. One instance serves one operation, under the locks of what it touches; an
 * operation of several steps gives each a fork.
 */
export class SignalOperation implements SignalStorage {
  readonly #records: Records;
  readonly #creds: SignalCreds;
  readonly #sessions = new Map<string, Uint8Array>();
  readonly #senderKeys = new Map<string, Uint8Array>();
  readonly #usedPreKeys = new Set<number>();
  readonly #others = new Map<string, RecordWrite>();
  readonly #parent: SignalOperation | null;
  /** Set when a read failed: the bridge turns that into a text, and the cause would be lost. */
  failure: StorageFailure | null = null;

  constructor(records: Records, creds: SignalCreds, parent: SignalOperation | null = null) {
    this.#records = records;
    this.#creds = creds;
    this.#parent = parent;
  }

  /** A step of this operation that sees its changes so far and may be dropped without a trace. */
  fork(): SignalOperation {
    return new SignalOperation(this.#records, this.#creds, this);
  }

  /** Makes the changes of a step its own. */
  absorb(step: SignalOperation): void {
    for (const [id, record] of step.#sessions) this.#sessions.set(id, record);
    for (const [id, record] of step.#senderKeys) this.#senderKeys.set(id, record);
    for (const id of step.#usedPreKeys) this.#usedPreKeys.add(id);
    for (const [slot, write] of step.#others) this.#others.set(slot, write);
  }

  /** What the operation changed so far. */
  writes(): RecordWrite[] {
    return [
      ...[...this.#sessions].map(([id, value]) => ({ type: 'session', id, value })),
      ...[...this.#senderKeys].map(([id, value]) => ({ type: 'sender-key', id, value })),
      ...[...this.#usedPreKeys].map((id) => ({ type: 'pre-key', id: String(id), value: null })),
      ...this.#others.values(),
    ];
  }

  /** Further writes that belong to the operation. */
  add(writes: readonly RecordWrite[]): void {
    for (const write of writes) this.#others.set(`${write.type}/${write.id}`, write);
  }

  /** A record as this operation leaves it; null when there is none. */
  async read(type: string, id: string): Promise<Uint8Array | null> {
    const write = this.#others.get(`${type}/${id}`);
    if (write) return write.value;
    if (this.#parent) return this.#follow(this.#parent, (parent) => parent.read(type, id));
    try {
      return await this.#records.read(type, id);
    } catch (error) {
      if (error instanceof StorageFailure) this.failure = error;
      throw error;
    }
  }

  /** Null when there is no record, or one that cannot be read: the peer then starts a new session. */
  async loadSession(address: string): Promise<Uint8Array | null> {
    const changed = this.#sessions.get(address);
    if (changed) return changed;
    if (this.#parent) return this.#follow(this.#parent, (parent) => parent.loadSession(address));
    const stored = await this.read('session', address);
    if (!stored || !isLegacyRecord(stored)) return stored;
    return convertLegacySession(stored, this.#creds);
  }

  /** The ciphers prefer this over `storeSession`: it spares an object per message. */
  storeSessionRaw(address: string, record: Uint8Array): void {
    this.#sessions.set(address, record);
  }

  storeSession(address: string, record: SessionRecord): void {
    this.#sessions.set(address, record.serialize());
    record.free();
  }

  getOurIdentity() {
    return bridgePair(this.#creds.signedIdentityKey);
  }

  getOurRegistrationId(): number {
    return this.#creds.registrationId;
  }

  /** Trust on first use and on every change, as WhatsApp's own clients do. */
  isTrustedIdentity(): boolean {
    return true;
  }

  async loadPreKey(id: number) {
    if (this.#hasUsed(id)) return null;
    const stored = await this.read('pre-key', String(id));
    return stored && bridgePair(decodePreKey(stored));
  }

  removePreKey(id: number): void {
    this.#usedPreKeys.add(id);
  }

  loadSignedPreKey(id: number) {
    const { keyId, keyPair, signature } = this.#creds.signedPreKey;
    return keyId === id ? { keyId, keyPair: bridgePair(keyPair), signature } : null;
  }

  async loadSenderKey(keyId: string): Promise<Uint8Array | null> {
    const changed = this.#senderKeys.get(keyId);
    if (changed) return changed;
    if (this.#parent) return this.#follow(this.#parent, (parent) => parent.loadSenderKey(keyId));
    const stored = await this.read('sender-key', keyId);
    return stored && isLegacyRecord(stored) ? convertLegacySenderKey(stored) : stored;
  }

  storeSenderKey(keyId: string, record: Uint8Array): void {
    this.#senderKeys.set(keyId, record);
  }

  #hasUsed(preKeyId: number): boolean {
    const parent = this.#parent;
    return this.#usedPreKeys.has(preKeyId) || (parent !== null && parent.#hasUsed(preKeyId));
  }

  /** Asks the operation this one is a step of; its failure is ours too. */
  async #follow<T>(
    parent: SignalOperation,
    ask: (parent: SignalOperation) => Promise<T>,
  ): Promise<T> {
    try {
      return await ask(parent);
    } finally {
      this.failure ??= parent.failure;
    }
  }

  /** A pre-key bundle in the bridge's terms, with typed public keys. */
  static bundle(session: PreKeyBundle) {
    const { registrationId, identityKey, signedPreKey, preKey } = session;
    return {
      registrationId,
      identityKey: typed(identityKey),
      signedPreKey: { ...signedPreKey, publicKey: typed(signedPreKey.publicKey) },
      ...(preKey ? { preKey: { keyId: preKey.keyId, publicKey: typed(preKey.publicKey) } } : {}),
    };
  }
}

/** What a peer publishes so that others can start a session with it. */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPreKey: {
    readonly keyId: number;
    readonly publicKey: Uint8Array;
    readonly signature: Uint8Array;
  };
  readonly preKey?: { readonly keyId: number; readonly publicKey: Uint8Array };
}
