import { once } from 'node:events';
import { request } from 'node:http';
import { connect, isIP, isIPv6, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../kernel/clock.ts';
import { type AllowList, isAllowed } from './allow-list.ts';
import {
  ConnectFailure,
  connectMessage,
  createLookup,
  isBeforeTls,
  type Resolve,
  tlsMessage,
} from './connector.ts';
import { Interrupted, orInterrupted, startDeadline } from './deadline.ts';
import { ProxyFailure } from './proxy-failure.ts';
import type { ProxyUrl } from './proxy-url.ts';
import { connectBySocks } from './socks5.ts';

/** Where a tunnel is to lead. */
export interface Target {
  /** A name, which the proxy looks up, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Opens a connection to the target through a proxy. Rejects with `ProxyFailure`. */
export type Tunnel = (target: Target) => Promise<Socket>;

export interface TunnelDeps {
  /** Where the proxy itself may stand: its URL is given by users. */
  readonly allow: AllowList;
  readonly resolve: Resolve;
  readonly clock: Clock;
}

/** From the lookup of the proxy's name to its word that the target is connected. */
const DEADLINE_MS = 10_000;

/**
 * Makes tunnels through one proxy. Ours, because the guard has to choose the address that is connected to,
 * and because whoever set the proxy has to be told which step failed.
 */
export function createTunnel(proxy: ProxyUrl, { allow, resolve, clock }: TunnelDeps): Tunnel {
  const lookup = createLookup(allow, resolve);
  return async (target) => {
    if (isIP(proxy.host) !== 0 && !isAllowed(allow, proxy.host, proxy.host)) {
      throw new ProxyFailure('guard', 'it is not on the public internet');
    }
    const deadline = startDeadline(clock, DEADLINE_MS);
    const socket = dial(proxy, lookup);
    // Whoever gets the socket listens for errors; one of a socket that is given up concerns nobody.
    const ignore = () => undefined;
    socket.on('error', ignore);
    try {
      const ready = once(socket, proxy.scheme === 'https' ? 'secureConnect' : 'connect');
      await orInterrupted(ready, deadline.signal);
      const connected =
        proxy.scheme === 'socks5'
          ? connectBySocks(socket, target, proxy.credentials)
          : connectByHttp(socket, target, proxy.credentials);
      await orInterrupted(connected, deadline.signal);
      socket.off('error', ignore);
      return socket;
    } catch (error) {
      socket.destroy();
      throw toProxyFailure(error, proxy.scheme);
    } finally {
      deadline.end();
    }
  };
}

function dial({ scheme, host, port }: ProxyUrl, lookup: LookupFunction): Socket {
  if (scheme !== 'https') return connect({ host, port, lookup });
  return connectTls({ host, port, lookup, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

/** The CONNECT method of HTTP (RFC 9110, 9.3.6) with Basic credentials, on a connected socket. */
function connectByHttp(
  socket: Socket,
  { host, port }: Target,
  credentials: ProxyUrl['credentials'],
): Promise<void> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const headers: Record<string, string> = { host: authority };
  if (credentials) {
    const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    headers['proxy-authorization'] = `Basic ${pair}`;
  }
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'CONNECT',
      path: authority,
      headers,
      createConnection: () => socket,
    });
    asked.once('connect', ({ statusCode = 0 }, _socket, head) => {
      if (head.length > 0) socket.unshift(head);
      if (statusCode >= 200 && statusCode < 300) resolve();
      else if (statusCode === 407) {
        reject(new ProxyFailure('credentials', 'it refuses user and password, or wants some'));
      } else reject(new ProxyFailure('target', `it does not lead there (HTTP ${statusCode})`));
    });
    asked.once('error', (error) => {
      reject(new ProxyFailure('protocol', 'it gives no HTTP answer', { cause: error }));
    });
    asked.end();
  });
}

function toProxyFailure(error: unknown, scheme: ProxyUrl['scheme']): ProxyFailure {
  if (error instanceof ProxyFailure) return error;
  const options = { cause: error };
  if (error instanceof ConnectFailure) {
    return new ProxyFailure(error.stage === 'guard' ? 'guard' : 'name', error.message, options);
  }
  if (error instanceof Interrupted) {
    return new ProxyFailure('connection', `it did not answer within ${DEADLINE_MS} ms`, options);
  }
  const { code } = error as NodeJS.ErrnoException;
  if (scheme === 'https' && error instanceof Error && !isBeforeTls(error)) {
    return new ProxyFailure('tls', tlsMessage(code), options);
  }
  return new ProxyFailure('connection', connectMessage(code), options);
}
