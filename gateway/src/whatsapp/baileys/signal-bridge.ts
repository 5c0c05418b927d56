import {
  GroupCipher,
  GroupSessionBuilder,
  ProtocolAddress,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SessionBuilder,
  SessionCipher,
} from 'whatsapp-rust-bridge';
import { addressKey, type SignalAddress } from './jid.ts';
import { candidateSessions } from './signal-record.ts';
import { type PreKeyBundle, SignalOperation } from './signal-storage.ts';

/** A ciphertext could not be turned into a plaintext. */
export class SignalError extends Error {
  override readonly name = 'SignalError';
  /** True when its message key was used before: we have had this very message. */
  readonly duplicate: boolean;

  constructor(detail: string, duplicate: boolean) {
    super(detail);
    this.duplicate = duplicate;
  }
}

/** A value that lives in the memory of the WASM module until it is freed. */
interface Handle {
  free(): void;
}

export interface Encrypted {
  readonly type: 'pkmsg' | 'msg';
  readonly ciphertext: Uint8Array;
}

const PREKEY_MESSAGE = 3;

/**
 * Decrypts with the peer's session; `pkmsg` starts one. Rejects with `SignalError`.
 *
 * The module is shown one session of the record at a time. Given several, it tries one after the other
 * on the record itself: a message of the second advances the ratchet of the first before its MAC turns
 * out wrong, and that session cannot read its own next message (whatsapp-rust-bridge 0.5.4).
 */
export async function decrypt(
  storage: SignalOperation,
  from: SignalAddress,
  type: 'pkmsg' | 'msg',
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  const open = () =>
    withCipher(storage, from, (cipher) =>
      type === 'pkmsg'
        ? cipher.decryptPreKeyWhisperMessage(ciphertext)
        : cipher.decryptWhisperMessage(ciphertext),
    );
  const key = addressKey(from);
  const record = await storage.loadSession(key);
  const candidates = record ? candidateSessions(record, type, ciphertext) : [];
  if (candidates.length === 0) return open();
  let failure: unknown;
  for (const { alone, rejoin } of candidates) {
    storage.storeSessionRaw(key, alone);
    try {
      const plaintext = await open();
      storage.storeSessionRaw(key, rejoin((await storage.loadSession(key)) ?? alone));
      return plaintext;
    } catch (error) {
      // The message key was there and is gone: no other session has it.
      if (error instanceof SignalError && error.duplicate) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Rejects with `SignalError` when there is no session. */
export async function encrypt(
  storage: SignalOperation,
  to: SignalAddress,
  plaintext: Uint8Array,
): Promise<Encrypted> {
  const { type, body } = await withCipher(storage, to, (cipher) => cipher.encrypt(plaintext));
  return { type: type === PREKEY_MESSAGE ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body) };
}

/** Starts a session from a peer's bundle. Rejects with `SignalError` when its signature is wrong. */
export function startSession(
  storage: SignalOperation,
  peer: SignalAddress,
  bundle: PreKeyBundle,
): Promise<void> {
  return withHandle(openAddress(peer), (address) =>
    withHandle(new SessionBuilder(storage, address), (builder) =>
      named(builder.processPreKeyBundle(SignalOperation.bundle(bundle))),
    ),
  );
}

/** Rejects with `SignalError`, also when the sender's key for the group is not known. */
export function decryptForGroup(
  storage: SignalOperation,
  group: string,
  author: SignalAddress,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  return withGroupCipher(storage, group, author, (cipher) => cipher.decrypt(ciphertext));
}

export function encryptForGroup(
  storage: SignalOperation,
  group: string,
  own: SignalAddress,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  return withGroupCipher(storage, group, own, (cipher) => cipher.encrypt(plaintext));
}

/** The own sender key in a group, made on first use, encoded for distribution. */
export function distributeSenderKey(
  storage: SignalOperation,
  group: string,
  own: SignalAddress,
): Promise<Uint8Array> {
  return withSenderKeyName(group, own, (name) =>
    withHandle(new GroupSessionBuilder(storage), async (builder) =>
      withHandle(await named(builder.create(name)), async (message) =>
        Uint8Array.from(message.serialize()),
      ),
    ),
  );
}

/** Keeps another member's sender key. A key that is known already is left as it is. */
export function acceptSenderKey(
  storage: SignalOperation,
  group: string,
  author: SignalAddress,
  distribution: Uint8Array,
): Promise<void> {
  return withSenderKeyName(group, author, (name) =>
    withHandle(readDistribution(distribution), (message) =>
      withHandle(new GroupSessionBuilder(storage), (builder) =>
        named(builder.process(name, message)),
      ),
    ),
  );
}

function withCipher<T>(
  storage: SignalOperation,
  peer: SignalAddress,
  work: (cipher: SessionCipher) => Promise<T>,
): Promise<T> {
  return withHandle(openAddress(peer), (address) =>
    withHandle(new SessionCipher(storage, address), (cipher) => named(work(cipher))),
  );
}

function withGroupCipher<T>(
  storage: SignalOperation,
  group: string,
  author: SignalAddress,
  work: (cipher: GroupCipher) => Promise<T>,
): Promise<T> {
  return withHandle(openAddress(author), (address) =>
    withHandle(new GroupCipher(storage, group, address), (cipher) => named(work(cipher))),
  );
}

function withSenderKeyName<T>(
  group: string,
  author: SignalAddress,
  work: (name: SenderKeyName) => Promise<T>,
): Promise<T> {
  return withHandle(openAddress(author), (address) =>
    withHandle(new SenderKeyName(group, address), work),
  );
}

/** Frees the handle afterwards: the garbage collector alone would come far too late. */
async function withHandle<H extends Handle, T>(
  handle: H,
  work: (handle: H) => Promise<T>,
): Promise<T> {
  try {
    return await work(handle);
  } finally {
    handle.free();
  }
}

function openAddress(address: SignalAddress): ProtocolAddress {
  return new ProtocolAddress(address.name, address.device);
}

function readDistribution(bytes: Uint8Array): SenderKeyDistributionMessage {
  try {
    return SenderKeyDistributionMessage.deserialize(bytes);
  } catch (error) {
    throw toSignalError(error);
  }
}

/** The module rejects with bare strings, where its callers read `error.message`. */
async function named<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw toSignalError(error);
  }
}

function toSignalError(error: unknown): Error {
  if (error instanceof Error) return error;
  const detail = String(error);
  return new SignalError(detail, /DuplicatedMessage|old counter/.test(detail));
}
