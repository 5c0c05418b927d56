import { Curve, proto, WA_CERT_DETAILS } from 'baileys';
import { expect, it } from 'vitest';
import { mendSignatures, trustRoot } from './trust.ts';

it('checks signatures, the root, and that the leaf names the server', () => {
  mendSignatures();
  const root = Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  const server = Curve.generateKeyPair();
  trustRoot(root.public);
  const { Details } = proto.CertChain.NoiseCertificate;
  const leaf = Buffer.from(Details.encode({ key: server.public }).finish());
  const details = Buffer.from(
    Details.encode({ issuerSerial: 0, key: intermediate.public }).finish(),
  );
  const handshake = (
    serverKey: Uint8Array,
    leafSignature = Curve.sign(intermediate.private, leaf),
    rootSignature = Curve.sign(root.private, details),
  ) => {
    Curve.sharedKey(Curve.generateKeyPair().private, serverKey);
    return [
      Curve.verify(intermediate.public, leaf, leafSignature),
      Curve.verify(WA_CERT_DETAILS.PUBLIC_KEY, details, rootSignature),
    ];
  };
  expect(handshake(server.public)).toEqual([true, true]);
  expect(handshake(Curve.generateKeyPair().public)).toEqual([true, false]);
  expect(handshake(server.public, Buffer.alloc(64, 1))[0]).toBe(false);
  expect(handshake(server.public, undefined, Curve.sign(server.private, details))[1]).toBe(false);
  expect(Curve.verify(root.public, leaf, Buffer.alloc(3))).toBe(false);
});

it('agrees and signs like the library it replaces', () => {
  mendSignatures();
  const [one, other] = [Curve.generateKeyPair(), Curve.generateKeyPair()];
  expect(Curve.sharedKey(one.private, other.public)).toEqual(
    Curve.sharedKey(other.private, one.public),
  );
  expect(one.public).toHaveLength(32);
  const message = Buffer.from('message');
  expect(Curve.verify(one.public, message, Curve.sign(one.private, message))).toBe(true);
  expect(Curve.verify(other.public, message, Curve.sign(one.private, message))).toBe(false);
});
