import { addressKind, isInside, type Network, parseAddress, parseNetwork } from './address.ts';

/** What the operator opened of the inner network, by `OUTBOUND_ALLOW`. */
export interface AllowList {
  readonly networks: readonly Network[];
  /** Host names as the URL parser writes them. */
  readonly hosts: ReadonlySet<string>;
}

/**
 * Reads entries such as `n8n`, `10.0.0.0/8`, `192.168.1.7`, `[fd00::7]`. Throws a RangeError that names
 * the first entry that is none of these, for the operator to read at start.
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const networks: Network[] = [];
  const hosts = new Set<string>();
  for (const entry of entries) {
    const network = parseNetwork(entry);
    if (network) networks.push(network);
    else hosts.add(parseHost(entry));
  }
  return { networks, hosts };
}

function parseHost(entry: string): string {
  const url = /^[^\s/:@?#[\]\\]+$/.test(entry) ? `http://${entry}/` : '';
  if (!URL.canParse(url)) {
    throw new RangeError(
      `OUTBOUND_ALLOW: "${entry}" is neither a host without port (n8n) nor a network (10.0.0.0/8)`,
    );
  }
  return withoutRootDot(new URL(url).hostname);
}

/**
 * Whether a connection to `resolved` for the sake of `host` (a name or literal as in the URL) is
 * allowed. Public addresses are. An entry that names a host opens private networks to that name, but
 * neither loopback nor link-local addresses (a name can be made to point at the metadata service);
 * `localhost` opens loopback to that name alone. A network opens all of itself, loopback and link-local
 * only when it lies inside them, so that `0.0.0.0/0` does not. Reserved, multicast and tunnel ranges
 * open by network only.
 */
export function isAllowed(list: AllowList, host: string, resolved: string): boolean {
  const address = parseAddress(resolved);
  if (!address) return false;
  const kind = addressKind(address);
  if (kind === 'public') return true;
  const onlyFromInside = kind === 'loopback' || kind === 'link-local';
  const opened = list.networks.some(
    (network) =>
      isInside(address, network) && (!onlyFromInside || addressKind(network[0]) === kind),
  );
  if (opened) return true;
  const name = withoutRootDot(host.toLowerCase());
  if (!list.hosts.has(name)) return false;
  return kind === 'private' || (kind === 'loopback' && name === 'localhost');
}

function withoutRootDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
