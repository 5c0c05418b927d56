import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { addressKind, isInside, parseAddress, parseNetwork } from '../net/address.ts';

/** Head of a request: whoever drips it slower than this, or makes it larger, is cut off. */
export const HTTP_OPTIONS: ServerOptions = {
  headersTimeout: 15_000,
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 5_000,
};

/** The whole request with its body, however slow the line: 100 MB within it need 2.7 Mbit/s. */
export const REQUEST_TIMEOUT_MS = 300_000;

const MAX_CONNECTIONS = 4_096;

/** Leaves room for others when one address takes all it can get. */
const MAX_CONNECTIONS_PER_ADDRESS = 512;

/** Bounds how many connections there are, in all and from one address; further ones are closed at once. */
export function limitConnections(server: Server, isExempt: (address: string) => boolean): void {
  server.maxConnections = MAX_CONNECTIONS;
  // Beyond a number of headers Node silently drops the last ones. A proxy adds its own there, and what
  // they say must not get lost; their size is limited anyway.
  server.maxHeadersCount = 0;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: address } = socket;
    if (address === undefined || isExempt(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > MAX_CONNECTIONS_PER_ADDRESS) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

/** Whether many clients may stand behind one address: proxies, trusted or on this machine. */
export function createProxyCheck(trusted: readonly string[]): (address: string) => boolean {
  const networks = trusted.flatMap((text) => {
    const network = parseNetwork(text);
    return network ? [network] : [];
  });
  return (text) => {
    const address = parseAddress(text);
    if (address === null) return false;
    if (addressKind(address) === 'loopback') return true;
    return networks.some((network) => isInside(address, network));
  };
}
