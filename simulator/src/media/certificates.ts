import { randomBytes } from 'node:crypto';
import { generate } from 'selfsigned';

/** A certificate for servers on this machine, and the authority that vouches for it. All PEM. */
export interface LocalCertificates {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const VALID_MS = 10 * 365 * 24 * 3600 * 1000;
/** Clients in containers have clocks that lag. */
const SKEW_MS = 24 * 3600 * 1000;

/**
 * A fresh authority and one server certificate for `localhost`, `127.0.0.1`, `::1` and more DNS names.
 * Keys come from the operating system, not from the seed. The authority's key is thrown away: it can
 * never vouch for anything else. To trust it, point `NODE_EXTRA_CA_CERTS` to a file with `caPem`.
 */
export async function createLocalCertificates(
  nowMs: number,
  dnsNames: readonly string[] = [],
): Promise<LocalCertificates> {
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - SKEW_MS),
    notAfterDate: new Date(nowMs + VALID_MS),
  } as const;
  // Clients look an authority up by its name: of two with the same one they try the first.
  const name = `WhatsApp simulator CA ${randomBytes(4).toString('hex')}`;
  const authority = await generate([{ name: 'commonName', value: name }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...['localhost', ...dnsNames].map((value) => ({ type: 2 as const, value })),
          ...['127.0.0.1', '::1'].map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  // Files of several authorities are made by writing one behind the other.
  const caPem = `${authority.cert.trimEnd()}\n`;
  return { caPem, certPem: server.cert, keyPem: server.private };
}
