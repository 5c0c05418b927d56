import { proto } from 'baileys';
import type { Random } from '../kernel/random.ts';
import { generateKeyPair, type KeyPair, sign } from '../signal/curve.ts';

/** What a Noise client checks: the server's static key, certified by a root it trusts. */
export interface ServerIdentity {
  readonly staticKey: KeyPair;
  /** Encoded `CertChain`: root signs the intermediate, the intermediate signs the leaf. */
  readonly certificateChain: Uint8Array;
  /** The key a client must trust, lower-case hex: what `WHATSAPP_ROOT_KEY` takes. */
  readonly rootKeyHex: string;
}

/** Clients accept only the root with this serial number. */
const ROOT_SERIAL = 0;
const CERTIFICATE_YEARS_S = 10 * 365 * 24 * 3600;

/** Draws a root, an intermediate and a static key, and signs the chain. `nowMs` dates the certificates. */
export function createServerIdentity(random: Random, nowMs: number): ServerIdentity {
  const root = generateKeyPair(random);
  const intermediate = generateKeyPair(random);
  const staticKey = generateKeyPair(random);
  const notBefore = Math.floor(nowMs / 1000) - 24 * 3600;
  const notAfter = notBefore + CERTIFICATE_YEARS_S;
  const certify = (serial: number, issuerSerial: number, key: Uint8Array, signer: KeyPair) => {
    const details = proto.CertChain.NoiseCertificate.Details.encode({
      serial,
      issuerSerial,
      key,
      notBefore,
      notAfter,
    }).finish();
    return { details, signature: sign(signer.privateKey, details) };
  };
  const certificateChain = proto.CertChain.encode({
    intermediate: certify(1, ROOT_SERIAL, intermediate.publicKey, root),
    leaf: certify(2, 1, staticKey.publicKey, intermediate),
  }).finish();
  return {
    staticKey,
    certificateChain,
    rootKeyHex: Buffer.from(root.publicKey).toString('hex'),
  };
}
