import { ProtocolAddress, SenderKeyDistributionMessage, SenderKeyName } from 'whatsapp-rust-bridge';
import type { SignalAddress } from './address.ts';
import { UndecryptableError } from './port.ts';

/** A value that lives in the memory of the WASM module until it is freed. */
interface Handle {
  free(): void;
}

/** Runs `work` with a handle and frees it afterwards: the collector alone would be far too late. */
export async function withHandle<H extends Handle, T>(
  handle: H,
  work: (handle: H) => Promise<T>,
): Promise<T> {
  try {
    return await work(handle);
  } finally {
    handle.free();
  }
}

export function openAddress(address: SignalAddress): ProtocolAddress {
  return new ProtocolAddress(address.name, address.device);
}

export function withSenderKeyName<T>(
  groupId: string,
  sender: SignalAddress,
  work: (name: SenderKeyName) => Promise<T>,
): Promise<T> {
  return withHandle(openAddress(sender), (address) =>
    withHandle(new SenderKeyName(groupId, address), work),
  );
}

/** Throws `UndecryptableError` when the bytes are not a sender key distribution. */
export function readDistribution(bytes: Uint8Array): SenderKeyDistributionMessage {
  try {
    return SenderKeyDistributionMessage.deserialize(bytes);
  } catch (error) {
    throw new UndecryptableError('invalid', complaint(error));
  }
}

/** The key under which the cipher files a session: must equal its own form of an address. */
export function sessionKey(address: SignalAddress): string {
  return `${address.name}.${address.device}`;
}

/** The key under which the cipher files a sender key. */
export function senderKeyId(groupId: string, sender: SignalAddress): string {
  return `${groupId}::${sender.name}::${sender.device}`;
}

/** The module rejects with bare strings; callers get errors. */
export async function withErrors<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw new Error(complaint(error), { cause: error });
  }
}

/** Like `withErrors`, for decryption: the complaint decides the reason. */
export async function withUndecryptable<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const detail = complaint(error);
    const duplicate = /DuplicatedMessage|old counter/.test(detail);
    throw new UndecryptableError(duplicate ? 'duplicate' : 'invalid', detail);
  }
}

function complaint(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
