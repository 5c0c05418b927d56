import {
  GroupCipher,
  GroupSessionBuilder,
  SessionBuilder,
  SessionCipher,
} from 'whatsapp-rust-bridge';
import type { Random } from '../kernel/random.ts';
import { type SignalAddress, signalAddress } from './address.ts';
import {
  openAddress,
  readDistribution,
  senderKeyId,
  sessionKey,
  withErrors,
  withHandle,
  withSenderKeyName,
  withUndecryptable,
} from './bridge.ts';
import { agree, sign, typed, verify } from './curve.ts';
import { KeyRing, MAX_PRE_KEYS } from './key-ring.ts';
import {
  type EncryptedMessage,
  type PreKeyBundle,
  type SignalParty,
  type SignedPreKey,
  UndecryptableError,
} from './port.ts';
import { RecordStore } from './record-store.ts';
import { createSerialQueue } from './serial-queue.ts';
import { candidateSessions } from './session-record.ts';
import { decodeParty, encodeParty } from './snapshot.ts';

export interface SignalPartyOptions {
  /** Identity and pre-keys derive from 32 bytes of it; session keys come from the operating system. */
  readonly random: Random;
  /** One-time pre-keys that bundles can use up; default 2^24 - 1, all that have an id. */
  readonly preKeyCount?: number;
  /** 14 bits, as clients choose it; drawn from `random` by default. */
  readonly registrationId?: number;
}

/** The highest registration id that clients use. */
const MAX_REGISTRATION_ID = 0x3fff;

/** The cipher's number for messages that carry the material to start a session. */
const PRE_KEY_MESSAGE = 3;

/** The name under which a party files its own sender keys: it is never sent. */
const SELF: SignalAddress = { name: 'self', device: 0 };

/** A new party: keys derived from `random`, no sessions. */
export function createSignalParty(options: SignalPartyOptions): SignalParty {
  const secret = options.random.bytes(32);
  const drawnId = 1 + Math.floor(options.random.next() * MAX_REGISTRATION_ID);
  const keys = new KeyRing({
    secret,
    registrationId: options.registrationId ?? drawnId,
    preKeyCount: options.preKeyCount ?? MAX_PRE_KEYS,
    nextPreKeyId: 1,
    outstanding: [],
    signedPreKeySignature: null,
  });
  return new Party(keys, new RecordStore(keys));
}

/** The party a snapshot was taken of, with its sessions. Throws when the bytes are not a snapshot. */
export function restoreSignalParty(snapshot: Uint8Array): SignalParty {
  const state = decodeParty(snapshot);
  const keys = new KeyRing(state.keys);
  return new Party(keys, new RecordStore(keys, state.sessions, state.senderKeys));
}

class Party implements SignalParty {
  readonly #keys: KeyRing;
  readonly #records: RecordStore;
  /** Two operations at once on one record would both advance the same ratchet step. */
  readonly #inTurn = createSerialQueue();

  constructor(keys: KeyRing, records: RecordStore) {
    this.#keys = keys;
    this.#records = records;
  }

  get registrationId(): number {
    return this.#keys.registrationId;
  }

  get identity(): Uint8Array {
    return this.#keys.identity.publicKey;
  }

  get signedPreKey(): SignedPreKey {
    return this.#keys.signedPreKey;
  }

