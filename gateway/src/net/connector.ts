import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { type AllowList, isAllowed } from './allow-list.ts';
import type { Tunnel } from './tunnel.ts';

/** One answer of a name lookup. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Asks for all addresses of a name; rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** How far a connection got before it failed. */
export type ConnectStage = 'guard' | 'dns' | 'connect' | 'tls';

/** Why no connection came about. The message names no address: callers may see it. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  readonly stage: ConnectStage;

  constructor(stage: ConnectStage, message: string, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
  }
}

/** A host that does not answer is given up after this; the caller's own deadline may be shorter. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Names through the operating system, so that hosts files and container networks count. */
export const resolveBySystem: Resolve = (hostname) => systemLookup(hostname, { all: true });

/**
 * Makes undici's connector. With an allow list every address is checked at the one moment that counts:
 * the socket goes to the very addresses that were checked, so a name that answers otherwise the next
 * time gains nothing. Without one (`null`) the operator set the URL, and nothing is refused. With a tunnel
 * names are the proxy's affair, and only addresses are checked.
 */
export function createConnector(
  allow: AllowList | null,
  resolve: Resolve,
  tunnel: Tunnel | null = null,
): buildConnector.connector {
  const direct = buildConnector({
    lookup: createLookup(allow, resolve),
    timeout: CONNECT_TIMEOUT_MS,
  });
  const connect = tunnel ? throughTunnel(tunnel, direct) : direct;
  return (options, callback) => {
    const { hostname, protocol } = options;
    if (allow && isIP(hostname) !== 0 && !isAllowed(allow, hostname, hostname)) {
      callback(blocked(), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error) callback(toFailure(error, protocol), null);
      else callback(null, socket);
    });
  };
}

/** The tunnel's socket is the connection, or, where there is TLS, what TLS is spoken over. */
function throughTunnel(
  tunnel: Tunnel,
  connect: buildConnector.connector,
): buildConnector.connector {
  const open = callbackify(tunnel);
  return (options, callback) => {
    const { hostname, protocol, port } = options;
    const secure = protocol === 'https:';
    const target = { host: hostname, port: Number(port) || (secure ? 443 : 80) };
    open(target, (error, socket) => {
      if (error) callback(error, null);
      else if (secure) connect({ ...options, httpSocket: socket }, callback);
      else callback(null, socket);
    });
  };
}

/** A lookup that finds only what may be connected to. Fails with `ConnectFailure`. */
export function createLookup(allow: AllowList | null, resolve: Resolve): LookupFunction {
  const resolveOnce = singleFlight(resolve);
  const check = callbackify(async (hostname: string) => {
    const found = await resolveOnce(hostname).catch((error: unknown) => {
      throw new ConnectFailure('dns', 'the host name was not found', { cause: error });
    });
    const [first] = found;
    if (!first) throw new ConnectFailure('dns', 'the host name has no address');
    // One bad address condemns the name: mixed answers are how rebinding is done.
    if (allow && found.some(({ address }) => !isAllowed(allow, hostname, address))) throw blocked();
    return { first, found };
  });
  return (hostname, { all }, done) => {
    check(hostname, (error, checked) => {
      if (error) done(error, '');
      else if (all) done(null, [...checked.found]);
      else done(null, checked.first.address, checked.first.family);
    });
  };
}

function blocked(): ConnectFailure {
  return new ConnectFailure('guard', 'the address is not on the public internet');
}

/**
 * One lookup of a name at a time. The system resolver has four threads for the whole process, files
 * included; a name whose server is dead must not take more than one of them.
 */
function singleFlight(resolve: Resolve): Resolve {
  const flights = new Map<string, Promise<readonly ResolvedAddress[]>>();
  return (hostname) => {
    const flying = flights.get(hostname);
    if (flying) return flying;
    const flight = resolve(hostname).finally(() => flights.delete(hostname));
    flights.set(hostname, flight);
    return flight;
  };
}

function toFailure(error: Error, protocol: string): ConnectFailure {
  if (error instanceof ConnectFailure) return error;
  const { code } = error as NodeJS.ErrnoException;
  return protocol === 'http:' || isBeforeTls(error)
    ? new ConnectFailure('connect', connectMessage(code), { cause: error })
    : new ConnectFailure('tls', tlsMessage(code), { cause: error });
}

/**
 * Whether a connection over TLS failed before the handshake began: Node marks what failed before the TCP
 * connection stood with the system call `connect`.
 */
export function isBeforeTls(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return (
    syscall === 'connect' || error instanceof AggregateError || code === 'UND_ERR_CONNECT_TIMEOUT'
  );
}

/** What a failed handshake is called before callers. */
export const tlsMessage = (code: string | undefined): string =>
  `the TLS handshake failed: ${code ?? 'unknown'}`;

/** What a failed connection is called before callers. */
export function connectMessage(code: string | undefined): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'the host did not answer';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'there is no way to the host';
    default:
      return `the connection failed: ${code ?? 'unknown'}`;
  }
}
