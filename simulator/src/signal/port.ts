/**
 * One device's end-to-end encryption, as its owner uses it. A party holds its own identity, pre-keys,
 * sessions and sender keys in memory; `snapshot` makes it storable. Public keys are 32 bytes, without
 * the 0x05 type byte. Addresses are JIDs with device, such as `15550001:2@s.whatsapp.net` or `987:2@lid`.
 * The methods that return promises run one after the other, in the order of the calls.
 */
export interface SignalParty {
  readonly registrationId: number;
  /** Identity public key. */
  readonly identity: Uint8Array;
  readonly signedPreKey: SignedPreKey;
  /** XEdDSA signature, 64 bytes, by the identity key. */
  sign(message: Uint8Array): Uint8Array;
  /** X25519 agreement of the identity key with another public key. */
  agree(publicKey: Uint8Array): Uint8Array;
  /** A bundle for a peer that wants to start a session; uses up one one-time pre-key, none is left: null. */
  takeBundle(): PreKeyBundle;
  hasSession(address: string): boolean;
  dropSession(address: string): void;
  /** Starts, or starts anew, a session towards the bundle's owner. Throws when a signature is wrong. */
  startSession(address: string, bundle: PreKeyBundle): Promise<void>;
  /** Throws when there is no session. */
  encrypt(address: string, plaintext: Uint8Array): Promise<EncryptedMessage>;
  /** Throws `UndecryptableError`. */
  decrypt(address: string, message: EncryptedMessage): Promise<Uint8Array>;
  /** The sender key of this party in a group, encoded for distribution; made on first use. */
  senderKeyDistribution(groupId: string): Promise<Uint8Array>;
  /** Throws `UndecryptableError` when the distribution cannot be read. */
  acceptSenderKey(groupId: string, sender: string, distribution: Uint8Array): Promise<void>;
  /** Makes the sender key when there is none yet. */
  encryptForGroup(groupId: string, plaintext: Uint8Array): Promise<Uint8Array>;
  /** Throws `UndecryptableError`. */
  decryptFromGroup(groupId: string, sender: string, ciphertext: Uint8Array): Promise<Uint8Array>;
  /** The whole party as bytes, private keys included. */
  snapshot(): Uint8Array;
}

export interface SignedPreKey {
  readonly id: number;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identity: Uint8Array;
  readonly signedPreKey: SignedPreKey;
  readonly preKey: { readonly id: number; readonly publicKey: Uint8Array } | null;
}

export interface EncryptedMessage {
  readonly type: 'pkmsg' | 'msg';
  readonly ciphertext: Uint8Array;
}

/** Why a message could not be read; a receiver answers any of them with a retry receipt. */
export type UndecryptableReason = 'no-session' | 'duplicate' | 'invalid';

/** A message or sender key that this party cannot read. `message` says what the cipher complained of. */
export class UndecryptableError extends Error {
  readonly reason: UndecryptableReason;

  constructor(reason: UndecryptableReason, detail: string) {
    super(detail);
    this.name = 'UndecryptableError';
    this.reason = reason;
  }
}