  sign(message: Uint8Array): Uint8Array {
    return sign(this.#keys.identity.privateKey, message);
  }

  agree(publicKey: Uint8Array): Uint8Array {
    return agree(this.#keys.identity.privateKey, publicKey);
  }

  takeBundle(): PreKeyBundle {
    return {
      registrationId: this.registrationId,
      identity: this.identity,
      signedPreKey: this.signedPreKey,
      preKey: this.#keys.takePreKey(),
    };
  }

  hasSession(address: string): boolean {
    return this.#records.sessions.has(sessionKey(signalAddress(address)));
  }

  dropSession(address: string): void {
    this.#records.sessions.delete(sessionKey(signalAddress(address)));
  }

  startSession(address: string, bundle: PreKeyBundle): Promise<void> {
    return this.#inTurn(async () => {
      const { signedPreKey, preKey } = bundle;
      const signed = typed(signedPreKey.publicKey);
      if (!verify(bundle.identity, signed, signedPreKey.signature)) {
        throw new Error('the signed pre-key of the bundle is not signed by its identity');
      }
      await withHandle(openAddress(signalAddress(address)), (peer) =>
        withHandle(new SessionBuilder(this.#records, peer), (builder) =>
          withErrors(
            builder.processPreKeyBundle({
              registrationId: bundle.registrationId,
              identityKey: typed(bundle.identity),
              signedPreKey: {
                keyId: signedPreKey.id,
                publicKey: signed,
                signature: signedPreKey.signature,
              },
              preKey: preKey ? { keyId: preKey.id, publicKey: typed(preKey.publicKey) } : undefined,
            }),
          ),
        ),
      );
    });
  }

  encrypt(address: string, plaintext: Uint8Array): Promise<EncryptedMessage> {
    return this.#inTurn(async () => {
      if (!this.hasSession(address)) throw new Error('there is no session with this device');
      const { type, body } = await this.#withCipher(address, (cipher) =>
        withErrors(cipher.encrypt(plaintext)),
      );
      return { type: type === PRE_KEY_MESSAGE ? 'pkmsg' : 'msg', ciphertext: body };
    });
  }

  decrypt(address: string, message: EncryptedMessage): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      if (message.type === 'msg' && !this.hasSession(address)) {
        throw new UndecryptableError('no-session', 'there is no session with this device');
      }
      return this.#decryptInOneSession(address, message);
    });
  }

  senderKeyDistribution(groupId: string): Promise<Uint8Array> {
    return this.#inTurn(() => this.#makeDistribution(groupId));
  }

  acceptSenderKey(groupId: string, sender: string, distribution: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      await withSenderKeyName(groupId, signalAddress(sender), (name) =>
        withHandle(new GroupSessionBuilder(this.#records), (builder) =>
          withHandle(readDistribution(distribution), (message) =>
            withUndecryptable(builder.process(name, message)),
          ),
        ),
      );
    });
  }

  encryptForGroup(groupId: string, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      if (!this.#records.senderKeys.has(senderKeyId(groupId, SELF))) {
        await this.#makeDistribution(groupId);
      }
      return this.#withGroupCipher(groupId, SELF, (cipher) =>
        withErrors(cipher.encrypt(plaintext)),
      );
    });
  }

  decryptFromGroup(groupId: string, sender: string, ciphertext: Uint8Array): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const address = signalAddress(sender);
      if (!this.#records.senderKeys.has(senderKeyId(groupId, address))) {
        throw new UndecryptableError('no-session', 'there is no sender key of this device');
      }
      return this.#withGroupCipher(groupId, address, (cipher) =>
        withUndecryptable(cipher.decrypt(ciphertext)),
      );
    });
  }

  snapshot(): Uint8Array {
    return encodeParty({
      keys: this.#keys.state(),
      sessions: this.#records.sessions,
      senderKeys: this.#records.senderKeys,
    });
  }

  /**
   * Shows the cipher one session of the record at a time. Given several, it tries one after the other on
   * the record itself, and a session that a message does not belong to has its ratchet advanced all the
   * same (whatsapp-rust-bridge 0.5.4): it could not read its own next message.
   */
  async #decryptInOneSession(address: string, message: EncryptedMessage): Promise<Uint8Array> {
    const { sessions } = this.#records;
    const key = sessionKey(signalAddress(address));
    const { type, ciphertext } = message;
    const record = sessions.get(key);
    const candidates = record ? candidateSessions(record, type, ciphertext) : [];
    if (!record || candidates.length === 0) return this.#decryptWithRecord(address, message);
    let failure: unknown;
    for (const { alone, rejoin } of candidates) {
      sessions.set(key, alone);
      try {
        const plaintext = await this.#decryptWithRecord(address, message);
        sessions.set(key, rejoin(sessions.get(key) ?? alone));
        return plaintext;
      } catch (error) {
        sessions.set(key, record);
        // The message key was there and is gone: no other session has it.
        if (error instanceof UndecryptableError && error.reason === 'duplicate') throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  #decryptWithRecord(address: string, { type, ciphertext }: EncryptedMessage): Promise<Uint8Array> {
    return this.#withCipher(address, (cipher) =>
      withUndecryptable(
        type === 'pkmsg'
          ? cipher.decryptPreKeyWhisperMessage(ciphertext)
          : cipher.decryptWhisperMessage(ciphertext),
      ),
    );
  }

  #makeDistribution(groupId: string): Promise<Uint8Array> {
    return withSenderKeyName(groupId, SELF, (name) =>
      withHandle(new GroupSessionBuilder(this.#records), async (builder) =>
        withHandle(await withErrors(builder.create(name)), async (message) => message.serialize()),
      ),
    );
  }

  #withCipher<T>(address: string, work: (cipher: SessionCipher) => Promise<T>): Promise<T> {
    return withHandle(openAddress(signalAddress(address)), (peer) =>
      withHandle(new SessionCipher(this.#records, peer), work),
    );
  }

  #withGroupCipher<T>(
    groupId: string,
    sender: SignalAddress,
    work: (cipher: GroupCipher) => Promise<T>,
  ): Promise<T> {
    return withHandle(openAddress(sender), (address) =>
      withHandle(new GroupCipher(this.#records, groupId, address), work),
    );
  }
}
