/**
 * One device's end-to-end encryption, as its owner uses it. A party holds its own identity, pre-keys,
 * sessions and sender keys in memory; `snapshot` makes it storable. Public keys are 32 bytes, without
 * the 0x05 type byte. Addresses are JIDs with device, such as `15550001:2@s.whatsapp.net` or `987:2@lid`.
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
  /** A bundle for a peer that wants to start a session; uses up one one-time pre-key. */
  takeBundle(): PreKeyBundle;
  hasSession(address: string): boolean;
  dropSession(address: string): void;
  /** Starts, or starts anew, a session towards the bundle's owner. Throws when a signature is wrong. */
  startSession(address: string, bundle: PreKeyBundle): void;
  encrypt(address: string, plaintext: Uint8Array): EncryptedMessage;
  /** Throws `UndecryptableError`. */
  decrypt(address: string, message: EncryptedMessage): Uint8Array;
  /** The sender key of this party in a group, encoded for distribution; made on first use. */
  senderKeyDistribution(groupId: string): Uint8Array;
  acceptSenderKey(groupId: string, sender: string, distribution: Uint8Array): void;
  encryptForGroup(groupId: string, plaintext: Uint8Array): Uint8Array;
  decryptFromGroup(groupId: string, sender: string, ciphertext: Uint8Array): Uint8Array;
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
