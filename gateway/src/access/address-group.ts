import ipaddr from 'ipaddr.js';
import { parseAddress } from '../net/address.ts';

/**
 * The addresses that one party commands, as one text: a v4 address, or the /64 that a v6 address lies in
 * (whoever has one of them has them all). What is no address counts as one party.
 */
export function addressGroup(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null) return 'unknown';
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts.slice(0, 4).join(':')}::/64`;
}
