import ipaddr from 'ipaddr.js';

/** What an address is, as far as the guard cares; `public` is the open internet. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'special';

/** An address in the form that counts: v4 where a v6 form only wraps one. */
type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network of the operator's own, such as 10.0.0.0/8. */
export type Network = readonly [Address, number];

const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'uniqueLocal', 'carrierGradeNat']);

/** NAT64's well-known prefix (RFC 6052): its last 32 bits are the v4 address that is really reached. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/** The one block that the registries assign from; every other v6 address is special by definition. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Reads an IP literal and unwraps v4-mapped and NAT64 forms; null when it is no literal. Takes only the
 * plain notations: the URL parser has already turned hex, octal and short forms into them.
 */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}

/** Classifies by the IANA special-purpose registries (as `ipaddr.js` carries them). */
export function addressKind(address: Address): AddressKind {
  const range = address.range();
  if (range === 'loopback') return 'loopback';
  if (range === 'linkLocal') return 'link-local';
  if (PRIVATE_RANGES.has(range)) return 'private';
  if (range !== 'unicast') return 'special';
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST)) return 'special';
  return 'public';
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; null when it is neither. */
export function parseNetwork(text: string): Network | null {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  return address && [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Whether the address lies in the network; addresses of the other family never do. */
export function isInside(address: Address, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
