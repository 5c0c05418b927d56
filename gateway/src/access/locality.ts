import { addressKind, parseAddress } from '../net/address.ts';

/** What tells where a request comes from. Header values as Node gives them: one text, or absent. */
export interface Origin {
  /** Address of the TCP peer, never one that a header claims. */
  readonly peer: string | undefined;
  readonly host: string | undefined;
  readonly httpVersion: string;
  readonly header: (name: string) => string | undefined;
}

/** Any of these says that a proxy passed the request on, so that the peer is not who asks. */
const FORWARDING = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'x-original-host',
  'x-envoy-external-address',
  'true-client-ip',
  'cf-connecting-ip',
  'fly-client-ip',
] as const;

/** Why a request without a key is not taken for the machine's own; a sentence for people. */
export type Locality = { readonly local: true } | { readonly local: false; readonly why: string };

/**
 * Whether a request comes from a program on this machine, or a page that this service itself served to
 * a browser on it. Each rule closes one way in from outside: the peer's address (the network), the
 * host name (DNS rebinding: a foreign name that was made to point at 127.0.0.1), forwarding headers (a
 * proxy or tunnel on this machine), origin and fetch metadata (a foreign web page in the browser here).
 */
export function locality(origin: Origin): Locality {
  const peer = origin.peer === undefined ? null : parseAddress(origin.peer);
  if (peer === null || addressKind(peer) !== 'loopback') {
    return no('The request does not come from the machine itself.');
  }
  const host = origin.host === undefined ? null : parseHost(origin.host);
  if (host === null || !isLoopbackName(host)) {
    return no('The host name is not localhost.');
  }
  const proxy = FORWARDING.find((name) => origin.header(name) !== undefined);
  if (proxy !== undefined) return no(`The header "${proxy}" says that it was passed on.`);
  // nginx passes requests on as HTTP/1.0, to a loopback host name and with no header of its own, unless
  // it is told otherwise. Nothing that people start by hand still speaks it.
  if (origin.httpVersion === '1.0') return no('It uses HTTP/1.0, as proxies do.');
  return isForeignPage(origin)
    ? no('The request was made by a page of another origin.')
    : { local: true };
}

/** Whether a browser says that a page of another origin (another port counts) made the request. */
export function isForeignPage({ host, header }: Pick<Origin, 'host' | 'header'>): boolean {
  const site = header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const own = host?.toLowerCase();
  const origin = header('origin');
  if (origin !== undefined && hostOf(origin) !== own) return true;
  const referer = header('referer');
  return referer !== undefined && hostOf(referer) !== own;
}

/** Host and port of an http URL as a Host header writes them; null for anything else, also `null`. */
function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? host : null;
}

/** The name in a Host header; null when it is malformed. */
function parseHost(host: string): string | null {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(host);
  return match?.[1]?.toLowerCase() ?? null;
}

function isLoopbackName(name: string): boolean {
  if (name === 'localhost') return true;
  const address = parseAddress(name.replace(/^\[(.*)\]$/, '$1'));
  return address !== null && addressKind(address) === 'loopback';
}

const no = (why: string): Locality => ({ local: false, why });
