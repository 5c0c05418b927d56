import { isIP, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ProxyFailure } from './proxy-failure.ts';
import type { ProxyUrl } from './proxy-url.ts';
import type { Target } from './tunnel.ts';

const VERSION = 5;
const CONNECT = 1;
const METHOD = { none: 0, password: 2, refused: 0xff } as const;
/** The length of a name is stated in one byte. */
const MAX_NAME_BYTES = 255;
const ADDRESS = { v4: 1, name: 3, v6: 4 } as const;

/** Answers to a request (RFC 1928, section 6) that say why there is no connection. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules forbid the target',
  3: 'it has no way to the network of the target',
  4: 'it cannot reach the target',
  5: 'the target refused the connection',
  6: 'the target did not answer it',
  7: 'it makes no connections',
  8: 'it does not know this kind of address',
};

/**
 * Asks a SOCKS5 proxy (RFC 1928, passwords by RFC 1929) on a connected socket for a connection; from then
 * on the socket is one to the target. Names are looked up by the proxy. Rejects with `ProxyFailure`.
 */
export async function connectBySocks(
  socket: Socket,
  target: Target,
  credentials: ProxyUrl['credentials'],
): Promise<void> {
  const methods = credentials ? [METHOD.none, METHOD.password] : [METHOD.none];
  socket.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await read(socket, 2);
  if (version !== VERSION) throw new ProxyFailure('protocol', 'it does not speak SOCKS5');
  if (method === METHOD.password && credentials) await authenticate(socket, credentials);
  else if (method !== METHOD.none) {
    throw new ProxyFailure(
      'credentials',
      credentials ? 'it takes no user and password' : 'it wants user and password',
    );
  }
  const port = Buffer.alloc(2);
  port.writeUInt16BE(target.port);
  socket.write(Buffer.concat([Uint8Array.of(VERSION, CONNECT, 0), hostBytes(target.host), port]));
  const [, reply = 1, , kind] = await read(socket, 4);
  if (reply !== 0) throw new ProxyFailure('target', REPLIES[reply] ?? `it answered ${reply}`);
  // The address it connects from is of no use to us, but stands before the target's first byte.
  const [length = 0] =
    kind === ADDRESS.name ? await read(socket, 1) : [kind === ADDRESS.v4 ? 4 : 16];
  await read(socket, length + 2);
}

async function authenticate(
  socket: Socket,
  { user, password }: NonNullable<ProxyUrl['credentials']>,
): Promise<void> {
  socket.write(Buffer.concat([Uint8Array.of(1), counted(user), counted(password)]));
  const [, status] = await read(socket, 2);
  if (status !== 0) throw new ProxyFailure('credentials', 'it refuses user and password');
}

function hostBytes(host: string): Uint8Array {
  const version = isIP(host);
  if (version !== 0) {
    const kind = version === 4 ? ADDRESS.v4 : ADDRESS.v6;
    return Uint8Array.of(kind, ...ipaddr.parse(host).toByteArray());
  }
  if (Buffer.byteLength(host) > MAX_NAME_BYTES) {
    throw new ProxyFailure('target', 'the name of the target is too long for it');
  }
  return Buffer.concat([Uint8Array.of(ADDRESS.name), counted(host)]);
}

function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}

/** Takes so many bytes and leaves the rest to whoever reads next. */
function read(socket: Socket, bytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const chunk = socket.read(bytes) as Uint8Array | null;
      if (chunk === null) return;
      stop();
      if (chunk.length === bytes) resolve(chunk);
      else reject(brokeOff());
    };
    const over = () => {
      stop();
      reject(brokeOff());
    };
    const stop = () => {
      socket.off('readable', look).off('end', over).off('close', over);
    };
    socket.on('readable', look).once('end', over).once('close', over);
    look();
  });
}

const brokeOff = () => new ProxyFailure('protocol', 'it closed the connection without an answer');
