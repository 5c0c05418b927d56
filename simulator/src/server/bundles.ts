import type { PreKeyBundle } from '../signal/port.ts';
import { bytesOf, childNamed, type Stanza, stanza } from '../wire/stanza.ts';

/** The type of all keys: Curve25519. */
export const KEY_TYPE = Uint8Array.of(5);

/** A bundle as the children of `<user>`, the registration first. */
export function bundleNodes(bundle: PreKeyBundle): Stanza[] {
  const { registrationId, identity, signedPreKey, preKey } = bundle;
  const nodes = [
    stanza('registration', {}, bigEndian(registrationId, 4)),
    stanza('type', {}, KEY_TYPE),
    stanza('identity', {}, identity),
    stanza('skey', {}, [
      stanza('id', {}, bigEndian(signedPreKey.id, 3)),
      stanza('value', {}, signedPreKey.publicKey),
      stanza('signature', {}, signedPreKey.signature),
    ]),
  ];
  if (!preKey) return nodes;
  const key = [stanza('id', {}, bigEndian(preKey.id, 3)), stanza('value', {}, preKey.publicKey)];
  return [...nodes, stanza('key', {}, key)];
}

/** The bundle in a retry receipt: `<registration>` beside `<keys>`. Null when there is none. */
export function readBundle(receipt: Stanza): PreKeyBundle | null {
  const keys = childNamed(receipt, 'keys');
  const identity = bytesOf(childNamed(keys, 'identity'));
  const signed = childNamed(keys, 'skey');
  if (!signed || identity.length !== 32) return null;
  const oneTime = childNamed(keys, 'key');
  return {
    registrationId: toNumber(bytesOf(childNamed(receipt, 'registration'))),
    identity,
    signedPreKey: {
      id: toNumber(bytesOf(childNamed(signed, 'id'))),
      publicKey: bytesOf(childNamed(signed, 'value')),
      signature: bytesOf(childNamed(signed, 'signature')),
    },
    preKey: oneTime
      ? {
          id: toNumber(bytesOf(childNamed(oneTime, 'id'))),
          publicKey: bytesOf(childNamed(oneTime, 'value')),
        }
      : null,
  };
}

export function bigEndian(value: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

/** Up to six bytes, big-endian; 0 for any other length. */
export function toNumber(bytes: Uint8Array): number {
  if (bytes.length === 0 || bytes.length > 6) return 0;
  return Buffer.from(bytes).readUIntBE(0, bytes.length);
}
