import { Curve, proto, WA_CERT_DETAILS } from 'baileys';
import { agree, generateKeyPair, sign, verify } from './curve.ts';

/** The root of the real server's certificate chain, as the library ships it. */
const WHATSAPP_ROOT = Uint8Array.from(WA_CERT_DETAILS.PUBLIC_KEY);

let mended = false;

/**
 * Makes signatures count, once per process. In baileys 7.0.0-rc14 `Curve.verify` answers true for every
 * well-formed signature (the verdict of libsignal is thrown away), so neither the server's certificate
 * chain nor the phone's signature at pairing is checked. `Curve` is an exported, mutable object, so its
 * functions can be replaced from here. All of them move to the WASM bridge, which is also about a
 * hundred times faster than the JavaScript XEdDSA.
 *
 * The Noise handshake calls `sharedKey(.., server static key)`, `verify(leaf)` and `verify(intermediate
 * by root)` in one synchronous run. The library never compares the key in the leaf certificate with the
 * static key, so a stolen chain would do for anybody: the check is made here, at the last of the three.
 */
export function mendSignatures(): void {
  if (mended) return;
  mended = true;
  let lastPeerKey: Uint8Array | null = null;
  let lastSigned: Uint8Array | null = null;
  Curve.generateKeyPair = () => mutable(generateKeyPair());
  Curve.sharedKey = (privateKey, publicKey) => {
    lastPeerKey = publicKey;
    return Buffer.from(agree(privateKey, publicKey));
  };
  Curve.sign = (privateKey, message) => Buffer.from(sign(privateKey, message));
  Curve.verify = (publicKey, message, signature) => {
    const leaf = lastSigned;
    lastSigned = message;
    if (!verify(publicKey, message, signature)) return false;
    return publicKey !== WA_CERT_DETAILS.PUBLIC_KEY || certifies(leaf, lastPeerKey);
  };
}

/**
 * Sets the root that server certificates must lead to: of WhatsApp (null) or of a simulator. The library
 * keeps one root per process, so it is set again before each handshake.
 */
export function trustRoot(rootKey: Uint8Array | null): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey ?? WHATSAPP_ROOT);
}

/** Whether the details of a leaf certificate name exactly this key. */
function certifies(leafDetails: Uint8Array | null, serverKey: Uint8Array | null): boolean {
  if (!leafDetails || !serverKey) return false;
  const { key } = proto.CertChain.NoiseCertificate.Details.decode(leafDetails);
  return !!key && Buffer.compare(key, serverKey) === 0;
}

function mutable(pair: { readonly public: Uint8Array; readonly private: Uint8Array }) {
  return { public: Buffer.from(pair.public), private: Buffer.from(pair.private) };
}
