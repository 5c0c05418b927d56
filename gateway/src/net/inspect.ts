import { isIP } from 'node:net';
import type { Clock } from '../kernel/clock.ts';
import { type AllowList, isAllowed } from './allow-list.ts';
import type { Resolve } from './connector.ts';
import { orInterrupted, startDeadline } from './deadline.ts';
import { checkUrl } from './url.ts';

/**
 * Says beforehand whether the guard would refuse a URL, and why; null when it would not. A name that
 * cannot be resolved now is let pass. Proves nothing for later: each connection is checked for itself.
 */
export type Inspect = (url: string) => Promise<string | null>;

/** Somebody waits for the answer, and a name that takes longer is judged when it is connected to. */
const LOOKUP_DEADLINE_MS = 3_000;

export function createInspect(allow: AllowList, resolve: Resolve, clock: Clock): Inspect {
  async function addressesOf(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const deadline = startDeadline(clock, LOOKUP_DEADLINE_MS);
    try {
      const found = await orInterrupted(resolve(host), deadline.signal);
      return found.map(({ address }) => address);
    } catch {
      return [];
    } finally {
      deadline.end();
    }
  }

  return async (text) => {
    const checked = checkUrl(text);
    if (!checked.ok) return checked.reason;
    const host = checked.url.hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = await addressesOf(host);
    return addresses.every((address) => isAllowed(allow, host, address))
      ? null
      : 'it leads into a private network';
  };
}
