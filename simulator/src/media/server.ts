import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import { createBlobStore, createFolderShelf, createMemoryShelf } from './blobs.ts';
import { createLocalCertificates, type LocalCertificates } from './certificates.ts';
import { sha256 } from './crypto.ts';
import { createFaultList } from './faults.ts';
import type { MediaServer } from './port.ts';
import { type TransferDeps, transfer } from './transfer.ts';

export interface MediaServerOptions {
  /** The source of the upload token. */
  readonly random: Random;
  readonly clock?: Clock;
  /** On 127.0.0.1; default 0, any free one. */
  readonly port?: number;
  /** Default: made at start, which takes some milliseconds. */
  readonly certificates?: LocalCertificates;
  /** The largest upload; above it the answer is 413. Default 100 MiB. */
  readonly maxFileBytes?: number;
  /** Above it the oldest files are forgotten. Default 512 MiB; uploads under way come on top, once. */
  readonly maxTotalBytes?: number;
  /** Keeps files in this folder instead of in memory, so that they survive the process. */
  readonly folder?: string;
}

const MIB = 2 ** 20;
const MAX_CONNECTIONS = 1_000;

/** Starts listening; resolves when it does. */
export async function createMediaServer(options: MediaServerOptions): Promise<MediaServer> {
  const clock = options.clock ?? systemClock;
  const maxTotalBytes = options.maxTotalBytes ?? 512 * MIB;
  const maxFileBytes = Math.min(options.maxFileBytes ?? 100 * MIB, maxTotalBytes);
  const certificates = options.certificates ?? (await createLocalCertificates(clock.now()));
  const auth = Buffer.from(options.random.bytes(24)).toString('base64url');
  const shelf = options.folder ? createFolderShelf(options.folder) : createMemoryShelf();
  const blobs = createBlobStore(shelf, maxTotalBytes);
  const faults = createFaultList();
  let underWay = 0;
  let host = '';

  const store: MediaServer['store'] = (kind, encrypted) => {
    const id = blobs.add(Buffer.from(sha256(encrypted)).toString('hex').slice(0, 24), encrypted);
    const directPath = directPathOf(kind, id);
    return { directPath, url: `https://${host}${directPath}` };
  };
  const read: MediaServer['read'] = (directPath) => blobs.get(idOf(directPath));
  const deps: TransferDeps = {
    auth,
    clock,
    faults,
    maxFileBytes,
    store,
    read,
    reserve(bytes) {
      underWay += bytes;
      return underWay <= maxTotalBytes;
    },
    release: (bytes) => void (underWay -= bytes),
  };

  const server = createServer(
    { cert: certificates.certPem, key: certificates.keyPem },
    (request, response) => void transfer(deps, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    host,
    caPem: certificates.caPem,
    auth,
    maxFileBytes,
    store,
    read,
    expire: (directPath) => blobs.delete(idOf(directPath)),
    fail: (fault) => faults.add(fault),
    get faultsToCome() {
      return faults.toCome;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** With a query, as WhatsApp's have one: clients append their own parameters to it. */
function directPathOf(kind: string, id: string): string {
  if (!/^[a-z-]+$/.test(kind))
    throw new TypeError('a kind of media is a word of letters and dashes');
  return `/v/${kind}/${id}.enc?ccb=11-4&_nc_sid=5e03e0`;
}

/** Accepts a direct path, with or without query, and the path of a request. */
function idOf(path: string): string {
  const match = /^\/v\/[a-z-]+\/(\w+)\.enc(?:\?|$)/.exec(path);
  return match?.[1] ?? '';
}
