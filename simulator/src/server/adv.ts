import { createHmac } from 'node:crypto';
import { proto } from 'baileys';
import { verify } from '../signal/curve.ts';

/*
 * ADV ("account device verification") ties a linked device to its account: the phone signs the
 * device's identity key, the device signs back. Prefixes as in WhatsApp Web's pairing code.
 */
const ACCOUNT_PREFIX = Uint8Array.of(6, 0);
const DEVICE_PREFIX = Uint8Array.of(6, 1);

/** What the phone vouches for. */
export interface AdvStatement {
  readonly rawId: number;
  readonly timestampS: number;
  readonly keyIndex: number;
}

/** The phone's half: encoded `ADVSignedDeviceIdentityHMAC`, sealed with the secret of the QR code. */
export function signDeviceIdentity(
  statement: AdvStatement,
  phone: { readonly identity: Uint8Array; sign(message: Uint8Array): Uint8Array },
  companionIdentity: Uint8Array,
  advSecret: Uint8Array,
): { readonly details: Uint8Array; readonly sealed: Uint8Array } {
  const details = proto.ADVDeviceIdentity.encode({
    rawId: statement.rawId,
    timestamp: statement.timestampS,
    keyIndex: statement.keyIndex,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE,
  }).finish();
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: phone.identity,
    accountSignature: phone.sign(Buffer.concat([ACCOUNT_PREFIX, details, companionIdentity])),
  }).finish();
  const hmac = createHmac('sha256', advSecret).update(signed).digest();
  return {
    details,
    sealed: proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish(),
  };
}

/** The keys that a signed device identity is checked with. */
export interface AdvKeys {
  readonly phoneIdentity: Uint8Array;
  readonly companionIdentity: Uint8Array;
}

/** What is wrong with an encoded `ADVSignedDeviceIdentity`, or null when both signatures hold. */
export function faultOfDeviceIdentity(encoded: Uint8Array, keys: AdvKeys): string | null {
  let identity: proto.ADVSignedDeviceIdentity;
  try {
    identity = proto.ADVSignedDeviceIdentity.decode(encoded);
  } catch {
    return 'the device identity does not decode';
  }
  const { details, accountSignature, deviceSignature, accountSignatureKey } = identity;
  const { phoneIdentity, companionIdentity } = keys;
  if (!details || !accountSignature || !deviceSignature) {
    return 'the device identity lacks its details or a signature';
  }
  // Clients leave the key out towards the server, and Baileys sends it empty then.
  if (accountSignatureKey?.length && !Buffer.from(accountSignatureKey).equals(phoneIdentity)) {
    return "the account signature key is not the phone's identity";
  }
  const accountMessage = Buffer.concat([ACCOUNT_PREFIX, details, companionIdentity]);
  if (!verify(phoneIdentity, accountMessage, accountSignature)) {
    return "the account signature is not the phone's";
  }
  const deviceMessage = Buffer.concat([DEVICE_PREFIX, details, companionIdentity, phoneIdentity]);
  if (!verify(companionIdentity, deviceMessage, deviceSignature)) {
    return "the device signature is not the device's";
  }
  return null;
}
